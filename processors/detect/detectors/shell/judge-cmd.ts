/** Which command of Windows would run in a value. */
import { type CmdCommand, readCmd, windowsCommandOf } from './cmd.ts'
import { isListing, isTable } from './markdown.ts'
import type { Telling } from './names.ts'
import { isPlainWord, isStopWord } from './words.ts'

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
  const prose = operands.filter(({ text: word }) => isStopWord(word)).length
  if (prose > 0 && talk > 0 && name !== 'if') return null
  const fits = operands.some(({ text: word }) =>
    known.takes === undefined ? !isPlainWord(word) || TARGET.test(word) : known.takes.test(word),
  )
  if (
    operands.length > 0 &&
    !fits &&
    !(
      known.takes === undefined &&
      known.rare &&
      operands.length < 7 &&
      separator !== '' &&
      separator !== '\n' &&
      talk === 0
    )
  )
    return null
  if (separator === '|' && operands.length === 0 && isListing(text)) return null
  const whole = separator === ''
  const strong =
    (path && (operands.length > 0 || !whole)) ||
    TARGET.test(
      words
        .map(({ text: word }) => word)
        .join(' ')
        .slice(0, 400),
    ) ||
    first.tricks > 0
  if (operands.length === 0 && !known.bare && !(path && !whole) && telling !== 'command') return null
  if (whole) {
    const believed =
      telling === 'command'
        ? operands.length > 0 || known.bare
        : operands.length > 0
          ? (known.rare || strong || isStatement(name, operands.length)) && talk === 0
          : first.tricks > 0
    if (!believed) return null
  } else if (!known.rare && !strong && !isPlaced(command, text, operands.length)) return null
  if (
    (separator === ';' || separator === '\n') &&
    !known.rare &&
    !strong &&
    (separator === '\n' || talk > 0 || operands.length === 0)
  )
    return null
  const rule = first.tricks > 0 ? 'rce.evasion' : 'rce.windows'
  const shows = words
    .map(({ text: word }) => word)
    .join(' ')
    .slice(0, 256)
  return { rule, start, end, name, shows, does: known.does, strong, whole }
}

/** With what they take, these are no words any more: `cmd /c dir`, `net user x /add`, `for /f …`. */
function isStatement(name: string, operands: number): boolean {
  return (
    name === 'cmd' ||
    name === 'arp' ||
    (name === 'for' && operands > 1) ||
    (operands > 1 && /^(?:net|net1|reg|sc|if)$/.test(name))
  )
}

/** A name that is a word is believed after a separator that begins the value, or behind a single token, or with arguments. */
function isPlaced({ start, separator, spaced }: CmdCommand, text: string, operands: number): boolean {
  if (separator === '(' || separator === ')' || separator === '\n') return false
  if (operands > 0) return true
  const before = text.slice(Math.max(0, start - 80), start).trim()
  if (/^['"`)\d\s]*$/.test(before)) return true
  return start < 80 && !/\s/.test(before) && (!spaced || !/^[a-z]+$/i.test(before))
}
