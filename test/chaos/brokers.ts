/** Stops and starts brokers, one at a time: the next only when every partition has all its copies again. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { mendRequestQueue } from '#infra/bus/kafka/kafkajs.ts'
import type { Cluster } from '#test/kafka/contract.ts'
import { inSync } from '#test/kafka/in-sync.ts'
import type { Journal } from './journal.ts'

mendRequestQueue() // or it sets timers with negative delays, which Node warns of

export class BrokerRestarts implements AsyncDisposable {
  readonly #cluster: Cluster
  readonly #admin: Admin
  readonly #journal: Journal
  readonly #stop = new AbortController()
  readonly #signal = this.#stop.signal
  #last: Promise<void> = Promise.resolve()
  done = 0

  constructor(cluster: Cluster, admin: Admin, journal: Journal) {
    this.#cluster = cluster
    this.#admin = admin
    this.#journal = journal
  }

  /** Waits its turn. */
  restart(broker: number, signal: NodeJS.Signals, downMs: number): void {
    this.#last = this.#last.then(() => this.#restart(broker, signal, downMs))
    this.#last.catch(() => {}) // thrown by `settled`
  }

  /** All that was asked for is done, and all copies are in sync. */
  async settled(): Promise<void> {
    await this.#last
  }

  /** What is under way ends, and nothing more is begun: a broker that was stopped stays so. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#last.catch(() => {})
  }

  async #restart(broker: number, signal: NodeJS.Signals, downMs: number): Promise<void> {
    if (this.#signal.aborted) return
    const name = `broker ${broker + 1}`
    this.#journal.say(`${name}: ${signal}`)
    await this.#cluster.stop(broker, signal)
    this.#journal.say(`${name}: gone, for ${downMs} ms`)
    await delay(downMs, undefined, { signal: this.#signal })
    await this.#cluster.start(broker)
    this.#journal.say(`${name}: started`)
    await inSync(this.#admin, this.#signal)
    this.#journal.say(`${name}: all copies in sync`)
    this.done++
  }
}
