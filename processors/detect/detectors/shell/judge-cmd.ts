/** Which command of Windows would run in a value. */
import { type CmdCommand, readCmd, windowsCommandOf } from './cmd.ts'
import { isListing, isTable } from './markdown.ts'
import type { Telling } from './names.ts'
import type { Named } from './windows.ts'
import { isStopWord } from './words.ts'

export interface WindowsHit {
  readonly rule: string
  readonly start: number
  readonly end: number
  readonly name: string
  readonly shows: string
  readonly does: string
  readonly strong: boolean
  readonly whole: boolean
}

/** Values that say what Windows is asked for by themselves. */
const TARGET = /\\windows\\|system32|\bboot\.ini|\bwin\.ini|\\users\\|\\inetpub|\bunattend|\bsam\b.*\bhk|hklm|hkey_/i

export function judgeCmd(text: string, words: number, telling: Telling): WindowsHit | null {
  const talk = words + (text.length > 1000 ? 2 : 0)
  if (talk > 2 || isTable(text)) return null
  let hit: WindowsHit | null = null
  const quote = text.indexOf('"')
  const take = (command: CmdCommand) => {
    if (hit?.strong === true) return
    const found = judge(command, text, talk, telling)
    if (found !== null && (hit === null || found.strong)) hit = found
  }
  readCmd(text, 0, take)
  if (hit === null && quote >= 0) readCmd(text, quote + 1, command => command.separator !== '' && take(command))
  return hit
}

function judge(command: CmdCommand, text: string, talk: number, telling: Telling): WindowsHit | null {
  const { words, separator, start, end } = command
  let i = 0
  while (
    i < words.length - 1 &&
    /^(?:@|do|call|@?echo\.?|off|start|\/b|\/min|not)$/i.test(words[i]!.text) &&
    windowsCommandOf(words[i + 1]!.text)?.known.rare
  )
    i++
  const first = words[i]!
  const named = windowsCommandOf(first.text.replace(/^@/, ''))
  if (named === null) return null
  const operands = words.slice(i + 1)
  const { known, path, name } = named
  if (operands.some(({ text: word }) => isStopWord(word)) && talk > 0 && name !== 'if') return null
  if (separator === '|' && operands.length === 0 && isListing(text)) return null
  const whole = separator === ''
  if (/^[!<>=+*-]{1,3}$/.test(operands[0]?.text ?? '')) return null
  const fits = operands.slice(0, NEAR).some(({ text: word }) => known.takes.test(word))
  const strong =
    (path && (operands.length > 0 || !whole)) ||
    TARGET.test(
      words
        .map(({ text: word }) => word)
        .join(' ')
        .slice(0, 400),
    ) ||
    first.tricks > 0
  const call = { name, known, operands: operands.length, fits: fits || strong, strong, hidden: first.tricks > 0 }
  if (talk > 0 && !strong && !known.rare) return null
  if (whole ? !isDirect(call, talk, telling) : !runs(call, command, text)) return null
  const rule = first.tricks > 0 ? 'rce.evasion' : 'rce.windows'
  const shows = words
    .map(({ text: word }) => word)
    .join(' ')
    .slice(0, 256)
  return { rule, start, end, name, shows, does: known.does, strong, whole }
}

interface Call {
  readonly name: string
  readonly known: Named
  readonly operands: number
  readonly fits: boolean
  readonly strong: boolean
  /** Spelled so that a filter does not see it. */
  readonly hidden: boolean
}

/** The value as a whole is a command line. */
function isDirect({ name, known, operands, fits, strong, hidden }: Call, talk: number, telling: Telling): boolean {
  if (telling === 'command') return operands > 0 ? fits : known.bare && name !== 'set' && name !== 'help'
  if (hidden && operands === 0) return known.bare && talk === 0
  return operands > 0 && fits && talk === 0 && (known.rare || strong || isStatement(name, operands))
}

/** With what they take, these are no words any more: `cmd /c dir`, `net user x /add`, `for /f …`. */
function isStatement(name: string, operands: number): boolean {
  if (name === 'cmd' || name === 'arp') return true
  return operands > 1 && /^(?:net|net1|reg|sc|if|for|tree|dir|assoc)$/.test(name)
}

/** Longest value in which a word is believed to be a command. */
const LONG = 200

/** How many words behind a command are looked at for what it takes. */
const NEAR = 4

/** Most words behind a command that are believed to be its arguments without looking like such. */
const MAX_UNFIT = 5

/** After a separator. Names that are words need arguments that fit, or a separator that begins the value. */
function runs(call: Call, command: CmdCommand, text: string): boolean {
  const { known, operands, fits, strong } = call
  const { separator } = command
  if (strong) return operands > 0 || known.bare || separator !== '\n'
  if (separator === '(' || separator === ')') return false
  if (separator === '\n') return known.rare && fits
  if (operands > MAX_UNFIT && !fits) return false
  // Pieces of HTML look like switches, and programs are long.
  if (!known.rare && (text.length > LONG || text.includes('</'))) return false
  if (operands > 0 && (fits || known.rare)) return true
  return operands === 0 && (known.bare || known.rare) ? isPlaced(command, text, known.rare) : leads(command, text)
}

/** Nothing stands before the separator but what closes something. */
function leads({ start, separator, spaced }: CmdCommand, text: string): boolean {
  const closing = start < 16 && /^['"`)\]}\\\d\s;|&(]*$/.test(text.slice(0, start))
  return closing && (!spaced || separator === ';' || separator.length > 1)
}

/** A name alone is believed behind a separator that begins the value, or behind a single token. */
function isPlaced(command: CmdCommand, text: string, rare: boolean): boolean {
  const { start, spaced } = command
  const before = text.slice(Math.max(0, start - 80), start).trim()
  if (/^['"`)\d\s]*$/.test(before)) return true
  return start < 80 && !/\s/.test(before) && ((rare && !spaced) || !/^[a-z|;&,_-]+$/i.test(before))
}
