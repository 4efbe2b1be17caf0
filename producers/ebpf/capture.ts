/**
 * The producer of one machine: what the agent says becomes segments (dispatch.ts), and what the rules say becomes lines for
 * the agent (watched.ts).
 *
 *   Capturing ── the agent is over, or not understood ──► Renewing ── another one speaks ──► Capturing
 *                                                             └── hopeless ──► Failed (read: an `end`, then throws)
 *
 * A stop is no end of the flows: they go on after a restart, as connections that begin in the middle.
 */
import { Refused } from '#schemas/contracts/errors.ts'
import type { Captured, Producer } from '#schemas/contracts/producer.ts'
import type { LivePosition } from '#schemas/wire/live-position.ts'
import type { WallClock } from '#schemas/wire/wall-clock.ts'
import type { Agents } from './agents.ts'
import type { Connections } from './connections.ts'
import type { Dispatch } from './dispatch.ts'
import type { News } from './news.ts'
import type { Outlet } from './outlet.ts'
import type { Watched } from './watched.ts'

export interface Parts {
  readonly agents: Agents
  readonly dispatch: Dispatch
  readonly connections: Connections
  readonly watched: Watched
  readonly outlet: Outlet
  readonly clock: WallClock
  readonly news: Pick<News, 'stats'> & AsyncDisposable
  /** A batch is given out when it has so many bytes, */
  readonly batchBytes: number
  /** or after so many milliseconds. */
  readonly delayMs: number
  /** Is told that an agent has ended. */
  readonly warn: (what: string) => void
}

export class Capture implements Producer {
  readonly #parts: Parts
  /** Ends the wait for another agent. */
  readonly #stop = new AbortController()
  /** Null: an agent speaks. Never rejects. */
  #renewing: Promise<void> | null = null
  #failure: Error | null = null
  #ended = false

  constructor(parts: Parts) {
    this.#parts = parts
    parts.agents.say(parts.watched.begin())
  }

  async read(signal: AbortSignal): Promise<Captured | null> {
    signal.throwIfAborted()
    if (this.#ended) throw this.#failure
    const { outlet } = this.#parts
    await this.#capture(signal)
    if (this.#failure !== null) {
      outlet.end()
      this.#ended = true
    } else if (outlet.bytes === 0) throw signal.reason
    const position: LivePosition = { packets: outlet.number, time: outlet.time }
    return { batches: outlet.take(), position }
  }

  stats(): Readonly<Record<string, number>> {
    const { agents, dispatch, connections, watched, outlet, news } = this.#parts
    return {
      segments: outlet.segments,
      'connections.open': connections.size,
      restarts: agents.restarts,
      ...connections.stats(),
      ...dispatch.stats(),
      ...watched.stats(),
      ...news.stats(),
    }
  }

  progress(): { readonly done: number; readonly total: null } {
    return { done: this.#parts.dispatch.bytes, total: null }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#renewing
    await this.#parts.news[Symbol.asyncDispose]()
    await this.#parts.agents[Symbol.asyncDispose]()
  }

  /** Until a batch is full, its first bytes have waited long enough, or a tick is due. */
  async #capture(signal: AbortSignal): Promise<void> {
    const { outlet, clock, batchBytes, delayMs } = this.#parts
    let due = Number.POSITIVE_INFINITY
    while (outlet.bytes < batchBytes && this.#failure === null && !signal.aborted) {
      const some = this.#renewing === null && this.#take()
      const now = clock.now()
      if (outlet.bytes > 0) due = Math.min(due, now + delayMs * 1000)
      if (now >= outlet.nextTick) {
        clock.follow()
        outlet.tick(now)
        return
      }
      if (now >= due) return
      if (!some) await this.#wait(Math.ceil((Math.min(due, outlet.nextTick) - now) / 1000), signal)
    }
  }

  /** What the agent has said by now, and what it has to be told because of that. False: nothing. */
  #take(): boolean {
    const { agents, dispatch, watched } = this.#parts
    const came = agents.read()
    if (came === 'over') {
      dispatch.over()
      this.#renewing = this.#renew()
    } else agents.say(watched.lines())
    return came === 'some'
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#renewing === null) {
      await this.#parts.agents.wait(Math.max(1, ms), signal)
      return
    }
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, ms))])
    const { promise, resolve } = Promise.withResolvers<void>()
    timeout.addEventListener('abort', () => resolve(), { once: true })
    await Promise.race([this.#renewing, promise])
  }

  async #renew(): Promise<void> {
    const { agents, watched, warn } = this.#parts
    try {
      if ((await agents.renew(this.#stop.signal)) === 'stopped') return
      warn(`the agent ended (${agents.ending}), another one goes on; what was open continues under new ids`)
      agents.say(watched.begin())
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Refused('agent-failed', String(error))
    } finally {
      this.#renewing = null
    }
  }
}
