/**
 * The Confluent wire format at the edge of the adapter: what leaves for Kafka names its schema by a registry's id, what comes
 * from there gets its fingerprint back. Values without such a header (from before the registry was switched on, or of another
 * producer) pass as they are.
 */
import { fullName, type Schema, type SchemaObject } from '#schemas/avro/canonical.ts'
import { publishedSchemas, SCHEMA_NAMES, type SchemaName } from '#schemas/avro/schemas.ts'
import type { LogRecord, Raw } from '#schemas/contracts/bus.ts'
import { Refused, Retryable, Usage } from '#schemas/contracts/errors.ts'
import type { FormatTopic, ValueFormat } from '../value-format.ts'
import { RegistryClient } from './client.ts'
import { fingerprintIn, idIn, OBJECT_BYTES, objectHeader, WIRE_BYTES, wireHeader, withHeader } from './headers.ts'
import type { HttpOptions } from './http.ts'
import { Ids } from './ids.ts'

export interface RegistryOptions extends HttpOptions {
  /** What a subject is named after: TopicNameStrategy, RecordNameStrategy, TopicRecordNameStrategy. */
  readonly subjects: 'topic' | 'record' | 'topic-record'
  /** False: schemas are registered by hand. */
  readonly register: boolean
}

/** Values of state are our own (msgpack within Avro), and `transactions` is read below this seam. */
const INTERNAL: SchemaName = 'state'
/** Ids that one fetch may ask the registry for. */
const MOST_LOOKUPS = 64

export class RegistryFormat implements ValueFormat {
  readonly #options: RegistryOptions
  readonly #client: RegistryClient
  readonly #ids: Ids
  /** Every schema that records of ours may have, by fingerprint. */
  readonly #schemas: ReadonlyMap<string, Schema>
  /** By topic and fingerprint. As many as there are topics and versions. */
  readonly #headers = new Map<string, Buffer>()

  /** `clock`: milliseconds, monotone. */
  constructor(options: RegistryOptions, clock: () => number) {
    this.#options = options
    this.#client = new RegistryClient(options)
    this.#ids = new Ids(this.#client, clock)
    this.#schemas = new Map(
      SCHEMA_NAMES.filter(name => name !== INTERNAL)
        .flatMap(publishedSchemas)
        .map(schema => [fingerprintIn(objectHeader(schema))!, schema]),
    )
  }

  async prepare(topics: readonly FormatTopic[]): Promise<void> {
    for (const { kafkaName, schema } of topics) {
      if (schema === INTERNAL || !isSchemaName(schema)) continue
      const fingerprint = fingerprintIn(objectHeader(publishedSchemas(schema).at(-1)!))!
      try {
        await this.#wireHeader(kafkaName, fingerprint)
      } catch (error) {
        throw error instanceof Refused ? new Usage(error.message) : error
      }
    }
  }

  async encode(records: readonly Raw[], kafkaNameOf: (topic: string) => string): Promise<readonly Raw[]> {
    const encoded: Raw[] = []
    for (const record of records) {
      const { topic, value } = record
      const fingerprint = value === null ? null : fingerprintIn(value)
      if (fingerprint === null || !this.#schemas.has(fingerprint)) {
        encoded.push(record)
        continue
      }
      const kafkaName = kafkaNameOf(topic)
      const known = this.#headers.get(`${kafkaName} ${fingerprint}`)
      const header = known ?? (await patiently(this.#wireHeader(kafkaName, fingerprint)))
      encoded.push({ ...record, value: withHeader(value!, OBJECT_BYTES, header) })
    }
    return encoded
  }

  async decode(records: readonly LogRecord[]): Promise<readonly LogRecord[]> {
    const ids = new Set<number>()
    for (const { value } of records) {
      const id = idIn(value)
      if (id !== null) ids.add(id)
    }
    if (ids.size === 0) return records
    const unknown = [...ids].filter(id => this.#ids.header(id) === undefined).slice(0, MOST_LOOKUPS)
    await Promise.all(unknown.map(id => patiently(this.#ids.learn(id))))
    return records.map(record => {
      const id = idIn(record.value)
      const header = id === null ? null : this.#ids.header(id)
      return header ? { ...record, value: withHeader(record.value!, WIRE_BYTES, header) } : record
    })
  }

  /** Registers the schema, or looks it up. Throws `Refused`, `Retryable`. */
  async #wireHeader(kafkaName: string, fingerprint: string): Promise<Buffer> {
    const schema = this.#schemas.get(fingerprint)!
    const subject = subjectOf(this.#options.subjects, kafkaName, schema)
    const { register } = this.#options
    const id = await (register ? this.#client.register(subject, schema) : this.#client.find(subject, schema))
    const header = wireHeader(id)
    this.#headers.set(`${kafkaName} ${fingerprint}`, header)
    return header
  }
}

/** Of values. */
export function subjectOf(named: RegistryOptions['subjects'], kafkaName: string, schema: Schema): string {
  if (named === 'topic') return `${kafkaName}-value`
  const { name, namespace } = schema as SchemaObject
  const record = fullName(name ?? '', namespace ?? '')
  return named === 'record' ? record : `${kafkaName}-${record}`
}

/** Beyond the start, what a registry refuses is no reason to lose records: they wait until it is mended. */
async function patiently<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw error instanceof Refused ? new Retryable(error.reason, error.message, { cause: error }) : error
  }
}

function isSchemaName(name: string): name is SchemaName {
  return (SCHEMA_NAMES as readonly string[]).includes(name)
}
