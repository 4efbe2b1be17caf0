import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { anyNeedleOf } from '../../text/wanted.ts'
import { commandOf } from './commands.ts'
import { headerOf, isAddress } from './headers.ts'
import { NEEDLES } from './needles.ts'

/** Lines that are looked at, and the longest one that is: attacks come early, messages are long. */
const MAX_LINES = 24
const MAX_LINE = 1024

/** Longest first line that can be the value of a form's field. */
const MAX_FIELD = 128

/** Names of values that become fields of a mail, of which each is one line. */
const MAIL_NAMES =
  /mail|^(?:to|cc|bcc|from|name|subject|sender|recipient|reply|replyto|reply_to|your-?name|fullname|contact|phone)$/

/** Line ends in fields that become a mail's header, or a command to a mail server. */
export default {
  id: 'mail_injection',
  attack: 'mail_injection',
  literals: NEEDLES,
  words: [],
  inspect({ text, point }, lower, _exchange, report) {
    if (!lower.includes('\n') && !lower.includes('\r')) return
    const lines = linesOf(lower)
    const found = commandAmong(lines) ?? headerAmong(lines, MAIL_NAMES.test(point.at(-1)?.toLowerCase() ?? ''))
    if (found === null || !holdsNeedle(lower)) return
    const { at, ...rest } = found
    report({ ...rest, at, evidence: text.slice(at, at + 200) })
  },
} satisfies DetectorSpec

const holdsNeedle = anyNeedleOf(NEEDLES, [])

interface Line {
  readonly text: string
  /** Index in the value. */
  readonly at: number
}

type Sighting = Pick<Finding, 'rule' | 'severity' | 'why' | 'shows' | 'unless'> & { readonly at: number }

/** The first lines without their ends; blanks around them do not count. */
function linesOf(lower: string): readonly Line[] {
  const lines: Line[] = []
  for (let at = 0; at <= lower.length && lines.length < MAX_LINES; ) {
    let end = at
    const most = Math.min(lower.length, at + MAX_LINE)
    while (end < most && lower[end] !== '\r' && lower[end] !== '\n') end++
    lines.push({ text: lower.slice(at, end).trim(), at })
    at = lower.startsWith('\r\n', end) ? end + 2 : end + 1
  }
  return lines
}

/** The value begins as a field would (one word, an address, nothing), ends the line, and a command stands on the next one. */
function commandAmong(lines: readonly Line[]): Sighting | null {
  const first = lines[0]!.text
  const bare = isAddress(first)
  if (first.length > MAX_FIELD || (!bare && (/\s\S+\s/.test(first) || first.endsWith(':')))) return null
  for (const [i, { text, at }] of lines.entries()) {
    if (i === 0 || text === '' || text === '.') continue
    const command = commandOf(text, lines[i + 1]?.text, bare)
    // What a message says further down is its own business, unless commands stand there from the beginning.
    if (command === null) return null
    return {
      rule: `mail_injection.${command.protocol.toLowerCase()}`,
      severity: 'high',
      at,
      why: `After a line end the value goes on with a command to a mail server (${command.protocol} ${command.name}).`,
      shows: `line end, ${command.protocol} ${command.name}`,
      unless: 'Without the line end, or with other text before the command.',
    }
  }
  return null
}

/**
 * A header line right after the first line. Quoted mails in messages have blocks of headers too: there the first of them is
 * the first line, or text and a blank line stand before.
 */
function headerAmong(lines: readonly Line[], inMailField: boolean): Sighting | null {
  const first = lines[0]!.text
  const second = lines.slice(1).find(({ text }) => text !== '')
  if (second === undefined || first.length > MAX_FIELD) return null
  if (headerOf(first) !== null || /\bhttp\/\d/.test(first)) return null
  const header = headerOf(second.text)
  if (header === null) return null
  const alone = isAddress(first)
  const close = alone || lines[1]!.text !== ''
  const steered = header.field === 'blind-copy' || header.field === 'steering'
  if (!close || !(alone || inMailField || (steered && !first.endsWith(':')))) return null
  return {
    rule: 'mail_injection.header',
    severity: header.field === 'blind-copy' ? 'high' : 'medium',
    at: second.at,
    why: `After a line end the value goes on with a header field of a mail (${header.name}), which changes who gets it or what it is.`,
    shows: `line end, ${header.name}:`,
    unless: 'Without the line end, or in a value of several lines that is no field of a mail.',
  }
}
