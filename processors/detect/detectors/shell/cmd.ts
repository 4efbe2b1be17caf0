/**
 * The command processor of Windows.
 *
 *     program   = command *( ( "&" / "&&" / "|" / "||" / newline / "(" / ")" ) command )
 *     command   = 1*( word / redirect )
 *     word      = 1*( letter / "^" char / DQUOTE … DQUOTE / "%" name [ ":~" from [ "," length ] / ":" old "=" new ] "%" )
 *
 * Words end at white space, `,`, `;` and `=`. A semicolon is taken for a separator as well: PowerShell and templates of
 * attackers for both worlds do.
 */
import { entityAt } from './entities.ts'
import { type Named, WINDOWS } from './windows.ts'

export interface CmdWord {
  readonly text: string
  readonly tricks: number
}

export interface CmdCommand {
  /** What stands before it; empty at the beginning of the value. */
  readonly separator: string
  readonly spaced: boolean
  readonly start: number
  readonly end: number
  readonly words: readonly CmdWord[]
}

const MAX_WORDS = 32
const MAX_WORD = 256

/** Variables whose content all Windows systems agree about, as far as pieces are cut out of them. */
const VARIABLES: ReadonlyMap<string, string> = new Map([
  ['comspec', 'C:\\Windows\\system32\\cmd.exe'],
  ['windir', 'C:\\Windows'],
  ['systemroot', 'C:\\Windows'],
  ['systemdrive', 'C:'],
  ['programfiles', 'C:\\Program Files'],
  ['programdata', 'C:\\ProgramData'],
  ['commonprogramfiles', 'C:\\Program Files\\Common Files'],
  ['public', 'C:\\Users\\Public'],
  ['allusersprofile', 'C:\\ProgramData'],
  ['os', 'Windows_NT'],
  ['pathext', '.COM;.EXE;.BAT;.CMD'],
  ['path', 'C:\\Windows\\system32;C:\\Windows'],
  ['psmodulepath', 'C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules\\'],
])

/** Hands out the commands of the text. One pass. */
export function readCmd(text: string, from: number, take: (command: CmdCommand) => void): void {
  const variables = new Map<string, string>()
  let words: CmdWord[] = []
  let word: string | null = null
  let tricks = 0
  let quoted = false
  /** `name=value` is no command. */
  let pair = false
  let separator = ''
  let start = from
  let at = from
  const endWord = () => {
    if (word !== null && words.length < MAX_WORDS) words.push({ text: word, tricks })
    word = null
    tricks = 0
  }
  const endCommand = (next: string) => {
    endWord()
    if (words.length > 0 && !pair) {
      const spaced = /\s/.test(text[start + separator.length] ?? '')
      take({ separator, spaced, start, end: at, words })
      remember(variables, words)
    }
    words = []
    pair = false
    separator = next
    start = at
  }
  const append = (piece: string) => {
    const short = piece.slice(0, MAX_WORD)
    word = word === null ? short : word.length < MAX_WORD ? word + short : word
  }
  while (at < text.length) {
    const c = text[at]!
    if (c === '"') {
      if (isLetter(text.charCodeAt(at - 1)) && isLetter(text.charCodeAt(at + 1))) tricks++
      quoted = !quoted && text.indexOf('"', at + 1) >= 0 && text.slice(at + 1, at + MAX_WORD).includes('"')
      append('')
      at++
    } else if (c === '%') {
      const found = variableAt(text, at, variables)
      if (found === null) append(c)
      else {
        append(found.text)
        tricks += found.cut ? 1 : 0
      }
      at = found?.end ?? at + 1
    } else if (quoted) {
      const end = runEnd(text, at, IN_QUOTES)
      append(text.slice(at, end))
      at = end
    } else if (c === '^' && at + 1 < text.length) {
      if (isLetter(text.charCodeAt(at + 1))) tricks++
      append(text[at + 1]!)
      at += 2
    } else if (c === '&' && entityAt(text, at) > 0) {
      const end = at + entityAt(text, at)
      append(text.slice(at, end))
      at = end
    } else if (c === '&' || c === '|' || c === '\n' || c === ';' || c === '(' || c === ')') {
      const double = (c === '&' || c === '|') && text[at + 1] === c
      endCommand(double ? c + c : c)
      at += double ? 2 : 1
    } else if (c === ' ' || c === '\t' || c === '\r' || c === ',' || c === '=' || c === '<' || c === '>') {
      endWord()
      if (c === '=' && words.length === 1) pair = true
      at++
    } else {
      const end = runEnd(text, at, SPECIAL)
      append(text.slice(at, end))
      at = end
    }
  }
  endCommand('')
}

/** What means something outside of quotes, and inside. */
const SPECIAL = setOf('"%^&|\n;() \t\r,=<>')
const IN_QUOTES = setOf('"%')

function setOf(chars: string): Uint8Array {
  const set = new Uint8Array(128)
  for (const char of chars) set[char.charCodeAt(0)] = 1
  return set
}

/** Index of the next character of the set behind the one at `at`. */
function runEnd(text: string, at: number, set: Uint8Array): number {
  let end = at + 1
  while (end < text.length && set[text.charCodeAt(end)] !== 1) end++
  return end
}

function isLetter(c: number): boolean {
  return (c | 32) >= 97 && (c | 32) <= 122
}

/** `set a=who`: what `%a%` stands for later. */
function remember(variables: Map<string, string>, words: readonly CmdWord[]): void {
  if (words[0]!.text.toLowerCase() !== 'set' || words.length < 3 || variables.size > 32) return
  variables.set(words[1]!.text.toLowerCase(), words[2]!.text)
}

interface Found {
  readonly text: string
  readonly end: number
  /** A piece is cut out of it, or the value set it itself: done to hide a name. */
  readonly cut: boolean
}

function variableAt(text: string, at: number, set: ReadonlyMap<string, string>): Found | null {
  const found = /^%([a-z_][\w()]{0,40})(?::~(-?\d{1,3})(?:,(-?\d{1,3}))?|:([^=%\s]{1,16})=([^%]{0,16}))?%/i.exec(
    text.slice(at, at + 96),
  )
  if (found === null) return null
  const [whole, name, from, length, old, replacement] = found as unknown as [
    string,
    string,
    string?,
    string?,
    string?,
    string?,
  ]
  const own = set.get(name.toLowerCase())
  const value = own ?? VARIABLES.get(name.toLowerCase())
  const end = at + whole.length
  if (value === undefined) return from === undefined && old === undefined ? null : { text: '', end, cut: true }
  if (from !== undefined) {
    const rest = value.slice(Number(from))
    return { text: length === undefined ? rest : rest.slice(0, Number(length)), end, cut: true }
  }
  if (old !== undefined) return { text: value.replaceAll(old, () => replacement ?? ''), end, cut: true }
  return { text: value, end, cut: own !== undefined }
}

/** Any other program in the folder of Windows. */
const OF_WINDOWS: Named = { takes: /./, rare: true, bare: false, does: 'is a program of the system' }

/** The command that a word names: `C:\Windows\System32\net.exe`, `net1`, `whoami.exe`. */
export function windowsCommandOf(
  word: string,
): { readonly name: string; readonly known: Named; readonly path: boolean } | null {
  if (word.length > 160) return null
  const lower = word.toLowerCase()
  const slash = lower.lastIndexOf('\\')
  const base = lower.slice(slash + 1)
  const dot = /\.(?:exe|com|cmd|bat)$/.exec(base)
  const name = dot === null ? base : base.slice(0, -4)
  const known = WINDOWS.get(name)
  if (known !== undefined) return { name, known, path: slash >= 0 || dot !== null }
  return dot !== null && /\\(?:windows|winnt)\\/.test(lower) ? { name, known: OF_WINDOWS, path: true } : null
}
