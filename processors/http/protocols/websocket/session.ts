/** A WebSocket on one connection: a reader for each direction, and the handshake that all messages are shown with. */
import type { Direction, Place, ProtocolLimits, ProtocolOut, Session, Upgraded } from '#schemas/contracts/protocol.ts'
import type { EndReason } from '#schemas/records/chunk.ts'
import { agreedIn } from './handshake.ts'
import { Inflater, type InflaterSnapshot } from './inflate.ts'
import { add, type Draft } from './message.ts'
import { Reader, type ReaderSnapshot } from './reader.ts'
import { NOTHING, recordOf } from './record.ts'

/** Plain data. */
export interface WebSocketSnapshot {
  readonly handshake: Upgraded
  readonly readers: readonly [ReaderSnapshot, ReaderSnapshot]
  readonly inflaters: readonly [InflaterSnapshot, InflaterSnapshot] | null
}

export class WebSocketSession implements Session {
  readonly #handshake: Upgraded
  readonly #out: ProtocolOut
  readonly #limits: ProtocolLimits
  readonly #readers: readonly [Reader, Reader]
  /** Null: no compression. */
  readonly #inflaters: readonly [Inflater, Inflater] | null
  /** Memory that the handshake takes, about. */
  readonly #kept: number

  constructor(handshake: Upgraded, out: ProtocolOut, limits: ProtocolLimits) {
    this.#handshake = withoutBodies(handshake)
    this.#out = out
    this.#limits = limits
    const { takeover } = agreedIn(handshake)
    this.#inflaters = takeover === null ? null : [new Inflater(takeover[0]), new Inflater(takeover[1])]
    const reader = (dir: Direction) =>
      new Reader(dir, out, limits.bodyKeep, takeover !== null, {
        complete: message => this.#complete(dir, message),
        lost: () => this.#inflaters?.[dir].lose(),
      })
    this.#readers = [reader(0), reader(1)]
    const { request, response } = handshake.exchange
    this.#kept = [...request.headers, ...(response?.headers ?? [])].reduce(
      (sum, [name, value]) => sum + 32 + name.length + value.length,
      512,
    )
  }

  /** Says what is strange about the handshake, once. */
  begin(): void {
    const { requestSpan, responseSpan } = this.#handshake.exchange
    for (const kind of agreedIn(this.#handshake).anomalies) this.#out.anomaly(kind, (responseSpan ?? requestSpan).last)
  }

  get held(): number {
    const contexts = this.#inflaters === null ? 0 : this.#inflaters[0].held + this.#inflaters[1].held
    return this.#kept + this.#readers[0].held + this.#readers[1].held + contexts
  }

  data(dir: Direction, bytes: Uint8Array, place: Place): void {
    this.#readers[dir].data(bytes, place)
  }

  gap(dir: Direction, missing: number, place: Place): void {
    this.#readers[dir].gap(missing, place)
  }

  end(dir: Direction, _reason: EndReason, place: Place): void {
    this.#readers[dir].end(place)
  }

  /** It sets no alarm. */
  wake(): void {}

  note(dir: Direction, anomaly: string): boolean {
    const { message } = this.#readers[dir]
    if (message === null) return false
    add(message.anomalies, anomaly)
    return true
  }

  snapshot(): WebSocketSnapshot {
    const inflaters = this.#inflaters
    return {
      handshake: this.#handshake,
      readers: [this.#readers[0].snapshot(), this.#readers[1].snapshot()],
      inflaters: inflaters === null ? null : [inflaters[0].snapshot(), inflaters[1].snapshot()],
    }
  }

  restore({ readers, inflaters }: WebSocketSnapshot): void {
    for (const dir of [0, 1] as const) {
      this.#readers[dir].restore(readers[dir])
      if (inflaters !== null) this.#inflaters?.[dir].restore(inflaters[dir])
    }
  }

  #complete(dir: Direction, message: Draft): void {
    const inflater = this.#inflaters?.[dir] ?? null
    this.#out.exchange(recordOf(this.#handshake, dir, message, inflater, this.#limits))
  }
}

/** It is kept as long as the connection lives. */
function withoutBodies({ ordinal, exchange }: Upgraded): Upgraded {
  const { request, response } = exchange
  return {
    ordinal,
    exchange: {
      ...exchange,
      request: { ...request, ...NOTHING },
      response: response === null ? null : { ...response, ...NOTHING },
    },
  }
}
