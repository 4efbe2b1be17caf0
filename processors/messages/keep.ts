/** What is kept of a half: what the limits allow. */
import type { MessageHalf, MessageHeader, RequestHalf } from '#schemas/records/message.ts'
import type { Segment } from '#schemas/records/segment.ts'
import type { Config } from './config.ts'
import type { Kept } from './entry.ts'

/** A half without a body and headers. */
const FIXED = 1024
/** Text takes two bytes a character at worst, and an object for each string. */
const PER_HEADER = 96

/**
 * `cut`: bytes of the segment that are not kept, for the ledger. Text counts one byte for each character, which is never more
 * than it had.
 */
export function keep(
  given: MessageHalf,
  segment: Segment,
  offset: number,
  config: Config,
): { readonly kept: Kept; readonly cut: number } {
  const anomalies: string[] = []
  const { half, cut: line } = given.half === 'request' ? lineWithin(given, config, anomalies) : { half: given, cut: 0 }
  const headers = within(half.headers, config, anomalies)
  const trailers = within(half.trailers, config, anomalies)
  const take = Math.min(half.body.length, config.body.keep)
  const { start, end } = byOurClock(half, segment.time, config.clockSkew * 1e6, anomalies)
  const cut = half.body.length - take + headers.cut + trailers.cut + line
  const pending = segment.length - cut
  const fields = headers.kept.length + trailers.kept.length
  const kept = {
    // Views of the log's buffers do not outlive the call.
    half: { ...half, start, end, headers: headers.kept, trailers: trailers.kept, body: half.body.slice(0, take) },
    anomalies,
    time: segment.time,
    packet: segment.packet,
    offset,
    capture: segment.batch.capture,
    source: segment.batch.source,
    pending,
    cost: FIXED + PER_HEADER * fields + 2 * (pending - take) + take,
  }
  return { kept, cut }
}

/** What HTTP/1 has in its first line and Host: each as long as a header section may be. */
function lineWithin(
  half: RequestHalf,
  { head }: Config,
  anomalies: string[],
): { readonly half: RequestHalf; readonly cut: number } {
  const { method, authority, path } = half
  const cut = [method, authority, path].reduce((sum, { length }) => sum + Math.max(0, length - head), 0)
  if (cut === 0) return { half, cut }
  anomalies.push('message.head-too-long')
  const line = { method: method.slice(0, head), authority: authority.slice(0, head), path: path.slice(0, head) }
  return { half: { ...half, ...line }, cut }
}

/** The first fields that are within the limits. */
function within(
  fields: readonly MessageHeader[],
  { head, headers }: Config,
  anomalies: string[],
): { readonly kept: readonly MessageHeader[]; readonly cut: number } {
  let length = 0
  let count = 0
  for (const [name, value] of fields) {
    if (count === headers || length + name.length + value.length > head) break
    length += name.length + value.length
    count++
  }
  if (count === fields.length) return { kept: fields, cut: 0 }
  const why = count === headers ? 'message.too-many-fields' : 'message.head-too-long'
  if (!anomalies.includes(why)) anomalies.push(why)
  const cut = fields.slice(count).reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  return { kept: fields.slice(0, count), cut }
}

/**
 * A half is sent when it ends: a proxy whose clock says something else than ours then is wrong, and its times are moved.
 * Downstream, times order exchanges and decide how long they are kept.
 */
function byOurClock(
  { start, end }: MessageHalf,
  taken: number,
  skew: number,
  anomalies: string[],
): { readonly start: number; readonly end: number } {
  if (Math.abs(taken - end) <= skew) return { start: Math.min(start, end), end }
  anomalies.push('message.clock-skew')
  return { start: Math.max(0, taken - Math.max(0, end - start)), end: taken }
}
