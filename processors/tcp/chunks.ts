/** Turns what the assemblers say into chunks (schemas/records/chunk.ts), ledger entries and counters. */
import type { Ctx } from '#schemas/contracts/processor.ts'
import { blankChunk, type Chunk, type Connection, type EndReason } from '#schemas/records/chunk.ts'
import type { Fate } from '#schemas/records/ledger.ts'
import { KIND, type Segment } from '#schemas/records/segment.ts'
import type { Config } from './config.ts'
import type { Flow } from './flow.ts'
import { ANOMALIES, type AnomalyKind, type Out, type Place } from './out.ts'
import type { Recent } from './recent.ts'
import type { Shelf } from './shelf.ts'
import type { Side } from './side.ts'

const NOTHING = new Uint8Array(0)

export class Chunks implements Out {
  readonly config: Config
  readonly here = { time: 0, packet: 0, offset: 0 }
  readonly #ctx: Ctx<Flow>
  /** The one object of all emissions (law 3 of Chunk). */
  readonly #chunk: Chunk = blankChunk(undefined as unknown as Connection) // set before every emission

  readonly #shelf: Shelf
  /** The source does not guarantee order: there can be retransmissions. */
  #packets = true

  constructor(config: Config, ctx: Ctx<Flow>, shelf: Shelf) {
    this.config = config
    this.#ctx = ctx
    this.#shelf = shelf
  }

  get now(): number {
    return this.#ctx.now
  }

  /** What follows comes from this segment. */
  at(segment: Segment): void {
    this.here.time = segment.time
    this.here.packet = segment.packet
    this.here.offset = this.#ctx.offset
    this.#packets = segment.kind === KIND.packet
  }

  /** What follows comes from no segment: a timer, or a limit. */
  atTimer(): void {
    this.here.time = this.#ctx.now
    this.here.packet = 0
    this.here.offset = this.#ctx.offset
    this.#packets = true
  }

  data(of: Side, bytes: Uint8Array, other: Uint8Array | null, place: Place): void {
    if (this.#packets) {
      const recent = of.recent ?? this.#shelf.take(of, of.position - bytes.length, this.#stolen)
      recent.keep(bytes, other)
    }
    this.#emit('data', of, bytes, 0, place)
  }

  alternativeAhead(of: Side, bytes: Uint8Array, place: Place): void {
    this.#emit('alternative', of, bytes, 0, place)
  }

  alternativeBehind(of: Side, bytes: Uint8Array, third: boolean): void {
    this.#chunk.back = bytes.length
    this.#chunk.contradicts = third
    this.#emit('alternative', of, bytes, 0, this.here)
    this.#chunk.back = 0
    this.#chunk.contradicts = false
  }

  gap(of: Side, missing: number, place: Place): void {
    if (of.recent !== null) this.release(of.recent)
    this.#ctx.ledger.add('missing', missing)
    this.#emit('gap', of, NOTHING, missing, place)
  }

  /** A connection of which nothing was said ends without a word. */
  end(of: Side, reason: EndReason): void {
    if (of.recent !== null) this.release(of.recent)
    if (of.flow.connection === null) return
    this.#chunk.reason = reason
    this.#emit('end', of, NOTHING, 0, (reason === 'fin' || reason === 'rst' ? of.endPlace : null) ?? this.here)
  }

  release(recent: Recent): void {
    this.#shelf.put(recent)
  }

  /** Always counted; said once per kind and connection, and not after both directions ended. */
  anomaly(of: Side, kind: AnomalyKind): void {
    this.#ctx.count(kind)
    if (of.flow.closed || !of.flow.says(ANOMALIES.indexOf(kind))) return
    this.#chunk.anomaly = kind
    this.#emit('anomaly', of, NOTHING, 0, this.here)
  }

  settle(fate: Fate, bytes: number): void {
    if (bytes > 0) this.#ctx.ledger.add(fate, bytes)
  }

  count(name: string): void {
    this.#ctx.count(name)
  }

  #emit(kind: Chunk['kind'], of: Side, bytes: Uint8Array, missing: number, place: Place): void {
    const connection = of.flow.connection ?? this.#announce(of)
    const chunk = this.#chunk
    chunk.kind = kind
    chunk.connection = connection
    chunk.dir = of.dir
    chunk.time = place.time
    chunk.packet = place.packet
    chunk.offset = place.offset
    chunk.bytes = bytes
    chunk.missing = missing
    this.#ctx.emit('chunks', connection.id, chunk, place.time)
    chunk.reason = 'fin'
    chunk.anomaly = ''
  }

  /** A side lost its ring to another one: that is a change of its flow. */
  readonly #stolen = (from: Side): void => {
    this.#ctx.count('tcp.recent.full')
    this.#ctx.state.touch(this.#ctx.state.get(from.flow.key)!)
  }

  /** Names the connection. A direction that has ended in silence says so now. */
  #announce(of: Side): Connection {
    const { reason, anomaly } = this.#chunk
    const connection = of.flow.announce()
    for (const side of [of.flow.a, of.flow.b]) if (side.ended !== null) this.end(side, side.ended)
    this.#chunk.reason = reason
    this.#chunk.anomaly = anomaly
    return connection
  }
}
