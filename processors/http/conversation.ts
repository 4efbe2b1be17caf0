/**
 * One connection, from its first bytes to its end.
 *
 *   Probing ── a protocol claims the first bytes ──► Speaking ── become ──► Probing | Speaking | Opaque
 *      └────── nobody does, or the limit is reached ──► Opaque
 *
 * Nobody claims the middle of a stream either: where the beginning was not captured, a protocol that can join in is
 * given the bytes, unless they are TLS.
 */
import type {
  Direction,
  Place,
  ProtocolExchange,
  ProtocolLimits,
  ProtocolOut,
  ProtocolSpec,
  Rest,
  Session,
  Start,
} from '#schemas/contracts/protocol.ts'
import type { Chunk, Connection, EndReason } from '#schemas/records/chunk.ts'
import type { Hop } from '#schemas/records/exchange.ts'
import type { Fate } from '#schemas/records/ledger.ts'
import { Backlog, type Event } from './backlog.ts'
import { type Claim, claim, join, looksLikeTls } from './roles.ts'

/** What a conversation needs of its stage. */
export interface Host {
  readonly protocols: readonly ProtocolSpec[]
  readonly limits: ProtocolLimits
  /** Most protocols in a row on one connection. */
  readonly mostProtocols: number
  exchange(from: Conversation, exchange: ProtocolExchange): void
  anomaly(from: Conversation, kind: string, place: Place): void
  settle(fate: Fate, bytes: number): void
  count(name: string): void
}

/** Plain data. */
export interface ConversationSnapshot {
  readonly connection: Connection
  readonly protocol: string | null
  readonly session: unknown
  readonly fate: Fate | null
  readonly client: 0 | 1 | null
  readonly backlog: readonly Event[]
  readonly inside: readonly [boolean, boolean]
  readonly ended: readonly [boolean, boolean]
  readonly told: readonly [Event | null, Event | null]
  readonly protocols: number
  readonly ordinal: number
  readonly hops: readonly Hop[]
  readonly said: readonly string[]
  readonly alarm: number
}

interface Next {
  readonly protocol: string
  readonly carry: unknown
}

/** Indexes by endpoint (0: a, 1: b) unless they say direction (0: client to server). */
export class Conversation implements ProtocolOut {
  /** Of the last chunk: its producer may have learned more. */
  connection: Connection
  /** Exchanges handed on so far. */
  ordinal = 0
  hops: readonly Hop[] = []
  /** Anomalies already published: few kinds, on few connections. */
  said: readonly string[] = []
  client: 0 | 1 | null = null
  /** When to call `wake`, µs. */
  alarmAt = Number.POSITIVE_INFINITY
  /** Set when opaque: what becomes of every byte. */
  #fate: Fate | null = null
  #protocol: ProtocolSpec | null = null
  #session: Session | null = null
  #backlog = new Backlog()
  /** The capture began in the middle of this direction, and nobody has been told yet. */
  #inside: [boolean, boolean]
  #ended: [boolean, boolean] = [false, false]
  /** The ends that a session was told. */
  #told: [Event | null, Event | null] = [null, null]
  #protocols = 0
  #next: Next | null = null
  readonly #host: Host

  constructor(connection: Connection, host: Host) {
    this.connection = connection
    this.#host = host
    this.#inside = [connection.opener === null, connection.opener === null]
  }

  /** Both directions have ended: nothing is left. */
  get over(): boolean {
    return this.#ended[0] && this.#ended[1]
  }

  /** Memory it takes, about. */
  get held(): number {
    return this.#backlog.size + (this.#session?.held ?? 0)
  }

  take(chunk: Chunk, place: Place): void {
    const from = chunk.dir
    switch (chunk.kind) {
      case 'data':
        this.read(from, chunk.bytes, place)
        break
      case 'alternative':
        // Not for this reading: tracked.ts.
        break
      case 'gap':
        this.#take({ kind: 'gap', from, missing: chunk.missing, place })
        break
      case 'end':
        this.#take({ kind: 'end', from, reason: chunk.reason, place })
        break
      case 'anomaly':
        if (this.#session?.note(this.#direction(from), chunk.anomaly) !== true) this.anomaly(chunk.anomaly, place)
        break
      default:
        chunk.kind satisfies never
    }
  }

  /** The next bytes of an endpoint. */
  read(from: 0 | 1, bytes: Uint8Array, place: Place): void {
    if (this.#session === null) this.#take({ kind: 'data', from, bytes, place })
    else {
      this.#session.data(this.#direction(from), bytes, place)
      this.#goOn()
    }
  }

  wake(now: number): void {
    this.alarmAt = Number.POSITIVE_INFINITY
    this.#session?.wake(now)
    this.#goOn()
  }

  /** Ends what is in progress, as if the connection had ended; the bytes that still come are `fate`. */
  giveUp(reason: EndReason, fate: Fate, place: Place): void {
    const before: [boolean, boolean] = [...this.#ended]
    for (const from of [0, 1] as const) if (!this.#ended[from]) this.#take({ kind: 'end', from, reason, place })
    this.#opaque(fate)
    this.#ended = before
  }

  #take(event: Event): void {
    if (event.kind === 'end') this.#ended[event.from] = true
    if (this.#session !== null) this.#hand(event)
    else if (this.#fate === null) this.#wait(event)
    else if (event.kind === 'data') this.#host.settle(this.#fate, event.bytes.length)
    this.#goOn()
  }

  /** Nobody reads yet: keeps the event and looks whether somebody should. */
  #wait(event: Event): void {
    // A decision cannot wait for bytes behind a hole.
    if (event.kind === 'gap' && this.#backlog.length[event.from] > 0) this.#probe(true)
    if (this.#session !== null) this.#hand(event)
    if (this.#session !== null || this.#fate !== null) return
    this.#backlog.push(event)
    this.#probe(this.over)
  }

  /** Looks at the first bytes; `decide`: with what there is. */
  #probe(decide: boolean): void {
    const { probeBytes } = this.#host.limits
    const { connection } = this
    const backlog = this.#backlog
    if (backlog.length[0] + backlog.length[1] === 0) return
    const full = backlog.length[0] >= probeBytes || backlog.length[1] >= probeBytes
    const bytes = [backlog.head(0, probeBytes), backlog.head(1, probeBytes)] as const
    const done = [decide || full || this.#ended[0], decide || full || this.#ended[1]] as const
    const heads = { bytes, done }
    const claimed = claim(this.#host.protocols, heads, this.client, connection)
    if (claimed === 'wait') return
    if (claimed !== null) {
      this.#claimed(claimed)
      return
    }
    const middle = this.#begins(0) || this.#begins(1)
    const joined =
      middle && !bytes.some(looksLikeTls) ? join(this.#host.protocols, heads, this.client, connection) : null
    if (joined === null) this.#opaque()
    else if (joined !== 'wait') this.#claimed(joined)
  }

  /** The endpoint's first bytes are the middle of something. */
  #begins(from: 0 | 1): boolean {
    return this.#inside[from] || this.#backlog.beginsWithGap(from)
  }

  #claimed(by: Claim): void {
    this.client = by.client
    this.#open(by.protocol, undefined)
  }

  /** Opens a session and replays what was held back. */
  #open(protocol: ProtocolSpec, carry: unknown): void {
    if (++this.#protocols > this.#host.mostProtocols) {
      this.#host.count('http.protocols.limit')
      this.#opaque()
      return
    }
    const start: Start = carry === undefined ? { kind: 'new' } : { kind: 'carried', carry }
    this.#protocol = protocol
    this.#session = protocol.open(this, this.#host.limits, start)
    const place = { time: this.connection.since, packet: 0, offset: -1 }
    for (const end of [0, 1] as const) {
      if (this.#inside[end]) this.#session.gap(this.#direction(end), 0, this.#backlog.events[0]?.place ?? place)
    }
    this.#inside = [false, false]
    for (const event of this.#backlog.take()) {
      // What is left when it becomes something else waits for that.
      if (this.#next === null) this.#hand(event)
      else this.#backlog.push(event)
    }
  }

  #hand(event: Event): void {
    const session = this.#session!
    const dir = this.#direction(event.from)
    switch (event.kind) {
      case 'data':
        session.data(dir, event.bytes, event.place)
        break
      case 'gap':
        session.gap(dir, event.missing, event.place)
        break
      case 'end':
        this.#told[event.from] = event
        session.end(dir, event.reason, event.place)
        break
      default:
        event satisfies never
    }
  }

  #opaque(fate: Fate = 'unsupported'): void {
    this.#session = null
    this.#protocol = null
    this.#fate = fate
    this.alarmAt = Number.POSITIVE_INFINITY
    for (const event of this.#backlog.take()) if (event.kind === 'data') this.#host.settle(fate, event.bytes.length)
  }

  /** Becomes what the session said, in a loop: tunnels in tunnels must not nest calls. */
  #goOn(): void {
    for (let next = this.#next; next !== null; next = this.#next) {
      const { protocol, carry } = next
      this.#next = null
      this.#session = null
      this.#protocol = null
      this.alarmAt = Number.POSITIVE_INFINITY
      const named = this.#host.protocols.find(({ name }) => name === protocol)
      if (named !== undefined) this.#open(named, carry)
      else if (protocol === 'probe') this.#probe(this.over)
      else this.#opaque()
    }
  }

  /** Endpoint to direction and back. */
  #direction(end: 0 | 1): Direction {
    return (end ^ (this.client ?? 0)) as Direction
  }

  exchange(exchange: ProtocolExchange): number {
    this.ordinal++
    this.#host.exchange(this, exchange)
    return this.ordinal
  }

  anomaly(kind: string, place: Place): void {
    this.#host.anomaly(this, kind, place)
  }

  settle(fate: Fate, bytes: number): void {
    this.#host.settle(fate, bytes)
  }

  hop(hop: Hop): boolean {
    if (this.ordinal > 0) return false
    this.hops = [...this.hops, hop]
    return true
  }

  become(protocol: string, rest: readonly [readonly Rest[], readonly Rest[]], carry?: unknown): void {
    this.#next = { protocol, carry }
    for (const dir of [0, 1] as const) {
      for (const { bytes, place } of rest[dir]) {
        this.#backlog.push({ kind: 'data', from: this.#direction(dir), bytes, place })
      }
    }
    for (const end of this.#told) if (end !== null) this.#backlog.push(end)
    this.#told = [null, null]
  }

  alarm(at: number): void {
    this.alarmAt = at
  }

  snapshot(): ConversationSnapshot {
    return {
      connection: this.connection,
      protocol: this.#protocol?.name ?? null,
      session: this.#session?.snapshot() ?? null,
      fate: this.#fate,
      client: this.client,
      backlog: this.#backlog.events,
      inside: this.#inside,
      ended: this.#ended,
      told: this.#told,
      protocols: this.#protocols,
      ordinal: this.ordinal,
      hops: this.hops,
      said: this.said,
      alarm: this.alarmAt,
    }
  }

  /** One that begins with the next message; null where nobody can begin in the middle of the connection. */
  anew(): ConversationSnapshot | null {
    if (this.#fate !== null || (this.#protocol !== null && this.#protocol.joins !== true)) return null
    const ends = this.#told.filter(end => end !== null)
    const begin = { protocol: null, session: null, backlog: ends, inside: [false, false], told: [null, null] } as const
    return { ...this.snapshot(), ...begin, alarm: Number.POSITIVE_INFINITY }
  }

  static restore(from: ConversationSnapshot, host: Host): Conversation {
    const own = new Conversation(from.connection, host)
    own.#fate = from.fate
    own.client = from.client
    for (const event of from.backlog) own.#backlog.push(event)
    own.#inside = [...from.inside]
    own.#ended = [...from.ended]
    own.#told = [...from.told]
    own.#protocols = from.protocols
    own.ordinal = from.ordinal
    own.hops = from.hops
    own.said = from.said
    own.alarmAt = from.alarm
    own.#protocol = host.protocols.find(({ name }) => name === from.protocol) ?? null
    own.#session = own.#protocol?.open(own, host.limits, { kind: 'restored', snapshot: from.session }) ?? null
    return own
  }
}
