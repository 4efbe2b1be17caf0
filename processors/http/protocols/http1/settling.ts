/** What became of bytes, for the ledger: those that were understood are told once per call, they are most. */
import type { ProtocolOut } from '#schemas/contracts/protocol.ts'
import type { Fate } from '#schemas/records/ledger.ts'

export class Settling {
  readonly #out: ProtocolOut
  #inspected = 0

  constructor(out: ProtocolOut) {
    this.#out = out
  }

  understood(count: number): void {
    this.#inspected += count
  }

  settle(fate: Fate, count: number): void {
    if (count > 0) this.#out.settle(fate, count)
  }

  flush(): void {
    if (this.#inspected > 0) this.#out.settle('inspected', this.#inspected)
    this.#inspected = 0
  }
}
