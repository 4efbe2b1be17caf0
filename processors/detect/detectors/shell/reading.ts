/** What one simple command would do, and how sure it is that a command is meant. */

import { judgeArguments } from './arguments.ts'
import type { Command, Word } from './command.ts'
import { COMMANDS, commandOf, KEYWORDS, type Known, names } from './commands.ts'
import { matchesGlob, withoutSingletons } from './globs.ts'

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
}

/** Judgement of arguments: what `Reading` says of them. */
export interface Judged {
  readonly strength: Strength
  readonly does: string
  readonly rule?: string
}

/** Wrappers around wrappers: `sudo nohup timeout 5 …`. */
const MAX_WRAPPERS = 4

/** Signs of the zodiac of history: `!!`, `!-1`, `!cat`. */
const HISTORY = /^!(?:!|-?\d{1,4}|\?\w{1,16}\??)(?::[a-z0-9*^$-]{1,8})?(?:!(?:!|-?\d{1,4}))*$/

export function readingOf(command: Command): Reading | null {
  const { words } = command
  if (command.call || words.length === 0) return null
  let i = 0
  while (i < words.length - 1 && KEYWORDS.has(words[i]!.text)) i++
  const first = words[i]!
  if (HISTORY.test(first.text)) return history(command, first)
  const compiler = wrapped(words.slice(i))
  if (compiler !== null) return compiler
  let found = resolve(first)
  if (found === null) return null
  const begin = i
  let tricks = first.tricks
  for (let depth = 0; found.known.family === 'run' && depth < MAX_WRAPPERS; depth++) {
    const next = innerOf(words, i + 1)
    if (next < 0) break
    const inner = resolve(words[next]!)!
    tricks += words[next]!.tricks
    i = next
    found = inner.known.family === 'ask' || inner.absolute ? inner : { ...inner, absolute: found.absolute }
  }
  const operands = words.slice(i + 1)
  const judged =
    judgeArguments(found.name, found.known, operands, command) ??
    (found.absolute && operands.length === 0
      ? { strength: 'usual' as const, does: 'is a program of the system' }
      : null)
  if (judged === null) return null
  if (first.quoted && (found.known.rare || i > begin)) tricks++
  tricks += operands.slice(0, 3).reduce((sum, word) => sum + word.tricks, 0)
  let { strength } = judged
  if (found.absolute || (i > begin && found.known.rare && strength === 'weak')) strength = raised(strength)
  if (found.absolute && operands.length === 0 && found.known.family !== 'shell') strength = 'strong'
  if (tricks > 0 && (words[begin]!.tricks > 0 || words[i]!.tricks > 0 || strength !== 'weak'))
    strength = raised(strength)
  const { name, known } = found
  const rule = judged.rule ?? (first.tricks > 0 || words[i]!.tricks > 0 ? 'rce.evasion' : 'rce.command')
  return { rule, strength, name, known, operands: words.length - begin - 1, tricks, does: judged.does }
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
  }
}

type Resolved = NonNullable<ReturnType<typeof commandOf>>

/** The command that a word names, by name, path or pattern. */
export function resolve({ text, open }: Word): Resolved | null {
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
const FOLDERS = ['/bin/', '/usr/bin/', '/sbin/', '/usr/sbin/']

/** `/???/c?t`, `/bin/c*`. */
function byPattern(text: string): Resolved | null {
  const pattern = text.replace(/\/{2,8}/g, '/').toLowerCase()
  if (
    !/^\/[^/]{1,12}\/(?:[^/]{1,12}\/)?[^/]{1,20}$/.test(pattern) ||
    !/[a-z]/.test(pattern.slice(pattern.lastIndexOf('/')) + pattern)
  )
    return null
  for (const name of HIDDEN) {
    for (const folder of FOLDERS) {
      const plain = name.replace(/\..*/, '')
      if (matchesGlob(pattern, folder + name))
        return { name: plain, known: { ...COMMANDS.get(plain)!, rare: true }, absolute: true }
    }
  }
  return null
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
