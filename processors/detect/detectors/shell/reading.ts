/** What one simple command would do, and how sure it is that a command is meant. */

import { isArithmetic, isProse, judgeArguments } from './arguments.ts'
import type { Command, Word } from './command.ts'
import { COMMANDS, commandOf, KEYWORDS, type Known, names } from './commands.ts'
import { matchesGlob, withoutSingletons } from './globs.ts'
import { isHardlyWord, isListed } from './usage.ts'
import { isStopWord } from './words.ts'

/**
 *  - `strong`: whoever writes this means harm or asks for a shell: `cat /etc/passwd`, `bash -c …`
 *  - `usual`: a complete command line: `ls -la`, `ping 127.0.0.1`
 *  - `weak`: a name that is a word or a field too: `id`, `date`, `more`
 */
export type Strength = 'strong' | 'usual' | 'weak'

export interface Reading {
  readonly rule: string
  readonly strength: Strength
  /** The command as it would run, without its arguments. */
  readonly name: string
  readonly known: Known
  /** How many words follow it. */
  readonly operands: number
  /** Spelling that only hides the command. */
  readonly tricks: number
  /** What it does, to go on after "which". */
  readonly does: string
  /** Its arguments are such as it takes. */
  readonly fits: boolean
  /** Named with its folder. */
  readonly absolute: boolean
  /** Written with capital letters, as variables of makefiles are. */
  readonly shouted: boolean
}

/** Judgement of arguments: what `Reading` says of them. */
export interface Judged {
  readonly strength: Strength
  readonly does: string
  readonly rule?: string
  /** Default: true. */
  readonly fits?: boolean
}

/** Wrappers around wrappers: `sudo nohup timeout 5 …`. */
const MAX_WRAPPERS = 4

/** Designators of history: `!!`, `!-1`, `!cat`. */
const HISTORY = /^!(?:!|-?\d{1,4}|\?\w{1,16}\??)(?::[a-z0-9*^$-]{1,8})?(?:!(?:!|-?\d{1,4}))*$/

/** Keywords behind which a command is meant. */
const INTRODUCING: ReadonlySet<string> = new Set(['then', 'do', 'else'])

/** `last if $done`: what follows a statement in Perl and Ruby, and no command of a shell. */
const MODIFIERS: ReadonlySet<string> = new Set(['if', 'unless'])

/** Most words of a command whose arguments do not fit it. */
const MAX_UNFIT = 6

export function readingOf(command: Command): Reading | null {
  const { words } = command
  if (command.call || words.length === 0) return null
  let begin = 0
  while (begin < words.length - 1 && KEYWORDS.has(words[begin]!.text)) begin++
  const first = words[begin]!
  if (first.text.startsWith('!') && HISTORY.test(first.text)) return history(command, first)
  const special = words.length > 2 ? wrapped(words) : null
  if (special !== null) return special
  const outer = resolve(first)
  if (outer === null) return null
  const last = innermost(words, begin, outer)
  const found = last === begin ? outer : resolve(words[last]!)!
  const operands = words.slice(last + 1)
  if (MODIFIERS.has(operands[0]?.text ?? '')) return null
  const judged = judgeArguments(found.name, found.known, operands, command) ?? unfit(found, operands)
  if (judged === null) return null
  const hidden = first.tricks + (last > begin ? words[last]!.tricks : 0)
  const quoted = first.quoted && words.length > begin + 1 && (outer.known.rare || last > begin) ? 1 : 0
  const tricks = hidden + quoted + operands.slice(0, 3).reduce((sum, word) => sum + word.tricks, 0)
  const { name, known } = found
  const { does, fits = true } = judged
  let { strength } = judged
  if (fits) {
    if (outer.absolute || found.absolute)
      strength = operands.length === 0 && known.family !== 'shell' ? 'strong' : raised(strength)
    else if (strength === 'weak' && last > begin && (known.rare || first.quoted || isWrapped(outer.name, name)))
      strength = 'usual'
    if (hidden + quoted > 0 || (tricks > 0 && strength !== 'weak')) strength = raised(strength)
    if (begin > 0 && INTRODUCING.has(words[begin - 1]!.text)) strength = raised(strength)
  }
  const shouted = /[A-Z]/.test(words[last]!.text)
  const rule = judged.rule ?? (hidden > 0 ? 'rce.evasion' : 'rce.command')
  return {
    rule,
    strength,
    name,
    known,
    operands: words.length - begin - 1,
    tricks,
    does,
    fits,
    shouted,
    absolute: found.absolute,
  }
}

/** `sudo id`, `time ls`: neither is said that way. */
function isWrapped(wrapper: string, name: string): boolean {
  return isHardlyWord(name) && (wrapper !== 'time' || !isListed(name))
}

/** Index of the command that wrappers run in the end: `sudo nohup timeout 5 id`. */
function innermost(words: readonly Word[], begin: number, outer: Resolved): number {
  let at = begin
  let { family } = outer.known
  for (let depth = 0; family === 'run' && depth < MAX_WRAPPERS; depth++) {
    const next = innerOf(words, at + 1)
    if (next < 0) break
    at = next
    family = resolve(words[next]!)!.known.family
  }
  return at
}

/** A command whose arguments are none that it takes, which counts where nothing else can be meant. */
function unfit({ absolute }: Resolved, operands: readonly Word[]): Judged | null {
  if (absolute && operands.length === 0) return { strength: 'usual', does: 'is a program of the system' }
  if (operands.length > MAX_UNFIT || isProse(operands) || isArithmetic(operands.map(({ text }) => text))) return null
  if (operands.some(({ text, quoted }) => !quoted && (isStopWord(text) || /^[=:({[<]|[,:]$/.test(text)))) return null
  return { strength: 'weak', does: 'a server runs with whatever follows', fits: false }
}

function history(command: Command, { text }: Word): Reading | null {
  if (command.words.length > 2) return null
  const strength = text.startsWith('!-') ? 'strong' : 'weak'
  const does = 'repeats a command of the history of the shell'
  return {
    rule: 'rce.history',
    strength,
    name: text,
    known: { family: 'run', rare: false },
    operands: 0,
    tricks: 0,
    does,
    fits: true,
    shouted: false,
    absolute: false,
  }
}

/** `x -wrapper sh,-c,…`: compilers run that. */
function wrapped(words: readonly Word[]): Reading | null {
  const at = words.findIndex(({ text }) => text === '-wrapper')
  if (at < 0 || !/^(?:ba|z|k|da)?sh,/.test(words[at + 1]?.text ?? '')) return null
  const does = 'starts a shell as wrapper of a compiler'
  return {
    rule: 'rce.command',
    strength: 'strong',
    name: words[0]!.text,
    known: { family: 'tool', rare: true },
    operands: 2,
    tricks: 0,
    does,
    fits: true,
    shouted: false,
    absolute: false,
  }
}

type Resolved = NonNullable<ReturnType<typeof commandOf>>

/** The command that a word names, by name, path or pattern. */
export function resolve({ text, open, tricks }: Word): Resolved | null {
  // `\w` is a class of regular expressions.
  if (tricks > 0 && text.length === 1) return null
  const name = withoutSingletons(text)
  const found = commandOf(name)
  if (found !== null || open || !/[?*[]/.test(name)) return found
  return byPattern(name)
}

/** What patterns are tried on. */
const HIDDEN = names(
  'cat head tail more less tac nl ls id whoami uname ps pwd nc nc.traditional nc.openbsd ncat bash sh dash zsh wget curl ping sleep env ' +
    'echo printf base64 python python3 perl php ruby awk sed find grep xxd od rev nano vi cp mv rm chmod telnet ip ifconfig netstat dig nslookup host socat busybox',
)
const FOLDERS = ['/bin', '/usr/bin', '/sbin', '/usr/sbin']

/** `/???/c?t`, `/bin/c*`. */
function byPattern(text: string): Resolved | null {
  const found = /^\/{1,8}([^/]{1,12}(?:\/{1,8}[^/]{1,12})?)\/{1,8}([^/]{1,20})$/.exec(text)
  if (found === null || !/[a-z]/i.test(text)) return null
  const folder = `/${found[1]!.replace(/\/{2,8}/, '/').toLowerCase()}`
  const pattern = found[2]!.toLowerCase()
  if (!FOLDERS.some(one => matchesGlob(folder, one))) return null
  const name = HIDDEN.find(one => matchesGlob(pattern, one))?.replace(/\..*/, '')
  return name === undefined ? null : { name, known: { ...COMMANDS.get(name)!, rare: true }, absolute: true }
}

/** Index of the command that a wrapper runs, behind its options and their values; -1 if there is none. */
function innerOf(words: readonly Word[], from: number): number {
  const last = Math.min(words.length, from + 6)
  for (let i = from; i < last; i++) {
    const word = words[i]!
    if (/^(?:-|\+?\d|[A-Za-z_]\w*=|\/$|\/[\w/.]+$)/.test(word.text) && resolve(word) === null) continue
    return resolve(word) === null ? -1 : i
  }
  return -1
}

function raised(strength: Strength): Strength {
  return strength === 'weak' ? 'usual' : 'strong'
}
