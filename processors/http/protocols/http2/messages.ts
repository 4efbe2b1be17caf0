/**
 * Header sections and DATA become the messages of streams (RFC 9113 §8.1):
 *
 *   message = HEADERS *DATA [HEADERS]          the second section are the trailers
 *   response = *(HEADERS with status 1xx) message
 */
import type { Direction, ProtocolLimits, ProtocolOut } from '#schemas/contracts/protocol.ts'
import { add } from '../../message/anomalies.ts'
import { addBody, type Draft, draft } from '../../message/message.ts'
import type { Section } from './block.ts'
import { Flag } from './frame.ts'
import { isEither, isTrailing, requestHead, responseHead, statusOf, trailers } from './head.ts'
import type { Frame } from './states.ts'
import { messageOf, type Stream } from './stream.ts'
import type { Streams } from './streams.ts'

export class Messages {
  readonly #streams: Streams
  readonly #out: ProtocolOut
  readonly #limits: ProtocolLimits

  constructor(streams: Streams, out: ProtocolOut, limits: ProtocolLimits) {
    this.#streams = streams
    this.#out = out
    this.#limits = limits
  }

  /** A header block was read: valid during the call. */
  section(dir: Direction, section: Section): void {
    if (section.promised !== 0) this.#promise(dir, section)
    else if (section.stream === 0) this.#out.anomaly('http2.bad-stream-id', section.first)
    else if (dir === 0) this.#request(section)
    else this.#response(section)
  }

  /** A part of a body. */
  data(dir: Direction, frame: Frame, bytes: Uint8Array, from: number, to: number): void {
    const stream = this.#streams.get(frame.stream)
    if (stream === undefined) {
      this.#out.settle(this.#streams.isNew(frame.stream) ? 'gap' : 'inspected', to - from)
      return
    }
    const message = this.#bodied(stream, dir, frame)
    if (message === null) {
      this.#out.settle(stream.tunnel ? 'unsupported' : stream.done[dir] ? 'inspected' : 'gap', to - from)
      return
    }
    const ends = (frame.flags & Flag.EndStream) !== 0 && to - from === frame.length
    const kept = addBody(message, bytes, from, to, this.#limits, dir === 1 && ends && stream.done[0])
    if (kept > 0) this.#out.settle('inspected', kept)
    if (kept < to - from) this.#out.settle(message.gap ? 'gap' : 'cap', to - from - kept)
    message.last = frame.last
    this.#streams.count(stream)
  }

  /** Bytes of a body were not captured. */
  hole(dir: Direction, frame: Frame, missing: number): void {
    const stream = this.#streams.get(frame.stream)
    const message = stream === undefined ? null : this.#bodied(stream, dir, frame)
    if (message === null) return
    message.bodyBytes += missing
    message.gap = true
    message.last = frame.last
    add(message.anomalies, 'http2.gap-in-body')
  }

  /** A DATA frame is whole. */
  dataEnd(dir: Direction, frame: Frame): void {
    const stream = this.#streams.get(frame.stream)
    if (stream === undefined || (frame.flags & Flag.EndStream) === 0) return
    const message = this.#bodied(stream, dir, frame)
    if (message !== null) message.last = frame.last
    if (message !== null || stream.tunnel) this.#end(stream, dir)
  }

  #request(section: Section): void {
    const streams = this.#streams
    const id = section.stream
    let stream = streams.get(id)
    if (stream === undefined) {
      if (!streams.isNew(id)) {
        if (!isTrailing(section)) this.#out.anomaly('http2.stream-reused', section.first)
        return
      }
      stream = streams.open(id)
    }
    const missed = streams.wasMissed(id)
    streams.opened(id)
    if (stream.tunnel) return
    if (stream.request !== null) this.#trailers(stream, stream.request, 0, section)
    else if (missed && section.end && isTrailing(section)) {
      stream.request = headless(section)
      trailers(stream.request, 0, section, this.#limits)
    } else {
      stream.request = requestHead(section, this.#limits)
      if (id % 2 === 0) add(stream.request.anomalies, 'http2.bad-stream-id')
    }
    streams.count(stream)
    if (section.end) this.#end(stream, 0)
  }

  #response(section: Section): void {
    const streams = this.#streams
    const id = section.stream
    let stream = streams.get(id)
    if (stream === undefined) {
      if (!streams.isNew(id)) return
      stream = streams.open(id)
    }
    if (stream.tunnel) return
    const status = statusOf(section)
    if (status >= 100 && status < 200 && !section.end) {
      // RFC 9113 §8.6: nothing switches protocols here.
      if (status === 101) streams.note('http2.switching-protocols', stream)
      return
    }
    const { response } = stream
    if (response === null || mayBeInterim(response, status, section)) {
      if (status === 0 && section.end && isTrailing(section) && (stream.doubtful[1] || stream.request === null)) {
        stream.response = headless(section)
        trailers(stream.response, 1, section, this.#limits)
      } else stream.response = responseHead(section, this.#limits)
    } else if (response.status === 0 && response.bodyBytes === 0 && isEither(section)) {
      // The response and its trailers, or an interim one and the response?
      response.headers = []
      add(response.anomalies, 'http2.header-unknown')
    } else this.#trailers(stream, response, 1, section)
    streams.count(stream)
    if (section.end) this.#end(stream, 1)
    else if (stream.request?.method === 'CONNECT' && status >= 200 && status < 300) streams.tunnel(stream)
  }

  /** PUSH_PROMISE: the server says which request it is about to answer. */
  #promise(dir: Direction, section: Section): void {
    const { promised } = section
    if (promised < 0) return
    if (dir === 0 || promised % 2 === 1 || promised === 0 || !this.#streams.isNew(promised)) {
      this.#out.anomaly('http2.bad-promise', section.first)
      return
    }
    const stream = this.#streams.open(promised)
    this.#streams.opened(promised)
    stream.request = requestHead(section, this.#limits)
    stream.pushed = true
    this.#streams.count(stream)
    this.#end(stream, 0)
  }

  #trailers(stream: Stream, message: Draft, dir: Direction, section: Section): void {
    if (stream.done[dir]) {
      add(message.anomalies, 'http2.frame-after-end')
      return
    }
    if (!section.end) add(message.anomalies, 'http2.trailers-without-end')
    trailers(message, dir, section, this.#limits)
    message.last = section.last
  }

  /** The message that takes body bytes; null when there is none. */
  #bodied(stream: Stream, dir: Direction, frame: Frame): Draft | null {
    if (stream.tunnel) return null
    const message = messageOf(stream, dir)
    if (message !== null) {
      if (!stream.done[dir]) return message
      add(message.anomalies, 'http2.frame-after-end')
      return null
    }
    // Its head was in a hole.
    if (dir === 0 || !stream.doubtful[1]) return null
    stream.response = headless(frame)
    stream.response.gap = true
    return stream.response
  }

  #end(stream: Stream, dir: Direction): void {
    if (stream.done[dir]) return
    stream.done[dir] = true
    this.#streams.settle(stream)
  }
}

/** A head of unknown status was an interim one when another head follows. */
function mayBeInterim(response: Draft, status: number, section: Section): boolean {
  return response.status === 0 && response.bodyBytes === 0 && (status > 0 || (!section.end && !isTrailing(section)))
}

/** A message whose head was not seen. */
function headless({ first, last }: { readonly first: Draft['first']; readonly last: Draft['last'] }): Draft {
  const message = draft(first, ['http2.gap-in-head'])
  message.version = '2'
  message.last = last
  message.length = -2
  return message
}
