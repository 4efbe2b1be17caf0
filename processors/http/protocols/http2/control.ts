/** Frames that carry no message: what they do to streams and to the other side, and whether they come in masses. */
import type { Direction, ProtocolOut } from '#schemas/contracts/protocol.ts'
import { add } from '../../message/anomalies.ts'
import { blamesClient, codeAt, codeName, NO_ERROR } from './code.ts'
import type { Flood, Floods } from './floods.ts'
import { Flag, streamAt, Type } from './frame.ts'
import type { Side } from './side.ts'
import type { Frame } from './states.ts'
import type { Stream } from './stream.ts'
import type { Streams } from './streams.ts'

/** Increments below this say: send me crumbs. */
const CRUMB = 16

export class Control {
  readonly floods: Floods
  readonly #streams: Streams
  readonly #out: ProtocolOut
  /** Both directions, once they are made. */
  sides: readonly [Side, Side] | null = null

  constructor(streams: Streams, floods: Floods, out: ProtocolOut) {
    this.#streams = streams
    this.floods = floods
    this.#out = out
  }

  /** The client's preface was seen: what the server says from here on is seen from its beginning. */
  preface(): void {
    this.sides![1].beginning()
    this.agree()
  }

  lost(dir: Direction): void {
    this.#streams.lose(dir)
    this.agree()
  }

  /** What one side may send is what the other side's settings say. */
  agree(): void {
    for (const side of this.sides!) {
      const { settings } = this.sides![1 - side.dir]!
      side.blocks.decoder.allowed = settings.tableSize
      side.reader.allowed = settings.frame
    }
  }

  /** A frame's header was read. */
  began(side: Side, frame: Frame): void {
    const { type, flags, length } = frame
    if (type === Type.Data && length === 0 && (flags & Flag.EndStream) === 0) this.#flood('empty-frames', side, frame)
    else if (type === Type.Headers || type === Type.Continuation) {
      if (length === 0 && (flags & Flag.EndHeaders) === 0) this.#flood('empty-frames', side, frame)
    } else if (type === Type.Priority || type === Type.PriorityUpdate) this.#flood('priority', side, frame)
    if (type === Type.Data && frame.stream === 0) side.anomaly('http2.bad-stream-id', frame.first)
  }

  complete(side: Side, frame: Frame, bytes: Uint8Array, from: number, to: number): void {
    const length = to - from
    switch (frame.type) {
      case Type.RstStream:
        if (length === 4) this.#reset(side, frame, codeAt(bytes, from))
        else side.anomaly('http2.frame-size', frame.first)
        return
      case Type.Settings:
        this.#settings(side, frame, bytes, from, to)
        return
      case Type.Goaway:
        if (length >= 8) this.#goaway(side, frame, streamAt(bytes, from), codeAt(bytes, from + 4))
        else side.anomaly('http2.frame-size', frame.first)
        return
      case Type.Ping:
        if (length !== 8) side.anomaly('http2.frame-size', frame.first)
        if ((frame.flags & Flag.Ack) === 0) this.#flood('ping', side, frame)
        return
      case Type.WindowUpdate:
        if (length !== 4) side.anomaly('http2.frame-size', frame.first)
        else if (streamAt(bytes, from) < CRUMB) this.#flood('window-update', side, frame)
        return
      case Type.Priority:
        if (length !== 5) side.anomaly('http2.frame-size', frame.first)
    }
  }

  #settings(side: Side, frame: Frame, bytes: Uint8Array, from: number, to: number): void {
    if ((frame.flags & Flag.Ack) !== 0) {
      this.sides![1 - side.dir]!.settings.acknowledged()
      if (to > from) side.anomaly('http2.frame-size', frame.first)
    } else {
      this.#flood('settings', side, frame)
      if ((to - from) % 6 !== 0) side.anomaly('http2.frame-size', frame.first)
      for (const kind of side.settings.read(bytes, from, to)) side.anomaly(kind, frame.first)
    }
    this.agree()
  }

  #reset(side: Side, frame: Frame, code: number): void {
    const stream = this.#streams.get(frame.stream)
    if (stream === undefined) return
    const message = stream.request ?? stream.response
    if (message === null) {
      this.#streams.drop(stream)
      return
    }
    if (side.dir === 0) {
      if (!stream.done[1]) this.#flood('rapid-reset', side, frame)
    } else if (blamesClient(code)) this.#flood('made-you-reset', side, frame)
    message.last = frame.last
    // RFC 9113 §8.1: a server that has answered stops the rest of the request so.
    if (!(code === NO_ERROR && stream.done[1])) {
      add(message.anomalies, side.dir === 0 ? 'http2.reset-by-client' : 'http2.reset-by-server')
      add(message.anomalies, `http2.reset.${codeName(code)}`)
    }
    this.#streams.report(stream, ...(stream.response === null ? ['http.no-response.reset'] : []))
  }

  #goaway(side: Side, frame: Frame, last: number, code: number): void {
    if (code !== NO_ERROR) this.#out.anomaly(`http2.goaway.${codeName(code)}`, frame.first)
    if (side.dir === 1) this.#streams.refused(last)
  }

  /** Clients flood servers; what servers do to clients is nobody's attack here. */
  #flood(kind: Flood, side: Side, frame: Frame): void {
    if (side.dir === 1 && kind !== 'made-you-reset') return
    if (this.floods.count(kind, frame.first.time)) this.#streams.note(`http2.flood.${kind}`, this.#about(frame))
  }

  /** The exchange that a frame is blamed on: its own, or the newest. */
  #about(frame: Frame): Stream | undefined {
    return this.#streams.get(frame.stream) ?? this.#streams.newest
  }
}
