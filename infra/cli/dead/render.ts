/** Dead letters for people. Nothing of what is shown can control a terminal. */
import { isoTime } from '#schemas/json/time.ts'
import { NO_TOPIC } from '#schemas/records/dead.ts'
import { printable } from '../printable.ts'
import { type Entry, SHOWN } from './letters.ts'

/** Bytes of a letter that are shown. */
const MOST_BYTES = 4096
const ROW = 16

/** `entries`: oldest first. The newest `limit` are listed, all are counted. */
export function renderList(entries: readonly Entry[], limit: number): string {
  const open = entries.filter(({ done }) => !done).length
  const counts = new Map<string, number>()
  for (const { group, reason } of entries) {
    const what = `${group}: ${reason}`
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  const shown = entries.slice(-limit).toReversed()
  return [
    `${entries.length} dead letters, ${open} of them open`,
    ...[...counts]
      .sort((x, y) => y[1] - x[1] || (x[0] < y[0] ? -1 : 1))
      .map(([what, n]) => `${String(n).padStart(8)}  ${printable(what)}`),
    '',
    ...shown.map(row),
    ...(entries.length > shown.length ? [`and ${entries.length - shown.length} older ones (--limit)`] : []),
    '',
  ].join('\n')
}

function row(entry: Entry): string {
  const { id, time, group, reason, message } = entry
  return `${id.slice(0, SHOWN)}  ${isoTime(time)}  ${printable(group)}  ${printable(reason)}${fate(entry)}  ${printable(message)}`
}

function fate({ done, tries }: Entry): string {
  if (done) return ' (retried)'
  return tries === 0 ? '' : ` (${tries} ${tries === 1 ? 'retry' : 'retries'} failed)`
}

export function renderLetter(entry: Entry, bytes: Uint8Array | null): string {
  const { id, at, time, group, topic, partition, offset, index, timer, stage, reason, message, lastTry } = entry
  const part =
    timer !== null
      ? `timer of stage ${stage}, entry ${timer.order}`
      : index < 0
        ? 'the whole record'
        : `value ${index} of its record`
  const rows: readonly (readonly [string, string])[] = [
    ['Letter', `${id}, dead/0 offset ${at}${fate(entry)}`],
    ['Refused by', printable(group)],
    [
      'Origin',
      topic === NO_TOPIC ? 'a source, as it came' : `${printable(topic)}/${partition} offset ${offset}, ${part}`,
    ],
    ['Time', isoTime(time)],
    ['Reason', printable(reason)],
    ['Message', message.split('\n').map(printable).join('\n            ')],
    ...(lastTry === '' ? [] : [['Last retry', printable(lastTry)] as const]),
  ]
  const head = rows.map(([name, text]) => `${name.padEnd(12)}${text}`)
  if (bytes === null) return `${[...head, 'Bytes       none: a timer has no value'].join('\n')}\n`
  const more = bytes.length > MOST_BYTES ? [`and ${bytes.length - MOST_BYTES} bytes more`] : []
  return `${[...head, `Bytes       ${bytes.length}`, ...hexdump(bytes.subarray(0, MOST_BYTES)), ...more].join('\n')}\n`
}

/** Sixteen bytes a row: offset, hexadecimal, and the printable ASCII among them. */
export function hexdump(bytes: Uint8Array): readonly string[] {
  const rows: string[] = []
  for (let at = 0; at < bytes.length; at += ROW) {
    const part = [...bytes.subarray(at, at + ROW)]
    const hex = part.map(byte => byte.toString(16).padStart(2, '0')).join(' ')
    const text = part.map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    rows.push(`  ${at.toString(16).padStart(6, '0')}  ${hex.padEnd(ROW * 3 - 1)}  ${text}`)
  }
  return rows
}
