/** Simulated time: it moves when everybody sleeps, and nothing real is under way. */
import { setImmediate } from 'node:timers/promises'

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

export class SimulatedClock {
  #now = 0
  #moving = false
  readonly #sleepers = new Set<Sleeper>()

  /** Something real is under way (a write over the network): time stands still. */
  busy: () => boolean = () => false

  readonly random = (): number => 0.5
  /** Milliseconds. */
  readonly now = (): number => this.#now

  readonly sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const sleeper = { until: this.#now + ms, wake: resolve }
    this.#sleepers.add(sleeper)
    signal.addEventListener('abort', resolve as () => void, { once: true })
    void this.#move()
    await promise
    signal.removeEventListener('abort', resolve as () => void)
    this.#sleepers.delete(sleeper)
  }

  /** One sleeper after the other is woken; what each does then comes first. */
  async #move(): Promise<void> {
    if (this.#moving) return
    this.#moving = true
    while (this.#sleepers.size > 0) {
      for (let i = 0; i < 5 || this.busy(); i++) await setImmediate()
      const [next] = [...this.#sleepers].sort((a, b) => a.until - b.until)
      if (next === undefined) break
      this.#now = Math.max(this.#now, next.until)
      this.#sleepers.delete(next)
      next.wake()
    }
    this.#moving = false
  }
}
