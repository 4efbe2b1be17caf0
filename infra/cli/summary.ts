/** What a person reads at the end of a run. */
import { Ledger, type LedgerCounts, REASONS, type Reason } from '#schemas/records/ledger.ts'
import { printable } from './printable.ts'
import type { TallyCounts } from './tally.ts'

export interface Summary {
  readonly packets: number
  readonly files: number
  readonly ledger: LedgerCounts
  readonly tally: TallyCounts
}

const TOP_HOSTS = 10
const TOP_ANOMALIES = 8

const MEANING: Readonly<Record<Exclude<Reason, 'captured' | 'missing'>, string>> = {
  framing: 'packet headers',
  inspected: 'decoded and inspected',
  duplicate: 'retransmitted',
  gap: 'unreadable beside missing bytes',
  cap: 'beyond a size limit',
  budget: 'dropped at a table or buffer limit',
  unsupported: 'not TCP, or no protocol we decode',
  filtered: 'left out by configuration',
  damaged: 'contradicting or cut-off headers',
  poison: 'made a processor fail (see the dead letters)',
  dropped: 'captured, but the log was away or too slow',
}

export function renderSummary(summary: Summary): string {
  const { tally } = summary
  const lines = [
    '',
    `Exchanges   ${number(tally.exchanges)}${tally.unanswered > 0 ? ` (${number(tally.unanswered)} without a response)` : ''}`,
    ...hosts(tally),
    ...(tally.messages > 0 ? ['', `Messages    ${number(tally.messages)} of WebSockets`] : []),
    '',
    `Detections  ${number(tally.detections)}`,
    ...attacks(tally),
    ...anomalies(tally),
    '',
    ...coverage(summary),
    '',
  ]
  return lines.join('\n')
}

function hosts(tally: TallyCounts): string[] {
  const sorted = byCount(tally.hosts)
  const rest = sorted.slice(TOP_HOSTS).reduce((sum, [, n]) => sum + n, tally.otherHosts)
  const rows = sorted
    .slice(0, TOP_HOSTS)
    .map(([host, n]) => `  ${pad(n)}  ${host === '' ? '(no host)' : printable(host)}`)
  return rest > 0 ? [...rows, `  ${pad(rest)}  other hosts`] : rows
}

function attacks(tally: TallyCounts): string[] {
  const rows = [...tally.attacks].sort((x, y) => y[1].count - x[1].count || (x[0] < y[0] ? -1 : 1))
  return rows.flatMap(([attack, { count, example }]) => [
    `  ${pad(count)}  ${attack.padEnd(10)} e.g. ${printable(`${example.method} ${example.host}${example.path}`)} from ${example.client}`,
    `${' '.repeat(22)}${example.rule} (${example.severity}) at ${printable(example.point.join('.'))}: ${printable(example.evidence)}`,
  ])
}

function anomalies(tally: TallyCounts): string[] {
  const sorted = byCount(tally.anomalies)
  if (sorted.length === 0) return []
  const total = sorted.reduce((sum, [, n]) => sum + n, 0)
  const more = sorted.length - TOP_ANOMALIES
  return [
    '',
    `Anomalies   ${number(total)}`,
    ...sorted.slice(0, TOP_ANOMALIES).map(([kind, n]) => `  ${pad(n)}  ${kind}`),
    ...(more > 0 ? [`          and ${more} more kinds`] : []),
  ]
}

function coverage({ ledger: counts, packets, files }: Summary): string[] {
  const ledger = Ledger.of(counts)
  const captured = ledger.get('captured')
  const rows: [number, string][] = []
  for (const reason of REASONS) {
    if (reason === 'captured' || reason === 'missing') continue
    if (ledger.get(reason) > 0) rows.push([ledger.get(reason), MEANING[reason]])
  }
  if (ledger.pending !== 0) rows.push([ledger.pending, 'still open'])
  const from = packets > 0 ? ` in ${number(packets)} packets${files > 1 ? ` of ${files} files` : ''}` : ''
  return [
    `Coverage    ${number(captured)} bytes captured${from}`,
    ...rows.map(([bytes, meaning]) => `  ${number(bytes).padStart(14)}  ${percent(bytes, captured)}  ${meaning}`),
    ...(ledger.get('missing') > 0
      ? [`  ${number(ledger.get('missing')).padStart(14)}          never seen (known from sequence numbers)`]
      : []),
  ]
}

function byCount(table: ReadonlyMap<string, number>): [string, number][] {
  return [...table].sort((x, y) => y[1] - x[1] || (x[0] < y[0] ? -1 : 1))
}

const number = (n: number): string => n.toLocaleString('en-US')
const pad = (n: number): string => number(n).padStart(8)
const percent = (part: number, whole: number): string =>
  (whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`).padStart(7)
