/**
 * One engine after another for one interface.
 *
 *   current is over ──► interface gone? ──yes──► 'gone'
 *                          └─no─► after a second, another one ──► 'renewed'
 *                                   └── cannot be started, or none brought a packet, too often in a row ──► throws
 */
import { Refused } from '#schemas/contracts/errors.ts'
import type { Engine } from './engine.ts'
import type { CaptureOptions } from './options.ts'

/** What live capture needs of the machine: tests bring their own. */
export interface Machine {
  /** Throws `Refused` or `Usage`. */
  start(options: CaptureOptions): Promise<Engine>
  exists(device: string): boolean
  /** Packets lost by the card so far. */
  lost(device: string): number
  /** ms since 1970 */
  now(): number
  /** Returns early when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

const PAUSE_MS = 1000
const MOST_IN_A_ROW = 30

export class Succession implements AsyncDisposable {
  readonly #options: CaptureOptions
  readonly #machine: Machine
  current: Engine
  restarts = 0
  #inARow = 0
  /** Of the engines that are over. */
  #received = 0
  #dropped = 0

  constructor(first: Engine, options: CaptureOptions, machine: Machine) {
    this.current = first
    this.#options = options
    this.#machine = machine
  }

  /** Of all engines; null when the current one does not know. */
  get received(): number | null {
    return this.current.received === null ? null : this.#received + this.current.received
  }

  get dropped(): number | null {
    return this.current.dropped === null ? null : this.#dropped + this.current.dropped
  }

  /** The current engine works. */
  worked(): void {
    this.#inARow = 0
  }

  /** After the current engine is over or has lost its mind. Throws `Refused`, or `Usage`. */
  async renew(signal: AbortSignal): Promise<'renewed' | 'gone' | 'stopped'> {
    const { current } = this
    await current[Symbol.asyncDispose]()
    this.#received += current.received ?? 0
    this.#dropped += current.dropped ?? 0
    this.current = OVER
    for (;;) {
      if (!this.#machine.exists(this.#options.interface)) return 'gone'
      if (++this.#inARow > MOST_IN_A_ROW) {
        const device = this.#options.interface
        throw new Refused('engine-ends', `${device}: the engine ends again and again (${current.words})`)
      }
      await this.#machine.sleep(PAUSE_MS, signal)
      if (signal.aborted) return 'stopped'
      this.restarts++
      const next = await this.#next()
      if (next === null) continue
      this.current = next
      return 'renewed'
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.current[Symbol.asyncDispose]()
  }

  /** Null: not now. The interface may be going away, or coming back, this very moment. */
  async #next(): Promise<Engine | null> {
    try {
      return await this.#machine.start(this.#options)
    } catch (error) {
      if (this.#inARow === MOST_IN_A_ROW) throw error
      return null
    }
  }
}

const OVER: Engine = {
  read: () => null,
  over: true,
  wait: async () => {},
  received: 0,
  dropped: 0,
  words: '',
  [Symbol.asyncDispose]: async () => {},
}
