/** Appends in the order of the calls, each in a transaction. */
import type { Raw, Writer } from '#schemas/contracts/bus.ts'
import { Fenced } from '#schemas/contracts/errors.ts'
import { NO_POSITION, type Transactor } from './transactor.ts'

export class KafkaWriter implements Writer {
  readonly #transactor: Transactor
  readonly #close: () => Promise<void>
  #last: Promise<void> = Promise.resolve()
  #closed: Promise<void> | null = null

  constructor(transactor: Transactor, close: () => Promise<void>) {
    this.#transactor = transactor
    this.#close = close
  }

  append(records: readonly Raw[]): Promise<void> {
    if (this.#closed !== null) return Promise.reject(new Fenced('this writer was closed'))
    const turn = this.#last.then(() => this.#transactor.commit(records, NO_POSITION))
    this.#last = turn.catch(() => {})
    return turn
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#last.then(() => this.#close())
    await this.#closed
  }
}
