/**
 * The way to the other side of one sink, for the batches of all its partitions: so many at once as `concurrency`, when the
 * circuit lets them, and each for as long as `timeoutMs`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { DeliveryConfig } from '#schemas/config/delivery.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import type { RefusedRecord, Sink } from '#schemas/contracts/sink.ts'
import { Circuit } from './circuit.ts'

export interface OutletEvents {
  /** A try failed: when the other side is asked again. */
  retry(error: Retryable, failures: number, waitMs: number): void
  /** The other side counts as away, or is there again. */
  circuit(state: 'open' | 'closed'): void
}

export interface Clock {
  /** Milliseconds. */
  now(): number
  /** Ends early, without an error, when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  readonly random: () => number
}

export const CLOCK: Clock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
  random: Math.random,
}

export class Outlet<V> {
  /** A record that was delivered; null: none was yet. */
  known: V | null = null
  retried = 0
  timeouts = 0
  readonly #sink: Sink<V>
  readonly #config: DeliveryConfig
  readonly #events: OutletEvents
  readonly #clock: Clock
  readonly #circuit: Circuit
  /** Who waits for others to end. */
  readonly #waiting: (() => void)[] = []
  #writing = 0

  constructor(sink: Sink<V>, config: DeliveryConfig, events: OutletEvents, clock: Clock = CLOCK) {
    this.#sink = sink
    this.#config = config
    this.#events = events
    this.#clock = clock
    const { retry, circuit } = config
    this.#circuit = new Circuit({ ...retry, opens: circuit, random: clock.random })
  }

  get levels(): Readonly<Record<string, number>> {
    return { writing: this.#writing, open: this.#circuit.open ? 1 : 0, failures: this.#circuit.failures }
  }

  get counts(): Readonly<Record<string, number>> {
    return { retried: this.retried, timeouts: this.timeouts, 'retry.budget': this.#circuit.exhausted }
  }

  /** One try, as soon as there may be one. Throws `Retryable` when it failed, or when `signal` aborted. */
  async write(batch: readonly V[], signal: AbortSignal): Promise<readonly RefusedRecord[]> {
    await this.#turn(signal)
    try {
      const refused = await this.#limited(batch, signal)
      this.known = batch.find((_, index) => !refused.some(one => one.index === index)) ?? this.known
      if (this.#circuit.succeeded()) this.#events.circuit('closed')
      return refused
    } catch (error) {
      this.#failed(error, signal)
      throw error
    } finally {
      this.#writing--
      for (const wake of this.#waiting.splice(0)) wake()
    }
  }

  #failed(error: unknown, signal: AbortSignal): void {
    const failure = error instanceof Retryable && !signal.aborted ? error : null
    const opened = this.#circuit.failed(failure, this.#clock.now())
    if (failure === null) return
    this.retried++
    this.#events.retry(failure, this.#circuit.failures, this.#circuit.waitMs(this.#clock.now()))
    if (opened) this.#events.circuit('open')
  }

  /** Begins a try when there may be one: nobody else gets in between. */
  async #turn(signal: AbortSignal): Promise<void> {
    for (;;) {
      if (signal.aborted) throw new Retryable('stopped', 'stopped before it was delivered')
      const now = this.#clock.now()
      const full = this.#writing >= this.#config.concurrency
      const wait = full ? Number.POSITIVE_INFINITY : this.#circuit.waitMs(now)
      if (wait === 0) {
        this.#writing++
        this.#circuit.begin(now)
        return
      }
      if (wait === Number.POSITIVE_INFINITY) await this.#ended(signal)
      else await this.#clock.sleep(wait, signal)
    }
  }

  /** Until a write has ended. */
  async #ended(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = (): void => resolve()
    this.#waiting.push(wake)
    signal.addEventListener('abort', wake, { once: true })
    await promise
    signal.removeEventListener('abort', wake)
  }

  /** A sink that does not listen to its signal is left alone with what it does: what it delivers late is a repeat. */
  async #limited(batch: readonly V[], signal: AbortSignal): Promise<readonly RefusedRecord[]> {
    if (signal.aborted) throw new Retryable('stopped', 'stopped before it was delivered')
    const { timeoutMs } = this.#config
    const over = new AbortController()
    const stop = new AbortController()
    const late = this.#clock.sleep(timeoutMs, stop.signal).then(() => {
      if (stop.signal.aborted) return
      this.timeouts++
      over.abort()
    })
    const ended = AbortSignal.any([signal, over.signal])
    const { promise: gone, reject } = Promise.withResolvers<never>()
    const leave = (): void =>
      reject(
        over.signal.aborted
          ? new Retryable('timeout', `no answer within ${timeoutMs} ms`, { answered: true })
          : new Retryable('stopped', 'stopped while it was delivered'),
      )
    ended.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([this.#sink.write(batch, ended), gone])
    } finally {
      ended.removeEventListener('abort', leave)
      stop.abort()
      void late
    }
  }
}
