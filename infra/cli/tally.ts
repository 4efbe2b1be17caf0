/** Counts for a person: what was seen, without keeping it. Bounded: the names beyond a table's size are counted together. */
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'

const MAX_NAMES = 10_000

type Shown = 'id' | 'time' | 'method' | 'host' | 'path' | 'point' | 'evidence' | 'severity' | 'rule'
export type Example = Pick<Detection, Shown> & { readonly client: string }

export interface AttackTally {
  count: number
  /** The earliest one: the same whichever thread saw it. */
  example: Example
}

/** Plain data: survives postMessage. */
export interface TallyCounts {
  exchanges: number
  unanswered: number
  /** Of WebSockets. */
  messages: number
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
    messages: 0,
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
  into.messages += from.messages
  into.detections += from.detections
  into.otherHosts += from.otherHosts
  for (const [host, n] of from.hosts) into.otherHosts += add(into.hosts, host, n)
  for (const [kind, n] of from.anomalies) add(into.anomalies, kind, n)
  for (const [attack, tally] of from.attacks) addAttack(into, attack, tally)
}

function tallyExchange(tally: TallyCounts, exchange: Exchange): void {
  if (exchange.message === null) {
    tally.exchanges++
    if (exchange.response === null) tally.unanswered++
    tally.otherHosts += add(tally.hosts, exchange.host, 1)
  } else tally.messages++
  for (const anomaly of exchange.anomalies) add(tally.anomalies, anomaly, 1)
}

function tallyDetection(tally: TallyCounts, detection: Detection): void {
  tally.detections++
  const { id, time, method, host, path, point, evidence, severity, rule } = detection
  const example = { id, time, method, host, path, point, evidence, severity, rule, client: detection.client.ip }
  addAttack(tally, detection.attack, { count: 1, example })
}

function addAttack(tally: TallyCounts, attack: string, { count, example }: AttackTally): void {
  const known = tally.attacks.get(attack)
  if (known === undefined) {
    tally.attacks.set(attack, { count, example })
    return
  }
  known.count += count
  if (isBefore(example, known.example)) known.example = example
}

function isBefore(a: Example, b: Example): boolean {
  return a.time < b.time || (a.time === b.time && a.id < b.id)
}

/** Adds `n` to a name; answers `n` when the table is full and the name is new. */
function add(table: Map<string, number>, name: string, n: number): number {
  const known = table.get(name)
  if (known === undefined && table.size >= MAX_NAMES) return n
  table.set(name, (known ?? 0) + n)
  return 0
}
