/**
 * Runs stored segments through chains again, in the order of merged.ts: records before a span's `from` mute, so that the
 * connections that were open then are known, the others aloud. It only reads: no group, no position, no lease.
 */
import { decodeRecord } from '#schemas/avro/records.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import type { Begun } from './begun.ts'
import type { Budget } from './budget.ts'
import { merged } from './merged.ts'
import type { Span } from './range.ts'
import type { Rerun } from './rerun.ts'

const MAX_REASONS = 5

export interface ReplayOptions {
  readonly topic: string
  readonly spans: readonly Span[]
  /** Each gets every record; more than one to compare. */
  readonly reruns: readonly Rerun[]
  readonly budget: Budget
  /** Milliseconds, monotone. Only the budget looks at it. */
  readonly clock: () => number
  readonly signal: AbortSignal
  readonly begun: Begun
  /** After every record: for who writes what came out. */
  after(read: Read): Promise<void>
}

export interface Read {
  records: number
  /** Key and value bytes, the warm-up included. */
  bytes: number
  /** Records that could not be decoded: live processing has a dead letter of each. */
  undecodable: number
  /** Why, of the first ones. */
  readonly reasons: string[]
}

export type Ending = { readonly kind: 'done' } | Stopped

export interface Stopped {
  readonly kind: 'budget' | 'interrupted'
  /** Where to go on, by partition. */
  readonly rest: ReadonlyMap<number, number>
  /** Of the last record, µs. */
  readonly time: number
  /** Not beyond the warm-up: the same budget would end there again. */
  readonly muted: boolean
}

export async function replay(
  bus: Bus,
  options: ReplayOptions,
): Promise<{ readonly read: Read; readonly ending: Ending }> {
  const { topic, spans, reruns, budget, clock, signal, begun } = options
  const started = clock()
  const read: Read = { records: 0, bytes: 0, undecodable: 0, reasons: [] }
  /** Where to go on: after the records that were aloud. */
  const rest = new Map(spans.map(span => [span.partition, span.from]))
  let time = 0
  let aloud = false
  for await (const { span, record } of merged(bus, topic, spans)) {
    const interrupted = signal.aborted
    if (interrupted || read.bytes >= budget.bytes || clock() - started >= budget.ms)
      return { read, ending: { kind: interrupted ? 'interrupted' : 'budget', rest, time, muted: !aloud } }
    read.records++
    read.bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0)
    time = record.time
    const { partition } = span
    const muted = record.offset < span.from
    try {
      const batch = decodeRecord('segments', record.value!)
      if (span.cut) begun.look(partition, batch)
      for (const rerun of reruns) {
        rerun.muted = muted
        rerun.process(partition, record, batch)
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (read.undecodable++ < MAX_REASONS)
        read.reasons.push(`partition ${partition}, offset ${record.offset}: ${error.message}`)
    }
    if (!muted) {
      rest.set(partition, record.offset + 1)
      aloud = true
    }
    await options.after(read)
  }
  return { read, ending: { kind: 'done' } }
}
