/**
 * The streams of a connection that are not reported yet, and what is known of the others: which ids were used. Every
 * exchange leaves through `report`, once.
 *
 *   a stream is reported when     both messages are complete (one whose end may be in a hole counts as complete once the
 *                                 other is), it is reset, or refused by GOAWAY, it waits too long, there are too many of
 *                                 them, or the connection ends; a CONNECT when it is accepted
 */
import type { Place, ProtocolLimits, ProtocolOut } from '#schemas/contracts/protocol.ts'
import { add } from '../../message/anomalies.ts'
import { exchangeOf } from '../../message/exchange.ts'
import { UNTIL_CLOSE } from '../../message/length.ts'
import { type Draft, draft } from '../../message/message.ts'
import { lastTime, newStream, ownStream, type Stream, sizeOfStream } from './stream.ts'

/** Plain data. */
export interface StreamsSnapshot {
  readonly open: readonly Stream[]
  readonly highest: readonly [number, number]
  readonly missed: readonly [Range, Range]
  readonly lost: readonly [boolean, boolean]
  readonly notes: readonly string[]
  readonly alarm: number
  readonly newest: number
  readonly answered: boolean
}

/** Ids of streams that were opened while nobody looked, first and last; empty when the last is lower. */
type Range = readonly [from: number, to: number]

export class Streams {
  readonly #out: ProtocolOut
  readonly #limits: ProtocolLimits
  readonly #open = new Map<number, Stream>()
  /** Highest id opened by the client (odd) and by the server (even). */
  #highest: [number, number] = [0, 0]
  #missed: [Range, Range] = [
    [1, 0],
    [1, 0],
  ]
  /** Streams may have been opened that were not seen, before the next one that is. */
  #lost: [boolean, boolean] = [false, false]
  /** Anomalies of the connection that the next exchange takes along. */
  #notes: string[] = []
  #alarm = Number.POSITIVE_INFINITY
  #newest = 0
  /** Memory of all streams. */
  size = 0
  /** Bytes of the server were seen. */
  answered = false

  constructor(out: ProtocolOut, limits: ProtocolLimits) {
    this.#out = out
    this.#limits = limits
  }

  get(id: number): Stream | undefined {
    return this.#open.get(id)
  }

  /** It was never opened, as far as was seen. */
  isNew(id: number): boolean {
    const by = openerOf(id)
    const [from, to] = this.#missed[by]
    return id > this.#highest[by] || (id >= from && id <= to)
  }

  /** It may have been opened while nobody looked. */
  wasMissed(id: number): boolean {
    const by = openerOf(id)
    const [from, to] = this.#missed[by]
    return (id > this.#highest[by] && this.#lost[by]) || (id >= from && id <= to)
  }

  /** The stream that was opened last, if it is still open. */
  get newest(): Stream | undefined {
    return this.#open.get(this.#newest)
  }

  /** Room for a stream, be it that its request or, in whatever order they were captured, its response begins. */
  open(id: number): Stream {
    if (this.#open.size >= this.#limits.http2.streams) this.#overflow()
    const stream = newStream(id)
    this.#open.set(id, stream)
    this.#newest = id
    return stream
  }

  /** Who may open this stream did: all below it that are not open are closed (RFC 9113 §5.1.1). */
  opened(id: number): void {
    const by = openerOf(id)
    const highest = this.#highest[by]
    if (id <= highest) return
    if (this.#lost[by]) {
      const [from, to] = this.#missed[by]
      this.#missed[by] = [to < from ? highest + 1 : from, id - 1]
      this.#lost[by] = false
    }
    this.#highest[by] = id
  }

  /** After every change of a stream's messages. */
  count(stream: Stream): void {
    const size = sizeOfStream(stream)
    this.size += size - stream.size
    stream.size = size
  }

  /** A message of the stream is complete: is the stream? */
  settle(stream: Stream): void {
    const { done, doubtful, request, tunnel } = stream
    if (tunnel) {
      if (done[0] && done[1]) this.drop(stream)
    } else if (request !== null && done[1] && (done[0] || doubtful[0])) this.report(stream)
    else if (this.#waits(stream)) {
      if (request !== null && done[1]) add(request.anomalies, 'http2.early-response')
      this.#watch(lastTime(stream))
    }
  }

  /** Hands the exchange on, and forgets the stream unless it goes on as a tunnel. */
  report(stream: Stream, ...why: string[]): void {
    if (!stream.tunnel) this.#handOn(stream, why)
    this.drop(stream)
  }

  tunnel(stream: Stream): void {
    this.#handOn(stream, [])
    stream.tunnel = true
    stream.request = null
    stream.response = null
    this.count(stream)
  }

  drop(stream: Stream): void {
    this.size -= stream.size
    stream.size = 0
    this.#open.delete(stream.id)
  }

  /** Streams of the client beyond `last` were not looked at (GOAWAY). */
  refused(last: number): void {
    for (const stream of [...this.#open.values()]) {
      if (stream.id <= last || stream.id % 2 === 0 || stream.response !== null) continue
      this.report(stream, 'http.no-response.goaway')
    }
  }

  /** Frames of this direction may be missing. */
  lose(dir: 0 | 1): void {
    this.#lost[dir] = true
    for (const stream of this.#open.values()) {
      const message = dir === 0 ? stream.request : stream.response
      if (stream.done[dir] || stream.tunnel) continue
      stream.doubtful[dir] = true
      if (message !== null) {
        message.gap = true
        add(message.anomalies, 'http2.gap')
      }
      if (this.#waits(stream)) this.#watch(lastTime(stream))
    }
  }

  /** Notes an anomaly of the connection on the exchange in progress, or on the next one. */
  note(kind: string, stream: Stream | undefined): void {
    const message = stream?.request ?? stream?.response
    if (message !== null && message !== undefined) add(message.anomalies, kind)
    else add(this.#notes, kind)
  }

  /** Reports what has waited for too long. */
  expire(now: number): void {
    const { responseTimeout } = this.#limits
    this.#alarm = Number.POSITIVE_INFINITY
    for (const stream of [...this.#open.values()]) {
      if (!this.#waits(stream)) continue
      const last = lastTime(stream)
      if (last + responseTimeout > now) this.#watch(last)
      else this.report(stream, ...(stream.response === null ? ['http.no-response.timeout'] : []))
    }
  }

  /** Nothing more will come. `why`: the reason for requests without a response. */
  finish(why: string, place: Place): void {
    for (const stream of [...this.#open.values()]) {
      for (const [dir, message] of [stream.request, stream.response].entries()) {
        if (message !== null && !stream.done[dir]) add(message.anomalies, 'http2.truncated-body')
      }
      this.report(stream, ...(stream.response === null ? [why] : []))
    }
    for (const kind of this.#notes) this.#out.anomaly(kind, place)
    this.#notes = []
  }

  snapshot(): StreamsSnapshot {
    return {
      open: [...this.#open.values()],
      highest: this.#highest,
      missed: this.#missed,
      lost: this.#lost,
      notes: this.#notes,
      alarm: this.#alarm,
      newest: this.#newest,
      answered: this.answered,
    }
  }

  restore(from: StreamsSnapshot): void {
    for (const stream of from.open) {
      this.#open.set(stream.id, ownStream(stream))
      this.size += stream.size
    }
    this.#highest = [...from.highest]
    this.#missed = [...from.missed]
    this.#lost = [...from.lost]
    this.#notes = [...from.notes]
    this.#alarm = from.alarm
    this.#newest = from.newest
    this.answered = from.answered
  }

  /** Too many at once: the oldest is given up. */
  #overflow(): void {
    const [oldest] = this.#open.values()
    if (oldest === undefined) return
    if (this.answered) this.note('http2.flood.streams', oldest)
    const why = this.answered ? 'http.no-response.stream-limit' : 'http.no-response.one-way'
    this.report(oldest, ...(oldest.response === null ? [why] : []))
  }

  /** May it wait for something that never comes? */
  #waits({ request, response, done, doubtful, tunnel }: Stream): boolean {
    if (tunnel) return false
    if (request === null || response === null) return done[0] || done[1] || doubtful[0] || doubtful[1]
    return done[1] || doubtful[1]
  }

  /** Looks at what waits again, some time after `last`. */
  #watch(last: number): void {
    const at = last + this.#limits.responseTimeout
    if (at >= this.#alarm) return
    this.#alarm = at
    this.#out.alarm(at)
  }

  #handOn(stream: Stream, why: string[]): void {
    const { request, response } = stream
    const first = request?.first ?? response?.first
    // A stream of which only the id was seen.
    if (first === undefined) return
    if (request === null) why.push('http2.response-without-request')
    if (stream.pushed) why.push('http2.pushed')
    // What is there of it is all that can be decoded.
    if (request !== null && !stream.done[0]) request.capped = true
    if (response !== null && !stream.done[1]) response.capped = true
    if (request !== null && stream.done[0] && isOffLength(request))
      add(request.anomalies, 'http2.content-length-mismatch')
    if (response !== null && stream.done[1] && isOffLength(response) && hasBody(request, response))
      add(response.anomalies, 'http2.response-length-mismatch')
    why.push(...this.#notes)
    this.#notes = []
    this.#out.exchange({ ...exchangeOf(request ?? draft(first), response, why, this.#limits), stream: stream.id })
  }
}

/** RFC 9113 §8.1.1: its content-length is not the sum of its DATA. */
function isOffLength({ gap, length, bodyBytes }: Draft): boolean {
  return !gap && length !== UNTIL_CLOSE && length !== bodyBytes
}

/** RFC 9110 §6.4.1 */
function hasBody(request: Draft | null, { status }: Draft): boolean {
  return request !== null && request.method !== 'HEAD' && request.method !== '' && status !== 204 && status !== 304
}

/** Clients open odd streams, servers even ones. */
function openerOf(id: number): 0 | 1 {
  return id % 2 === 0 ? 1 : 0
}
