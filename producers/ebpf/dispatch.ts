/**
 * Hands each frame of the agent to whom it concerns. Times are the agent's, never far ahead of this machine's clock: one
 * wrong time would move the stream time of all.
 */

import type { Loss } from '#schemas/wire/share.ts'
import type { WallClock } from '#schemas/wire/wall-clock.ts'
import type { Connections } from './connections.ts'
import { BrokenStream, type Frame } from './frames.ts'
import {
  GAP_REASONS,
  type Log,
  type ProcessEvent,
  RESET,
  readConnection,
  readLog,
  readOffset,
  readPair,
  readProcessEvent,
  readStats,
  readTlsKind,
  TYPE,
} from './messages.ts'
import type { Outlet } from './outlet.ts'
import type { Watched } from './watched.ts'

/** Kind of a `tls` frame whose plaintext nobody sees. */
const UNSEEN = 0
/** Names of the libraries by kind. */
const LIBRARIES: readonly string[] = ['', 'openssl', 'go', 'gnutls']
/** Different things that the operator is told; after that the counters go on alone. */
const MOST_WARNINGS = 100
/** How far ahead of the clock a time is believed, µs. */
const AHEAD = 1_000_000

/** Bytes that the agent counts and does not hand over: where they go in the ledger. They are missing in their streams. */
const UNCAPTURED: readonly (readonly [counter: string, fate: Loss])[] = [
  ['ringLost', 'dropped'],
  ['memoryLost', 'dropped'],
  ['tlsUnattributed', 'dropped'],
  ['cutLost', 'cap'],
  ['tlsUnseen', 'unsupported'],
]

export class Dispatch {
  readonly #connections: Connections
  readonly #watched: Watched
  readonly #outlet: Outlet
  readonly #clock: WallClock
  readonly #warn: (what: string) => void
  /** What the operator was told: nothing twice, and not more than `MOST_WARNINGS`. */
  readonly #warned = new Set<string>()
  readonly #counts = new Map<string, number>()
  /** The agent's counters: of this one, and of all before it. */
  #agent: ReadonlyMap<string, number> = new Map()
  #before: ReadonlyMap<string, number> = new Map()
  #bytes = 0

  /** `warn`: is told which processes cannot be seen into, and what the agent complains of. */
  constructor(
    connections: Connections,
    watched: Watched,
    outlet: Outlet,
    clock: WallClock,
    warn: (what: string) => void = () => {},
  ) {
    this.#connections = connections
    this.#watched = watched
    this.#outlet = outlet
    this.#clock = clock
    this.#warn = warn
  }

  /** Plaintext that came from the agent, bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** The agent's own counters as `agent.…`, gaps by reason, processes that cannot be seen by reason, its warnings. */
  stats(): Record<string, number> {
    const agent = Array.from(this.#totals(), ([name, value]) => [`agent.${name}`, value] as const)
    return Object.fromEntries([...agent, ...this.#counts])
  }

  /** This agent is over: what it had under way is gone, and the next one counts from 0. */
  over(): void {
    this.#connections.forget()
    this.#before = this.#totals()
    this.#agent = new Map()
  }

  /** Throws `BrokenStream`. */
  readonly handle = (frame: Frame): void => {
    const { type, id, direction, flags, body } = frame
    const time = Math.min(frame.time, this.#clock.now() + AHEAD)
    switch (type) {
      case TYPE.connection:
        this.#connections.open(id, readConnection(body), flags)
        break
      case TYPE.data:
        this.#bytes += body.length - 8
        this.#connections.data(id, direction, readOffset(body), body.subarray(8), time)
        break
      case TYPE.gap:
        this.#gap(frame, time)
        break
      case TYPE.end:
        this.#connections.end(id, direction, readOffset(body), time)
        break
      case TYPE.close:
        this.#connections.close(id, ...readPair(body), (flags & RESET) !== 0, time)
        break
      case TYPE.tls:
        this.#tls(frame, time)
        break
      case TYPE.process:
        this.#process(body)
        break
      case TYPE.stats:
        this.#stats(readStats(body))
        break
      case TYPE.log:
        this.#log(readLog(body))
        break
      case TYPE.done:
        break
      case TYPE.hello:
        throw new BrokenStream('a second hello')
      default:
        this.#count('agent.frames.unknown')
    }
  }

  #gap({ id, direction, flags, body }: Frame, time: number): void {
    const [offset, length] = readPair(body)
    for (const [bit, reason] of GAP_REASONS.entries()) {
      if ((flags & (1 << bit)) !== 0) this.#count(`gaps.${reason}`, length)
    }
    this.#connections.gap(id, direction, offset, length, time)
  }

  #tls({ id, body }: Frame, time: number): void {
    const kind = readTlsKind(body)
    if (kind === UNSEEN) this.#count('connections.tls-unseen')
    const library = LIBRARIES[kind] ?? ''
    this.#connections.tls(id, library === '' ? {} : { library }, time)
  }

  #process(body: Uint8Array): void {
    const event = readProcessEvent(body)
    if (event === null) this.#count('agent.frames.unknown')
    else if (event.event === 'unseen') this.#unseen(event)
    else this.#watched.event(event)
  }

  #unseen({ pid, comm, exe, reason, text }: Extract<ProcessEvent, { event: 'unseen' }>): void {
    this.#count(`unseen.${UNSEEN_REASONS.has(reason) ? reason : 'other'}`)
    // Workers of one program are one message.
    this.#tell(`${exe} ${reason}`, `process ${pid} (${comm}, ${exe}): ${text ?? reason}`)
  }

  #log({ level, text }: Log): void {
    this.#count(`agent.log.${level}`)
    if (level !== 'info') this.#tell(text, `the agent: ${text}`)
  }

  #tell(key: string, what: string): void {
    if (this.#warned.has(key) || this.#warned.size >= MOST_WARNINGS) return
    this.#warned.add(key)
    // Names are the processes' own words.
    this.#warn(what.replace(/\p{C}/gu, '?'))
  }

  #stats(counters: ReadonlyMap<string, number>): void {
    for (const [counter, fate] of UNCAPTURED) {
      const more = (counters.get(counter) ?? 0) - (this.#agent.get(counter) ?? 0)
      if (more > 0) this.#outlet.leave(fate, more)
    }
    this.#agent = counters
  }

  #totals(): Map<string, number> {
    const totals = new Map(this.#before)
    for (const [name, value] of this.#agent) totals.set(name, (totals.get(name) ?? 0) + value)
    return totals
  }

  #count(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }
}

/** Names of counters are never taken from outside. */
const UNSEEN_REASONS: ReadonlySet<string> = new Set([
  'tls-unknown',
  'tls-unattributed',
  'io-uring',
  'compat',
  'probe-failed',
])
