/** Writers of a log that one process holds: the newest of a name fences the others by being known. */
import { checkName } from '#infra/bus/layout.ts'
import type { Raw, Writer } from '#schemas/contracts/bus.ts'
import { Fenced } from '#schemas/contracts/errors.ts'

export class Writers {
  readonly #append: (records: readonly Raw[]) => Promise<void>
  readonly #newest = new Map<string, object>()

  constructor(append: (records: readonly Raw[]) => Promise<void>) {
    this.#append = append
  }

  open(name: string): Writer {
    checkName('writer', name)
    const own = {}
    this.#newest.set(name, own)
    return {
      append: async records => {
        if (this.#newest.get(name) !== own) throw new Fenced(`writer ${name} has another owner, or was closed`)
        await this.#append(records)
      },
      [Symbol.asyncDispose]: async () => {
        if (this.#newest.get(name) === own) this.#newest.delete(name)
      },
    }
  }
}
