/** Counts for a person: what was seen, without keeping it. Bounded: the names beyond a table's size are counted together. */
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'

const MAX_NAMES = 10_000

export interface AttackTally {
  count: number
  /** The first one, as an example. */
  readonly example: Pick<Detection, 'id' | 'method' | 'host' | 'path' | 'point' | 'evidence' | 'severity' | 'rule'> & {
    readonly client: string
  }
}

/** Plain data: survives postMessage. */
export interface TallyCounts {
  exchanges: number
  unanswered: number
  detections: number
  /** Exchanges beyond the table's size. */
  otherHosts: number
  readonly hosts: Map<string, number>
  readonly anomalies: Map<string, number>
  readonly attacks: Map<string, AttackTally>
}

export function emptyTally(): TallyCounts {
  return {
    exchanges: 0,
    unanswered: 0,
    detections: 0,
    otherHosts: 0,
    hosts: new Map(),
    anomalies: new Map(),
    attacks: new Map(),
  }
}

export function tallyValue(tally: TallyCounts, topic: string, value: unknown): void {
  if (topic === 'exchanges') tallyExchange(tally, value as Exchange)
  else if (topic === 'detections') tallyDetection(tally, value as Detection)
  else if (topic === 'anomalies') add(tally.anomalies, (value as Anomaly).anomaly, 1)
}

export function mergeTally(into: TallyCounts, from: TallyCounts): void {
  into.exchanges += from.exchanges
  into.unanswered += from.unanswered
  into.detections += from.detections
  into.otherHosts += from.otherHosts
  for (const [host, n] of from.hosts) into.otherHosts += add(into.hosts, host, n)
  for (const [kind, n] of from.anomalies) add(into.anomalies, kind, n)
  for (const [attack, tally] of from.attacks) {
    const known = into.attacks.get(attack)
    if (known === undefined) into.attacks.set(attack, { ...tally })
    else known.count += tally.count
  }
}

function tallyExchange(tally: TallyCounts, exchange: Exchange): void {
  tally.exchanges++
  if (exchange.response === null) tally.unanswered++
  tally.otherHosts += add(tally.hosts, exchange.host, 1)
  for (const anomaly of exchange.anomalies) add(tally.anomalies, anomaly, 1)
}

function tallyDetection(tally: TallyCounts, detection: Detection): void {
  tally.detections++
  const known = tally.attacks.get(detection.attack)
  if (known !== undefined) {
    known.count++
    return
  }
  const { id, method, host, path, point, evidence, severity, rule } = detection
  tally.attacks.set(detection.attack, {
    count: 1,
    example: { id, method, host, path, point, evidence, severity, rule, client: detection.client.ip },
  })
}

/** Adds `n` to a name; answers `n` when the table is full and the name is new. */
function add(table: Map<string, number>, name: string, n: number): number {
  const known = table.get(name)
  if (known === undefined && table.size >= MAX_NAMES) return n
  table.set(name, (known ?? 0) + n)
  return 0
}
