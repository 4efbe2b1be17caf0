/** From what was found to one line, and to what is wrong. */
import { Ledger, type LedgerCounts } from '#schemas/records/ledger.ts'
import type { Tally } from './crew.ts'
import type { Comparison } from './found.ts'
import type { ChaosOptions } from './options.ts'
import type { Watched } from './watch.ts'

export interface Results {
  /** Exchanges, then detections, as readers of the topics see them. */
  readonly published: readonly [Comparison, Comparison]
  /** The same, in the sink's file: at least once. */
  readonly sunk: readonly [Comparison, Comparison]
  readonly ledger: LedgerCounts
  readonly expectedLedger: LedgerCounts
  /** What was not done in time. */
  readonly unfinished: string | null
  readonly tally: Tally
  readonly brokerStops: number
  readonly watched: Watched
}

export interface Verdict {
  readonly passed: boolean
  /** The last line. */
  readonly line: string
}

const EXAMPLES = 20

/** Nothing when the run passed. */
export function failuresOf(results: Results): readonly string[] {
  const { published, sunk, ledger, expectedLedger, unfinished, tally } = results
  const failures = unfinished === null ? [] : [unfinished]
  if (tally.hung > 0) failures.push(`${tally.hung} processes did not end when they were asked to`)
  for (const { lost, twice, strange } of published) {
    failures.push(...some('lost', lost), ...some('twice', twice), ...some('not expected', strange))
  }
  for (const { lost, strange } of sunk) {
    failures.push(...some('not in the sink', lost), ...some('not expected in the sink', strange))
  }
  if (!sameLedger(ledger, expectedLedger))
    failures.push(`coverage ${JSON.stringify(ledger)}, undisturbed ${JSON.stringify(expectedLedger)}`)
  return failures
}

export function verdictOf({ seed, minutes }: ChaosOptions, results: Results): string {
  const { published, sunk, tally, brokerStops, watched } = results
  const [exchanges, detections] = published
  const sum = (of: (comparison: Comparison) => readonly string[], where = published): number =>
    where.reduce((total, comparison) => total + of(comparison).length, 0)
  const word = failuresOf(results).length === 0 ? 'PASS' : 'FAIL'
  const parts = [
    `${sum(c => c.lost)} lost, ${sum(c => c.twice)} twice of ${exchanges.expected} exchanges and ${detections.expected} detections`,
    `${tally.kills} kills, ${tally.frozen} freezes, ${brokerStops} broker stops, ${tally.added} processes added, ${tally.removed} removed, ${tally.gaveUp} gave up by themselves`,
    `${watched.commits} transactions committed, ${watched.aborts} aborted`,
    `${watched.moves} moves of partitions: first commit after ${spread(watched.restoreMs)}`,
    `all partitions commit again after a kill: ${spread(watched.takeoverMs)}`,
    `${sum(c => c.twice, sunk)} repeats in the sink`,
    `seed ${seed}, ${minutes} minutes`,
  ]
  return `chaos: ${word} ${parts.join('; ')}`
}

function some(what: string, list: readonly string[]): string[] {
  const more = list.length > EXAMPLES ? [`${what}: ${list.length - EXAMPLES} more`] : []
  return [...list.slice(0, EXAMPLES).map(item => `${what}: ${item}`), ...more]
}

function sameLedger(a: LedgerCounts, b: LedgerCounts): boolean {
  const text = (counts: LedgerCounts): string => JSON.stringify(Object.entries(Ledger.of(counts).counts()))
  return text(a) === text(b)
}

/** Of sorted milliseconds. */
function spread(sorted: readonly number[]): string {
  if (sorted.length === 0) return 'never'
  const at = (share: number): string =>
    `${(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]! / 1000).toFixed(1)}`
  return `median ${at(0.5)} s, 90 % ${at(0.9)} s, worst ${at(1)} s`
}
