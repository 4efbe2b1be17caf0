/**
 * The connections that the agent has told about, and what of them is published.
 *
 *              first bytes, and the rules want it              close
 *   Awaited ──────────────────────────────────────► Published ───────► forgotten
 *      ├── the rules do not ──────────────────────► Filtered ────────► forgotten
 *      └── its other end is published already ────► Copy ────────────► forgotten
 *
 * Both ends of a connection may be on this machine and in one network namespace (loopback): the same bytes come twice,
 * once from each process. The end whose bytes come first is published, the other one is the copy, and its bytes are
 * `duplicate`. An end that only closes later than its connection is known for it by `RECENT` past ones.
 *
 * Every table is bounded: a connection beyond `most` takes the place of one that has been silent; the bytes of that one
 * are `budget` from then on.
 */
import { type About, encodeAbout, type TlsDetails } from '#schemas/records/about.ts'
import { FIN, PSH, RST, SYN } from '#schemas/records/segment.ts'
import { BrokenStream, type Id } from './frames.ts'
import { identityOf } from './identity.ts'
import { type ConnectionBody, MIDSTREAM } from './messages.ts'
import type { Outlet, Route } from './outlet.ts'

/** A gap of more bytes (1 TiB) is a mistake; it would be thousands of segments. */
const LONGEST_JUMP = 2 ** 40
/** Past connections whose other end may still come. */
const RECENT = 4096

type State = 'awaited' | 'published' | 'filtered' | 'copy'

interface Connection {
  readonly body: ConnectionBody
  readonly midstream: boolean
  readonly route: Route
  /** Both ends of a connection have the same name, and different ones of `local`. */
  readonly name: string
  readonly local: 0 | 1
  state: State
  tls: TlsDetails | null
  /** Where the next bytes received and sent begin. */
  readonly next: [number, number]
  readonly ended: [boolean, boolean]
  /** It said something since the table was last searched for a silent one. */
  active: boolean
}

export interface ConnectionsOptions {
  /** Most open connections. */
  readonly most: number
  /** Asked once for each connection, when its first bytes come. */
  wants(body: ConnectionBody): boolean
  /** What is known of the process, at the first bytes. */
  describe(body: ConnectionBody): About['process']
}

export class Connections {
  readonly #outlet: Outlet
  readonly #options: ConnectionsOptions
  readonly #open = new Map<Id, Connection>()
  /** By name, the end that is published: of open connections and of recent ones. */
  readonly #published = new Map<string, 0 | 1>()
  readonly #recent = new Set<string>()
  readonly #counts = new Map<string, number>()

  constructor(outlet: Outlet, options: ConnectionsOptions) {
    this.#outlet = outlet
    this.#options = options
  }

  /** Open connections. */
  get size(): number {
    return this.#open.size
  }

  /** `connections.…` by what happened. */
  stats(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }

  open(id: Id, body: ConnectionBody, flags: number): void {
    if (this.#open.size >= this.#options.most) this.#evict()
    const { bytes, local } = identityOf(body)
    this.#count('connections.seen')
    this.#open.set(id, {
      body,
      midstream: (flags & MIDSTREAM) !== 0,
      route: this.#outlet.route(bytes),
      name: Buffer.from(bytes).toString('latin1'),
      local,
      state: 'awaited',
      tls: null,
      next: [body.received, body.sent],
      ended: [false, false],
      active: true,
    })
  }

  /** `bytes` at `offset` of the direction: 0 received, 1 sent. */
  data(id: Id, direction: 0 | 1, offset: number, bytes: Uint8Array, time: number): void {
    const connection = this.#open.get(id)
    if (connection === undefined) {
      this.#outlet.leave('budget', bytes.length)
      return
    }
    connection.active = true
    if (connection.state === 'awaited' && bytes.length > 0) this.#decide(connection, time)
    if (connection.state !== 'published') {
      this.#outlet.leave(connection.state === 'copy' ? 'duplicate' : 'filtered', bytes.length)
      return
    }
    this.#reach(connection, direction, offset, time)
    const known = Math.min(bytes.length, connection.next[direction] - offset)
    if (known > 0) {
      this.#count('connections.overlap')
      this.#outlet.leave('duplicate', known)
    }
    if (known === bytes.length) return
    const fresh = known === 0 ? bytes : bytes.subarray(known)
    this.#outlet.data(connection.route, endpoint(connection, direction), offset + known, fresh, time)
    connection.next[direction] += fresh.length
  }

  /** `length` bytes from `offset` on are missing. */
  gap(id: Id, direction: 0 | 1, offset: number, length: number, time: number): void {
    const connection = this.#open.get(id)
    if (connection === undefined) return
    connection.active = true
    if (connection.state === 'awaited') this.#decide(connection, time)
    if (connection.state === 'published') this.#reach(connection, direction, offset + length, time)
  }

  /** From here on the bytes are what TLS carries. */
  tls(id: Id, details: TlsDetails, time: number): void {
    const connection = this.#open.get(id)
    if (connection === undefined) return
    connection.tls = details
    if (connection.state === 'published') this.#say(connection, PSH, time)
  }

  /** The direction ended with a FIN. */
  end(id: Id, direction: 0 | 1, offset: number, time: number): void {
    const connection = this.#open.get(id)
    if (connection === undefined || connection.state !== 'published' || connection.ended[direction]) return
    this.#reach(connection, direction, offset, time)
    this.#finish(connection, direction, FIN, time)
  }

  /** It is over. `reset`: not by a FIN in both directions. */
  close(id: Id, received: number, sent: number, reset: boolean, time: number): void {
    const connection = this.#open.get(id)
    if (connection === undefined) return
    this.#open.delete(id)
    if (connection.state !== 'published') return
    for (const direction of [0, 1] as const) this.#reach(connection, direction, direction === 0 ? received : sent, time)
    for (const direction of [0, 1] as const) {
      if (!connection.ended[direction]) this.#finish(connection, direction, reset ? RST : FIN, time)
    }
    this.#past(connection.name)
  }

  /** The agent is gone: nothing more comes of any of them. */
  forget(): void {
    this.#count('connections.orphaned', this.#open.size)
    this.#open.clear()
    this.#published.clear()
    this.#recent.clear()
  }

  #decide(connection: Connection, time: number): void {
    const { body, name, local } = connection
    const published = this.#published.get(name)
    if (published !== undefined && published !== local) connection.state = 'copy'
    else connection.state = this.#options.wants(body) ? 'published' : 'filtered'
    this.#count(`connections.${connection.state}`)
    if (connection.state !== 'published') return
    this.#published.set(name, local)
    this.#recent.delete(name)
    this.#say(connection, connection.midstream ? 0 : SYN, time)
  }

  #say(connection: Connection, flags: number, time: number): void {
    const { local } = connection
    const client = connection.body.side === 'client' ? local : other(local)
    const process = this.#options.describe(connection.body)
    const about = {
      ...(connection.tls === null ? {} : { tls: connection.tls }),
      ...(process === undefined ? {} : { process }),
      client,
    }
    this.#outlet.about(connection.route, flags, client, encodeAbout(about), time)
  }

  /** What was not seen before `offset` is missing. */
  #reach(connection: Connection, direction: 0 | 1, offset: number, time: number): void {
    const from = connection.next[direction]
    if (offset <= from) return
    if (offset - from > LONGEST_JUMP) throw new BrokenStream(`a jump of ${offset - from} bytes`)
    this.#count('missing', offset - from)
    this.#outlet.gap(connection.route, endpoint(connection, direction), from, offset - from, time)
    connection.next[direction] = offset
  }

  #finish(connection: Connection, direction: 0 | 1, flags: number, time: number): void {
    connection.ended[direction] = true
    const dir = endpoint(connection, direction)
    this.#outlet.mark(connection.route, flags, dir, connection.next[direction], time)
  }

  /** Remembers for a while which end was published. */
  #past(name: string): void {
    this.#recent.add(name)
    if (this.#recent.size <= RECENT) return
    const [oldest] = this.#recent
    this.#recent.delete(oldest!)
    this.#published.delete(oldest!)
  }

  /** Of those that said nothing since the last time, the oldest; each is passed over once. */
  #evict(): void {
    for (const [id, connection] of this.#open) {
      this.#open.delete(id)
      if (!connection.active) {
        this.#count('connections.evicted')
        if (connection.state === 'published') this.#past(connection.name)
        return
      }
      connection.active = false
      this.#open.set(id, connection)
    }
  }

  #count(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }
}

function other(end: 0 | 1): 0 | 1 {
  return end === 0 ? 1 : 0
}

/** The endpoint of the identity that sends in a direction of the process. */
function endpoint({ local }: Connection, direction: 0 | 1): 0 | 1 {
  return direction === 1 ? local : other(local)
}
