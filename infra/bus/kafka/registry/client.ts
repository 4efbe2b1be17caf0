/** The three calls of a Confluent schema registry (also Karapace's, Apicurio's ccompat, Redpanda's) that the format needs. */

import type { Schema } from '#schemas/avro/canonical.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { type Answer, call, type HttpOptions } from './http.ts'

/** Highest id: ids are int32 on the wire. */
const MAX_ID = 2 ** 31 - 1

/** All calls throw `Retryable` when the registry does not answer, `Refused` when it refuses. */
export class RegistryClient {
  readonly #options: HttpOptions

  constructor(options: HttpOptions) {
    this.#options = options
  }

  /** The id of this schema, which is added to the subject unless it is there. */
  async register(subject: string, schema: Schema): Promise<number> {
    const answer = await this.#post(`/subjects/${encodeURIComponent(subject)}/versions`, schema)
    if (answer.status === 409) {
      throw new Refused(
        'registry.incompatible',
        `${this.#of(answer)} for subject ${subject}: tapwire's versions of a schema are compatible in both directions, so something else was registered there: give log.prefix or log.schemaRegistry.subjects another value, or remove what is there`,
      )
    }
    return this.#id(answer, `registering the schema of subject ${subject}`)
  }

  /** The id of this schema, which must be there. */
  async find(subject: string, schema: Schema): Promise<number> {
    const answer = await this.#post(`/subjects/${encodeURIComponent(subject)}`, schema)
    if (answer.status === 404) {
      throw new Refused(
        'registry.not-registered',
        `${this.#of(answer)}: subject ${subject} has not the schema of this version: 'tapwire topics apply' registers it, or every node when it starts (log.schemaRegistry.register: true)`,
      )
    }
    return this.#id(answer, `looking up the schema of subject ${subject}`)
  }

  /** Null: there is none with this id, or it is not Avro (or Avro in pieces), so that no record of ours can have it. */
  async schema(id: number): Promise<Schema | null> {
    const answer = await call(this.#options, 'GET', `/schemas/ids/${id}`)
    if (answer.status === 404) return null
    if (answer.status !== 200) throw this.#refused(answer, `looking up schema ${id}`)
    const { schema, schemaType, references } = answer.body as Readonly<Record<string, unknown>>
    const avro = schemaType === undefined || schemaType === 'AVRO'
    if (!avro || typeof schema !== 'string' || (Array.isArray(references) && references.length > 0)) return null
    try {
      return JSON.parse(schema) as Schema
    } catch {
      return schema // a primitive type by its name alone
    }
  }

  #post(path: string, schema: Schema): Promise<Answer> {
    // Without schemaType: Avro is what registries take that by, and older ones do not know the key.
    return call(this.#options, 'POST', path, { schema: JSON.stringify(schema) })
  }

  #id(answer: Answer, what: string): number {
    if (answer.status !== 200) throw this.#refused(answer, what)
    const { id } = (answer.body ?? {}) as { readonly id?: unknown }
    if (Number.isInteger(id) && (id as number) >= 0 && (id as number) <= MAX_ID) return id as number
    throw new Refused('registry.no-id', `schema registry ${this.#options.url}: an answer without an id when ${what}`)
  }

  #refused(answer: Answer, what: string): Refused {
    const denied = answer.status === 401 || answer.status === 403
    const hint = denied ? ': check username and password, or token, of log.schemaRegistry, and their rights' : ''
    return new Refused(denied ? 'registry.denied' : 'registry.refused', `${this.#of(answer)} when ${what}${hint}`)
  }

  /** Who answered what. */
  #of({ status, body }: Answer): string {
    const { error_code: code, message } = (body ?? {}) as Readonly<Record<string, unknown>>
    // It ends up on terminals.
    const text = typeof message === 'string' ? message.slice(0, 500).replace(/[^\x20-\x7e\xa0-\uffff]/g, ' ') : ''
    const said = text === '' ? '' : ` (${text})`
    return `schema registry ${this.#options.url}: status ${status}, error ${typeof code === 'number' ? code : 'without number'}${said}`
  }
}
