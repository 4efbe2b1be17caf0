/**
 * The other reading of a connection, from where its segments contradicted each other: a second conversation that reads the
 * bytes that the first one does not, and whatever comes after them. What it makes of them is handed on where the first one
 * made something else of it. It settles nothing and notes nothing on the connection: the main reading does.
 *
 *   Reading ── nothing is left in progress in either ──────────────► over
 *      │       both directions have ended
 *      └────── a bound is reached, or a newer reading takes over ──► closed: what is in progress counts as far as it came
 *
 * The main reading is always told first, so what it made of the same bytes is known (`seen`).
 */
import type { Place, ProtocolExchange } from '#schemas/contracts/protocol.ts'
import type { Chunk, EndReason } from '#schemas/records/chunk.ts'
import { deterministicId } from '#schemas/records/id.ts'
import { Conversation, type ConversationSnapshot, type Host } from './conversation.ts'
import { copyPlain } from './copy.ts'

export interface AlternativeSnapshot {
  readonly conversation: ConversationSnapshot
  readonly number: number
  readonly until: number
  readonly seen: readonly string[]
  readonly handedOn: boolean
}

/** Most exchanges of the main reading that are remembered for comparison. */
const SEEN = 1000
/** Memory of a remembered exchange, about. */
const SEEN_COST = 64

/** Takes what only the other reading says. */
export type Differs = (from: Alternative, exchange: ProtocolExchange) => void

export class Alternative {
  readonly conversation: Conversation
  /** Counts the other readings of a connection, from 1. */
  readonly number: number
  /** Stream time at which it is closed, µs. */
  readonly until: number
  /** What the main reading has handed on since. */
  readonly #seen = new Set<string>()
  readonly #host: Host
  /** Bytes to read in place of the next ones of this endpoint. */
  #instead: { readonly from: 0 | 1; readonly bytes: Uint8Array } | null = null
  #closing = false
  /** It has handed on something, with its number. */
  #handedOn = false

  constructor(from: ConversationSnapshot, number: number, until: number, host: Host, differs: Differs) {
    this.#host = quiet(host, exchange => this.#exchange(exchange, differs))
    this.conversation = Conversation.restore(copyPlain(from), this.#host)
    this.number = number
    this.until = until
  }

  /** Memory it takes, about. */
  get held(): number {
    return this.conversation.held + SEEN_COST * this.#seen.size
  }

  /** It is to read something in place of bytes that have not come yet. */
  get waits(): boolean {
    return this.#instead !== null
  }

  get handedOn(): boolean {
    return this.#handedOn
  }

  /** No more exchanges can be compared. */
  get full(): boolean {
    return this.#seen.size >= SEEN
  }

  /** The main reading handed this on. */
  saw(exchange: ProtocolExchange): void {
    this.#seen.add(fingerprint(exchange))
  }

  /** The next bytes of the endpoint are to be read like this. */
  instead(from: 0 | 1, bytes: Uint8Array): void {
    this.#instead = { from, bytes: bytes.slice() }
  }

  /** What the main reading has just read. */
  take(chunk: Chunk, place: Place): void {
    const instead = this.#instead
    if (instead === null || chunk.kind !== 'data' || chunk.dir !== instead.from) {
      this.conversation.take(chunk, place)
      return
    }
    const read = chunk.bytes.length
    this.conversation.read(chunk.dir, instead.bytes.subarray(0, read), place)
    this.#instead = read < instead.bytes.length ? { from: chunk.dir, bytes: instead.bytes.subarray(read) } : null
  }

  /** Ends it. What `main` has in progress as well is no difference: a copy of it ends the same way, unheard. */
  close(main: Conversation, reason: EndReason, place: Place): void {
    const unheard = quiet(this.#host, exchange => this.saw(exchange))
    Conversation.restore(copyPlain(main.snapshot()), unheard).giveUp(reason, 'budget', place)
    this.#closing = true
    this.conversation.giveUp(reason, 'budget', place)
  }

  snapshot(): AlternativeSnapshot {
    return {
      conversation: this.conversation.snapshot(),
      number: this.number,
      until: this.until,
      seen: [...this.#seen],
      handedOn: this.#handedOn,
    }
  }

  static restore(from: AlternativeSnapshot, host: Host, differs: Differs): Alternative {
    const own = new Alternative(from.conversation, from.number, from.until, host, differs)
    for (const one of from.seen) own.#seen.add(one)
    own.#handedOn = from.handedOn
    return own
  }

  #exchange(exchange: ProtocolExchange, differs: Differs): void {
    if (this.#seen.has(fingerprint(exchange))) return
    // A request that did not come to its end only shows where the other reading was closed.
    if (this.#closing && exchange.anomalies.some(kind => kind.includes('.truncated-'))) return
    this.#handedOn = true
    differs(this, exchange)
  }
}

/** A host that hears of exchanges only. */
function quiet(host: Host, exchange: (exchange: ProtocolExchange) => void): Host {
  return {
    protocols: host.protocols,
    limits: host.limits,
    mostProtocols: host.mostProtocols,
    exchange: (_, one) => exchange(one),
    anomaly: () => {},
    settle: () => {},
    count: () => {},
  }
}

/** Equal for exchanges that say the same. How and where they were read (anomalies, places) does not count. */
function fingerprint({ request, response, stream, authority, message }: ProtocolExchange): string {
  return deterministicId(
    JSON.stringify([request, response, stream, authority, message], (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ),
  )
}
