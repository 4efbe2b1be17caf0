/**
 * HTTP/2 on one connection. An exchange is handed on when its request and its response are complete, in the order in which
 * that happens.
 *
 *   bytes ─► reader.ts ─► frames ─┬─ block.ts ─► header sections ─► messages.ts ─┐
 *                                 ├─ DATA ──────────────────────► messages.ts ─┼─► streams.ts ─► exchanges
 *                                 └─ the rest ──────────────────► control.ts ──┘
 */
import type { Direction, Place, ProtocolLimits, ProtocolOut, Session, Upgraded } from '#schemas/contracts/protocol.ts'
import type { EndReason } from '#schemas/records/chunk.ts'
import { add } from '../../message/anomalies.ts'
import { noResponse } from '../../message/no-response.ts'
import { Control } from './control.ts'
import { Floods, type FloodsSnapshot } from './floods.ts'
import { Messages } from './messages.ts'
import { Side, type SideSnapshot } from './side.ts'
import { messageOf } from './stream.ts'
import { Streams, type StreamsSnapshot } from './streams.ts'
import { clientSettings, upgradedRequest } from './upgrade.ts'

/** Memory of a session besides what its parts count. */
const OVERHEAD = 2048

interface Snapshot {
  readonly sides: readonly [SideSnapshot, SideSnapshot]
  readonly streams: StreamsSnapshot
  readonly floods: FloodsSnapshot
  readonly ended: readonly [EndReason | null, EndReason | null]
}

export class Http2Session implements Session {
  readonly #streams: Streams
  readonly #floods: Floods
  readonly #sides: readonly [Side, Side]
  readonly #control: Control
  #ended: [EndReason | null, EndReason | null] = [null, null]

  constructor(out: ProtocolOut, limits: ProtocolLimits) {
    this.#streams = new Streams(out, limits)
    this.#floods = new Floods(limits.http2)
    this.#control = new Control(this.#streams, this.#floods, out)
    const messages = new Messages(this.#streams, out, limits)
    this.#sides = [new Side(0, messages, this.#control, out, limits), new Side(1, messages, this.#control, out, limits)]
    this.#control.sides = this.#sides
    this.#control.agree()
  }

  get held(): number {
    return OVERHEAD + this.#streams.size + this.#sides[0].size + this.#sides[1].size
  }

  data(dir: Direction, bytes: Uint8Array, place: Place): void {
    if (dir === 1) this.#streams.answered = true
    this.#sides[dir].reader.data(bytes, place)
  }

  gap(dir: Direction, missing: number, place: Place): void {
    if (dir === 1 && missing > 0) this.#streams.answered = true
    this.#sides[dir].reader.gap(missing, place)
  }

  end(dir: Direction, reason: EndReason, place: Place): void {
    const side = this.#sides[dir]
    side.reader.end(place)
    side.blocks.abandon('http2.truncated-head')
    this.#ended[dir] = reason
    const [client, server] = this.#ended
    if (client !== null && server !== null) this.#streams.finish(noResponse(this.#streams.answered, server), place)
  }

  wake(now: number): void {
    this.#streams.expire(now)
  }

  note(dir: Direction, anomaly: string): boolean {
    const stream = this.#streams.get(this.#sides[dir].stream) ?? this.#streams.newest
    const message = stream === undefined ? null : (messageOf(stream, dir) ?? stream.request)
    if (message === null) return false
    add(message.anomalies, anomaly)
    return true
  }

  /** The request of an upgrade to h2c is stream 1, half closed by the client; its answer comes there (RFC 7540 §3.2). */
  carry(from: Upgraded): void {
    const stream = this.#streams.open(1)
    this.#streams.opened(1)
    stream.request = upgradedRequest(from)
    stream.done[0] = true
    this.#streams.count(stream)
    const settings = clientSettings(from)
    this.#sides[0].settings.read(settings, 0, settings.length)
    this.#sides[0].settings.force()
    this.#control.agree()
    this.#streams.settle(stream)
  }

  snapshot(): unknown {
    return {
      sides: [this.#sides[0].snapshot(), this.#sides[1].snapshot()],
      streams: this.#streams.snapshot(),
      floods: this.#floods.snapshot(),
      ended: this.#ended,
    } satisfies Snapshot
  }

  restore(plain: unknown): void {
    const from = plain as Snapshot
    this.#sides[0].restore(from.sides[0])
    this.#sides[1].restore(from.sides[1])
    this.#streams.restore(from.streams)
    this.#floods.restore(from.floods)
    this.#ended = [...from.ended]
    this.#control.agree()
  }
}
