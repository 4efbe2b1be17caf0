/** What is known of a registry's ids: which header the records of each have. Bounded: ids come from records, so from anybody. */

import type { Schema } from '#schemas/avro/canonical.ts'
import type { RegistryClient } from './client.ts'
import { objectHeader } from './headers.ts'

const MOST_IDS = 1000
/** An id that is not known may be registered a moment later. */
const UNKNOWN_MS = 30_000

interface Known {
  /** Null: no schema of ours. */
  readonly header: Buffer | null
  /** By the clock. */
  readonly until: number
}

export class Ids {
  readonly #client: RegistryClient
  readonly #clock: () => number
  readonly #known = new Map<number, Known>()
  readonly #asked = new Map<number, Promise<void>>()

  /** `clock`: milliseconds, monotone. */
  constructor(client: RegistryClient, clock: () => number) {
    this.#client = client
    this.#clock = clock
  }

  /** What `learn` found out; undefined when it was not asked about this id (lately). */
  header(id: number): Buffer | null | undefined {
    const known = this.#known.get(id)
    return known === undefined || known.until < this.#clock() ? undefined : known.header
  }

  /** Asks the registry, once for all who ask at the same time. Throws as `RegistryClient.schema`. */
  learn(id: number): Promise<void> {
    const asked = this.#asked.get(id) ?? this.#ask(id).finally(() => this.#asked.delete(id))
    this.#asked.set(id, asked)
    return asked
  }

  async #ask(id: number): Promise<void> {
    const schema = await this.#client.schema(id)
    const header = schema === null ? null : headerOrNull(schema)
    const until = header === null ? this.#clock() + UNKNOWN_MS : Number.POSITIVE_INFINITY
    if (this.#known.size >= MOST_IDS) this.#known.delete(this.#known.keys().next().value!)
    this.#known.set(id, { header, until })
  }
}

/** What a registry calls a schema is any JSON: the canonical form of what is none may not exist. */
function headerOrNull(schema: Schema): Buffer | null {
  try {
    return objectHeader(schema)
  } catch {
    return null
  }
}
