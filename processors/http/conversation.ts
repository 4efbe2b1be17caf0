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
} from '#schemas/contracts/protocol.ts'
import type { Chunk, Connection, EndReason } from '#schemas/records/chunk.ts'
import type { Hop } from '#schemas/records/exchange.ts'
import type { Fate } from '#schemas/records/ledger.ts'
import { type Claim, claim, guessClient, looksLikeTls } from './roles.ts'

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

interface End {
  readonly reason: EndReason
  readonly place: Place
}

/** Plain data. */
export interface ConversationSnapshot {
  readonly connection: Connection
  readonly protocol: string | null
  readonly session: unknown
  readonly fate: Fate | null
  readonly client: 0 | 1 | null
  readonly heads: readonly [Head, Head]
  readonly ends: readonly [End | null, End | null]
  readonly fed: readonly [boolean, boolean]
  readonly protocols: number
  readonly ordinal: number
  readonly hops: readonly Hop[]
  readonly said: readonly string[]
  readonly alarm: number
}

/** The first bytes of one direction, while nobody reads them. */
interface Head {
  bytes: Uint8Array
  place: Place | null
  /** Bytes missing before them; null when none are. */
  missing: number | null
}

const NOTHING = new Uint8Array(0)
const noHead = (): Head => ({ bytes: NOTHING, place: null, missing: null })

/** Indexes by endpoint (0: a, 1: b) unless they say direction (0: client to server). */
export class Conversation implements ProtocolOut {
  readonly connection: Connection
  /** Exchanges handed on so far. */
  ordinal = 0
  hops: readonly Hop[] = []
  /** Anomalies already published. */
  readonly said = new Set<string>()
  client: 0 | 1 | null = null
  /** When to call `wake`, µs. */
  alarmAt = Number.POSITIVE_INFINITY
  /** Set when opaque: what becomes of every byte. */
  #fate: Fate | null = null
  #protocol: ProtocolSpec | null = null
  #session: Session | null = null
  #heads: [Head, Head] = [noHead(), noHead()]
  #ends: [End | null, End | null] = [null, null]
  /** This end has reached the session. */
  #fed: [boolean, boolean] = [false, false]
  #protocols = 0
  #next: { protocol: string; rest: readonly [Rest | null, Rest | null]; carry: unknown } | null = null
  readonly #host: Host

  constructor(connection: Connection, host: Host) {
    this.connection = connection
    this.#host = host
    if (connection.opener === null) for (const head of this.#heads) head.missing = 0
  }

  /** Both directions have ended: nothing is left. */
  get over(): boolean {
    return this.#ends[0] !== null && this.#ends[1] !== null
  }

  /** Memory it takes, about. */
  get held(): number {
    return this.#heads[0].bytes.length + this.#heads[1].bytes.length + (this.#session?.held ?? 0)
  }

  take(chunk: Chunk, place: Place): void {
    const from = chunk.dir
    switch (chunk.kind) {
      case 'data':
        this.#data(from, chunk.bytes, place)
        break
      case 'gap':
        this.#gap(from, chunk.missing, place)
        break
      case 'end':
        this.end(from, chunk.reason, place)
        break
      case 'anomaly':
        if (this.#session?.note(this.#direction(from), chunk.anomaly) !== true) this.anomaly(chunk.anomaly, place)
        else this.#host.count(chunk.anomaly)
        break
      default:
        chunk.kind satisfies never
    }
  }

  end(from: 0 | 1, reason: EndReason, place: Place): void {
    if (this.#ends[from] !== null) return
    this.#ends[from] = { reason, place }
    if (this.#session !== null) this.#feedEnds()
    else if (this.#fate === null) this.#probe(this.over)
    this.#settleNext()
  }

  wake(now: number): void {
    this.alarmAt = Number.POSITIVE_INFINITY
    this.#session?.wake(now)
    this.#settleNext()
  }

  /** Ends what is in progress, as if the connection had ended; the bytes that still come are `fate`. */
  giveUp(reason: EndReason, fate: Fate, place: Place): void {
    const before = [...this.#ends] as [End | null, End | null]
    this.end(0, reason, place)
    this.end(1, reason, place)
    this.#opaque(fate)
    this.#ends = before
  }

  #data(from: 0 | 1, bytes: Uint8Array, place: Place): void {
    if (this.#session !== null) this.#session.data(this.#direction(from), bytes, place)
    else if (this.#fate !== null) this.#host.settle(this.#fate, bytes.length)
    else {
      const head = this.#heads[from]
      head.place ??= place
      head.bytes = concat(head.bytes, bytes)
      this.#probe(false)
    }
    this.#settleNext()
  }

  #gap(from: 0 | 1, missing: number, place: Place): void {
    // A decision cannot wait for bytes behind a hole.
    if (this.#session === null && this.#fate === null && this.#heads[from].bytes.length > 0) this.#probe(true)
    if (this.#session !== null) this.#session.gap(this.#direction(from), missing, place)
    else if (this.#fate === null) this.#heads[from].missing = (this.#heads[from].missing ?? 0) + missing
    this.#settleNext()
  }

  /** Looks at the first bytes; `decide`: with what there is. */
  #probe(decide: boolean): void {
    const { probeBytes } = this.#host.limits
    const [a, b] = this.#heads
    const full = a.bytes.length >= probeBytes || b.bytes.length >= probeBytes
    const ended = (end: 0 | 1) => decide || full || this.#ends[end] !== null
    const shown = [a.bytes.subarray(0, probeBytes), b.bytes.subarray(0, probeBytes)] as const
    const { connection } = this
    const heads = { bytes: shown, done: [ended(0), ended(1)] } as const
    const claimed = claim(this.#host.protocols, heads, this.client, connection.opener, connection)
    if (claimed === 'wait' && !decide && !full) return
    if (claimed !== null && claimed !== 'wait') {
      this.#claimed(claimed)
      return
    }
    if (a.bytes.length === 0 && b.bytes.length === 0) return
    const joins = this.#host.protocols.find(protocol => protocol.joins === true)
    const middle = a.missing !== null || b.missing !== null
    if (joins === undefined || !middle || looksLikeTls(a.bytes) || looksLikeTls(b.bytes)) this.#opaque()
    else this.#claimed({ protocol: joins, client: this.client ?? connection.opener ?? guessClient(connection) })
  }

  #claimed(by: Claim): void {
    this.client = by.client
    this.#open(by.protocol, undefined)
  }

  /** Opens a session and gives it what was held back. */
  #open(protocol: ProtocolSpec, carry: unknown): void {
    if (++this.#protocols > this.#host.mostProtocols) {
      this.#host.count('http.protocols.limit')
      this.#opaque()
      return
    }
    this.#protocol = protocol
    this.#session = protocol.open(
      this,
      this.#host.limits,
      carry === undefined ? { kind: 'new' } : { kind: 'carried', carry },
    )
    this.#fed = [false, false]
    const heads = this.#heads
    this.#heads = [noHead(), noHead()]
    // In the order of capture; what comes of the other head when the first makes it another protocol is kept.
    const [a, b] = heads
    const first = (b.place?.time ?? Number.POSITIVE_INFINITY) < (a.place?.time ?? Number.POSITIVE_INFINITY) ? 1 : 0
    for (const end of first === 0 ? ([0, 1] as const) : ([1, 0] as const)) this.#feed(end, heads[end])
    if (this.#next === null) this.#feedEnds()
  }

  #feed(end: 0 | 1, head: Head): void {
    if (this.#session === null || this.#next !== null) {
      this.#heads[end] = head
      return
    }
    const place = head.place ?? { time: this.connection.since, packet: 0, offset: 0 }
    const dir = this.#direction(end)
    if (head.missing !== null && (head.missing > 0 || head.bytes.length === 0 || this.#startsInside(head, dir))) {
      this.#session.gap(dir, head.missing, place)
    }
    if (head.bytes.length > 0 && this.#next === null) this.#session.data(dir, head.bytes, place)
  }

  /** The first bytes are no message's beginning. */
  #startsInside(head: Head, dir: Direction): boolean {
    return this.#protocol!.probe(head.bytes.subarray(0, this.#host.limits.probeBytes), dir) === 'no'
  }

  #feedEnds(): void {
    for (const end of [0, 1] as const) {
      const ended = this.#ends[end]
      if (ended === null || this.#fed[end] || this.#session === null || this.#next !== null) continue
      this.#fed[end] = true
      this.#session.end(this.#direction(end), ended.reason, ended.place)
    }
  }

  #opaque(fate: Fate = 'unsupported'): void {
    this.#session = null
    this.#protocol = null
    this.#fate = fate
    for (const head of this.#heads) this.#host.settle(fate, head.bytes.length)
    this.#heads = [noHead(), noHead()]
  }

  /** Becomes what the session said, in a loop: tunnels in tunnels must not nest calls. */
  #settleNext(): void {
    for (let next = this.#next; next !== null; next = this.#next) {
      this.#next = null
      this.#session = null
      this.#protocol = null
      this.alarmAt = Number.POSITIVE_INFINITY
      for (const dir of [0, 1] as const) {
        const end = this.#direction(dir)
        const rest = next.rest[dir]
        const head = this.#heads[end]
        if (rest === null) continue
        this.#heads[end] = { bytes: concat(rest.bytes, head.bytes), place: rest.place, missing: null }
      }
      const { protocol, carry } = next
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

  exchange(exchange: ProtocolExchange): void {
    this.ordinal++
    this.#host.exchange(this, exchange)
  }

  anomaly(kind: string, place: Place): void {
    this.#host.anomaly(this, kind, place)
  }

  settle(fate: Fate, bytes: number): void {
    this.#host.settle(fate, bytes)
  }

  hop(hop: Hop): void {
    this.hops = [...this.hops, hop]
  }

  become(protocol: string, rest: readonly [Rest | null, Rest | null], carry?: unknown): void {
    const copies = rest.map(part => part && { bytes: part.bytes.slice(), place: part.place })
    this.#next = { protocol, rest: [copies[0] ?? null, copies[1] ?? null], carry }
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
      heads: this.#heads,
      ends: this.#ends,
      fed: this.#fed,
      protocols: this.#protocols,
      ordinal: this.ordinal,
      hops: this.hops,
      said: [...this.said],
      alarm: this.alarmAt,
    }
  }

  static restore(from: ConversationSnapshot, host: Host): Conversation {
    const own = new Conversation(from.connection, host)
    own.#fate = from.fate
    own.client = from.client
    own.#heads = [
      { ...from.heads[0], bytes: from.heads[0].bytes.slice() },
      { ...from.heads[1], bytes: from.heads[1].bytes.slice() },
    ]
    own.#ends = [...from.ends]
    own.#fed = [...from.fed]
    own.#protocols = from.protocols
    own.ordinal = from.ordinal
    own.hops = from.hops
    for (const kind of from.said) own.said.add(kind)
    own.alarmAt = from.alarm
    own.#protocol = host.protocols.find(({ name }) => name === from.protocol) ?? null
    own.#session = own.#protocol?.open(own, host.limits, { kind: 'restored', snapshot: from.session }) ?? null
    return own
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b.slice()
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
