import { metaKey } from '#infra/bus/embedded/keys.ts'
import type { Tables } from '#infra/bus/embedded/tables.ts'
import { plan, type TopicLayout } from '#infra/bus/layout.ts'
import type { TopicSpec } from '#schemas/avro/topics.ts'
import { Usage } from '#schemas/contracts/errors.ts'

/** A topic as stored. Its number stands for it in the keys of the log, and is never used again. */
export interface StoredTopic extends TopicLayout {
  readonly id: number
}

/** Version of keys, entries and counts. A change that older code would misread raises it. */
export const FORMAT = 1

/** More than a handful of small values takes, with the pages above them. */
const PAGES_OF_A_CHANGE = 1 << 20

const FORMAT_KEY = metaKey('format')
const LAST_TOPIC_KEY = metaKey('last-topic')

/** Writes the format of a new store; throws `Usage` when the store was written by newer code. */
export function checkFormat(tables: Tables, readOnly: boolean): void {
  const stored = tables.read(() => tables.meta.getBinary(FORMAT_KEY))
  if (stored === undefined) {
    if (readOnly) return
    tables.transact(() => {
      tables.reserve(PAGES_OF_A_CHANGE)
      tables.meta.put(FORMAT_KEY, Buffer.from(`${FORMAT}`))
    })
    return
  }
  const format = Number(stored.toString('latin1'))
  if (format > FORMAT) {
    throw new Usage(
      `the log has format ${format}, this version knows formats up to ${FORMAT}: upgrade tapwire, or use another directory`,
    )
  }
}

/** The topics of a store, remembered: they only change through `ensure`. */
export class Catalog {
  readonly #tables: Tables
  readonly #known = new Map<string, StoredTopic>()

  constructor(tables: Tables) {
    this.#tables = tables
  }

  topic(name: string): StoredTopic {
    const topic = this.#known.get(name) ?? this.#tables.read(() => this.#load(name))
    if (topic === undefined) throw new Error(`topic ${name} does not exist: ensure it first`)
    this.#known.set(name, topic)
    return topic
  }

  all(): readonly StoredTopic[] {
    const start = metaKey('topic', '')
    const end = Buffer.concat([start, Buffer.of(0xff)])
    return this.#tables.read(() => Array.from(this.#tables.meta.getRange({ start, end }), ({ value }) => parse(value)))
  }

  ensure(specs: readonly TopicSpec[], deployment: number): void {
    const { meta } = this.#tables
    const stored = this.#tables.transact(() => {
      this.#tables.reserve(PAGES_OF_A_CHANGE)
      return specs.map(spec => {
        const before = this.#load(spec.name)
        const topic = { ...plan(spec, before, deployment), id: before?.id ?? this.#nextId() }
        meta.put(metaKey('topic', spec.name), Buffer.from(JSON.stringify(topic)))
        return topic
      })
    })
    for (const topic of stored) this.#known.set(topic.name, topic)
  }

  #load(name: string): StoredTopic | undefined {
    const stored = this.#tables.meta.getBinary(metaKey('topic', name))
    return stored === undefined ? undefined : parse(stored)
  }

  #nextId(): number {
    const id = Number(this.#tables.meta.getBinary(LAST_TOPIC_KEY)?.toString('latin1') ?? 0) + 1
    this.#tables.meta.put(LAST_TOPIC_KEY, Buffer.from(`${id}`))
    return id
  }
}

function parse(stored: Buffer): StoredTopic {
  return JSON.parse(stored.toString('utf8')) as StoredTopic
}
