/**
 * What the stage knows of one connection: its conversation, the main reading; for a while perhaps the other one.
 *
 *   One ── `alternative` of what comes next: a copy of the conversation reads it ──────────────────► Two
 *   One ── `alternative` of what was read, all of it since nothing was in progress: read anew ─────► Two
 *   Two ── see alternative.ts ─────────────────────────────────────────────────────────────────────► One
 */
import type { Place, ProtocolExchange } from '#schemas/contracts/protocol.ts'
import type { Chunk, Connection, EndReason } from '#schemas/records/chunk.ts'
import type { ExchangeConnection, Hop } from '#schemas/records/exchange.ts'
import type { Fate } from '#schemas/records/ledger.ts'
import { Alternative, type AlternativeSnapshot, type Differs } from './alternative.ts'
import { Conversation, type ConversationSnapshot, type Host } from './conversation.ts'

export interface TrackedSnapshot {
  readonly conversation: ConversationSnapshot
  readonly since: readonly [number, number]
  readonly readings: number
  readonly read: number
  readonly other: AlternativeSnapshot | null
}

/** What a stage gives to all its connections. */
export interface Stage extends Host {
  /** Bytes that other readings of one connection may read, all together. */
  readonly mostAlternative: number
  /** µs that one of them may last. */
  readonly alternativeWait: number
  readonly differs: Differs
}

/** What starting another reading costs, in bytes read: none is free. */
const START = 256

export class Tracked {
  readonly conversation: Conversation
  /** Made when first needed, then shared by all its records. */
  connection: ExchangeConnection | null = null
  hops: readonly Hop[] = []
  /** Memory it was last counted with. */
  counted = 0
  readonly #stage: Stage
  #other: Alternative | null = null
  /** Bytes of each endpoint since the conversation last kept nothing: it could begin anew there. */
  readonly #since: [number, number] = [0, 0]
  /** Other readings so far, and the bytes that they read. */
  #readings = 0
  #read = 0

  constructor(conversation: Conversation, stage: Stage) {
    this.conversation = conversation
    this.#stage = stage
  }

  /** Memory it takes, about. */
  get held(): number {
    return this.conversation.held + (this.#other?.held ?? 0)
  }

  /** When to call `wake`, µs. */
  get alarmAt(): number {
    const other = this.#other
    return other === null
      ? this.conversation.alarmAt
      : Math.min(this.conversation.alarmAt, other.conversation.alarmAt, other.until)
  }

  /** More is known of the connection, or it is the same one after a restart. */
  learn(connection: Connection): void {
    this.conversation.connection = connection
    this.connection = null
  }

  take(chunk: Chunk, place: Place, now: number): void {
    if (chunk.kind === 'alternative') {
      if (chunk.back === 0) this.#ahead(chunk, now)
      else this.#behind(chunk, place, now)
      return
    }
    this.conversation.take(chunk, place)
    if (this.#other !== null) this.#follow(this.#other, chunk, place)
    if (this.conversation.held === 0) this.#since[0] = this.#since[1] = 0
    else if (chunk.kind === 'data') this.#since[chunk.dir] += chunk.bytes.length
    // What is missing cannot be read anew.
    else if (chunk.kind === 'gap') this.#since[chunk.dir] = Number.POSITIVE_INFINITY
  }

  wake(now: number): void {
    if (this.conversation.alarmAt <= now) this.conversation.wake(now)
    const other = this.#other
    if (other === null) return
    if (other.conversation.alarmAt <= now) other.conversation.wake(now)
    if (other.until <= now) this.#close(other, { time: now, packet: 0, offset: -1 })
    else this.#settle(other)
  }

  /** The main reading handed on an exchange. */
  saw(exchange: ProtocolExchange): void {
    this.#other?.saw(exchange)
  }

  /** Ends what is in progress, as if the connection had ended; the bytes that still come are `fate`. */
  giveUp(reason: EndReason, fate: Fate, place: Place): void {
    this.#other?.close(this.conversation, reason, place)
    this.#other = null
    this.conversation.giveUp(reason, fate, place)
  }

  /** The other reading of what comes next. */
  #ahead(chunk: Chunk, now: number): void {
    if (!this.#affords(chunk.bytes.length)) return
    const other = this.#other ?? this.#begin(this.conversation.snapshot(), now)
    other.instead(chunk.dir, chunk.bytes)
    this.#other = other
  }

  /** The other reading of what was read already: possible if nothing else was in progress when its message began. */
  #behind(chunk: Chunk, place: Place, now: number): void {
    const { dir, bytes } = chunk
    const since = this.#since[dir]
    const fresh = since === 0 || this.#since[dir === 0 ? 1 : 0] > 0 ? null : this.conversation.anew()
    if (fresh === null || since > bytes.length) {
      this.#stage.count('http.alternatives.unread')
      return
    }
    if (!this.#affords(since)) return
    this.#replace(chunk.contradicts, place)
    const other = this.#begin(fresh, now)
    this.#other = other
    other.conversation.read(dir, bytes.subarray(bytes.length - since), place)
    this.#settle(other)
  }

  /** A newer reading takes over. One that it only completes had read a mixture: nothing is said of it, not even a number. */
  #replace(contradicted: boolean, place: Place): void {
    const old = this.#other
    if (old === null) return
    if (contradicted) this.#close(old, place)
    else if (!old.handedOn) this.#readings--
  }

  #begin(from: ConversationSnapshot, now: number): Alternative {
    const { alternativeWait, differs } = this.#stage
    this.#stage.count('http.alternatives')
    this.#readings++
    return new Alternative(from, this.#readings, now + alternativeWait, this.#stage, differs)
  }

  /** Counts what another reading is going to cost. False: too much. */
  #affords(bytes: number): boolean {
    this.#read += bytes + START
    if (this.#read <= this.#stage.mostAlternative) return true
    this.#stage.count('http.alternatives.limit')
    return false
  }

  #follow(other: Alternative, chunk: Chunk, place: Place): void {
    other.take(chunk, place)
    this.#read += chunk.bytes.length
    if (this.#read <= this.#stage.mostAlternative && !other.full) {
      this.#settle(other)
      return
    }
    this.#stage.count('http.alternatives.limit')
    this.#close(other, place)
  }

  /** Two readings that have nothing in progress go on alike. */
  #settle(other: Alternative): void {
    const alike = this.conversation.held === 0 && other.conversation.held === 0 && !other.waits
    if (alike || other.conversation.over) this.#other = null
  }

  #close(other: Alternative, place: Place): void {
    this.#other = null
    other.close(this.conversation, 'evicted', place)
  }

  snapshot(): TrackedSnapshot {
    return {
      conversation: this.conversation.snapshot(),
      since: this.#since,
      readings: this.#readings,
      read: this.#read,
      other: this.#other?.snapshot() ?? null,
    }
  }

  static restore(from: TrackedSnapshot, stage: Stage): Tracked {
    const own = new Tracked(Conversation.restore(from.conversation, stage), stage)
    own.#since[0] = from.since[0]
    own.#since[1] = from.since[1]
    own.#readings = from.readings
    own.#read = from.read
    own.#other = from.other === null ? null : Alternative.restore(from.other, stage, stage.differs)
    return own
  }
}
