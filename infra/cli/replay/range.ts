/**
 * From times to offsets. A range is a stretch of each partition, from the first record that may touch it to the last. A
 * record says only when its last segment was captured: it may reach back to the one before. So the stretch is a little
 * longer than the range, and of what comes out, that counts whose segment was captured within the range (rerun.ts).
 *
 * Where times of a partition go up and down (captures of several years in one log), the stretch may be much longer than
 * the range; what comes out is right all the same.
 */
import type { Bounds, Bus } from '#schemas/contracts/bus.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Place } from './when.ts'

/** Offsets of one partition. */
export interface Span {
  readonly partition: number
  /** Where reading begins: what comes before `from` is the warm-up. */
  readonly warm: number
  readonly from: number
  /** Exclusive. */
  readonly to: number
  /** Something was stored before `warm`, now or once: connections may have begun there. */
  readonly cut: boolean
}

export interface RangeOptions {
  readonly topic: string
  readonly from: Place | null
  readonly to: Place | null
  /** Capture time to read before `from`, µs. */
  readonly warmUp: number
}

/** Capture times, µs: from `from` to `to`, exclusive. Endless where offsets were given. */
export interface Times {
  readonly from: number
  readonly to: number
}

export const ALWAYS: Times = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }

export function timesOf(from: Place | null, to: Place | null): Times {
  return {
    from: from?.kind === 'time' ? from.time : ALWAYS.from,
    to: to?.kind === 'time' ? to.time : ALWAYS.to,
  }
}

export interface Range {
  /** Without empty ones. */
  readonly spans: readonly Span[]
  /** What is stored, for whoever found nothing in the range: capture times (µs) where times were asked for. */
  readonly stored: { readonly records: number; readonly times: readonly [first: number, last: number] | null }
}

/** Throws `Usage` when the range ends before it begins, or names partitions that there are not. */
export async function resolveRange(bus: Bus, options: RangeOptions): Promise<Range> {
  const { topic, from, to } = options
  const partitions = bus.partitions(topic)
  check(topic, partitions, from, to)
  const spans: Span[] = []
  let records = 0
  const times: number[] = []
  for (let partition = 0; partition < partitions; partition++) {
    const bounds = await bus.bounds(topic, partition)
    records += bounds.next - bounds.first
    const stretch = await locate(bus, partition, bounds, options)
    times.push(...stretch.times)
    if (stretch.from >= stretch.to) continue
    const warm = await warmStart(bus, partition, bounds.first, stretch.from, options)
    spans.push({ partition, warm, from: stretch.from, to: stretch.to, cut: warm > 0 })
  }
  return { spans, stored: { records, times: times.length === 0 ? null : [Math.min(...times), Math.max(...times)] } }
}

function check(topic: string, partitions: number, from: Place | null, to: Place | null): void {
  for (const place of [from, to]) {
    if (place?.kind !== 'offsets') continue
    const strange = [...place.offsets.keys()].find(partition => partition >= partitions)
    if (strange !== undefined) throw new Usage(`${topic} has partitions 0 to ${partitions - 1}, and no ${strange}`)
  }
  const reversed =
    (from?.kind === 'time' && to?.kind === 'time' && from.time >= to.time) ||
    (from?.kind === 'offset' && to?.kind === 'offset' && from.offset >= to.offset)
  if (reversed) throw new Usage('--from must come before --to')
}

interface Stretch {
  readonly from: number
  readonly to: number
  /** First and last time of what is stored, µs; empty when nobody asked for times or nothing is. */
  readonly times: readonly number[]
}

/** Where times are asked for: one pass over the partition, which looks at times only and decodes nothing. */
async function locate(
  bus: Bus,
  partition: number,
  bounds: Bounds,
  { topic, from, to }: RangeOptions,
): Promise<Stretch> {
  if (from?.kind === 'offsets' && !from.offsets.has(partition)) return { from: 0, to: 0, times: [] }
  const begin = Math.max(bounds.first, offsetIn(from, partition) ?? 0)
  const end = Math.min(bounds.next, offsetIn(to, partition) ?? bounds.next)
  if (from?.kind !== 'time' && to?.kind !== 'time') return { from: begin, to: end, times: [] }
  const { from: earliest, to: latest } = timesOf(from, to)
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  let start = -1
  let next = -1
  let before = Number.NEGATIVE_INFINITY
  for await (const batch of bus.read(topic, partition, bounds.first, bounds.next)) {
    for (const { offset, time } of batch.records) {
      first = Math.min(first, time)
      last = Math.max(last, time)
      const touches = time >= earliest && (time < latest || before < latest)
      before = time
      if (!touches || offset < begin || offset >= end) continue
      if (start < 0) start = offset
      next = offset + 1
    }
  }
  return { from: start, to: next, times: first <= last ? [first, last] : [] }
}

function offsetIn(place: Place | null, partition: number): number | undefined {
  if (place?.kind === 'offset') return place.offset
  return place?.kind === 'offsets' ? place.offsets.get(partition) : undefined
}

/** The first offset of the warm-up: from there to `start` no record is older than `warmUp` before the range begins. */
async function warmStart(
  bus: Bus,
  partition: number,
  first: number,
  start: number,
  { topic, from, warmUp }: RangeOptions,
): Promise<number> {
  if (from === null || warmUp === 0 || start === first) return start
  const begins = from.kind === 'time' ? from.time : await timeOf(bus, topic, partition, start)
  let warm = first
  for await (const batch of bus.read(topic, partition, first, start)) {
    for (const { offset, time } of batch.records) if (time < begins - warmUp) warm = offset + 1
  }
  return warm
}

/** Of the first record from `offset` on: a log may leave numbers out. */
async function timeOf(bus: Bus, topic: string, partition: number, offset: number): Promise<number> {
  for await (const { records } of bus.read(topic, partition, offset)) {
    for (const record of records) return record.time
  }
  return Number.NEGATIVE_INFINITY
}
