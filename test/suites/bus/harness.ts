import { setTimeout as sleep } from 'node:timers/promises'
import type { TopicSpec } from '#schemas/avro/topics.ts'
import type { Batch, Bus, JoinOptions, Lease, LogRecord, Membership, Raw, Unit } from '#schemas/contracts/bus.ts'

/** A log under test. `reopen` closes it and opens what it left behind; absent where nothing outlives the process. */
export interface OpenedBus {
  readonly bus: Bus
  readonly reopen?: () => Promise<Bus>
  readonly close: () => Promise<void>
}

/** What the laws need around a log: topics nobody else uses, reading to the end, leases held open. */
export interface Bench extends OpenedBus {
  /** Creates a topic with a name of its own. */
  topic(shape?: Partial<TopicSpec>): Promise<string>
  group(): string
}

const DEADLINE_MS = 20_000

let serial = 0

export function bench(opened: OpenedBus): Bench {
  // A Kafka outlives the test run: names must differ from those of earlier runs.
  const run = `${Date.now().toString(36)}-${process.pid}`
  return {
    ...opened,
    group: () => `group-${run}-${serial++}`,
    topic: async shape => {
      const spec = topicSpec(`topic-${run}-${serial++}`, shape)
      await opened.bus.ensure([spec])
      return spec.name
    },
  }
}

export function topicSpec(name: string, shape: Partial<TopicSpec> = {}): TopicSpec {
  return { key: 'none', schema: 'test', cleanup: 'delete', retention: null, partitions: 1, ...shape, name }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : decoder.decode(bytes)
}

export function bytes(value: string | null): Uint8Array | null {
  return value === null ? null : encoder.encode(value)
}

/** A record of texts. */
export function raw(topic: string, key: string | null, value: string | null, partition?: number): Raw {
  const record = { topic, key: bytes(key), value: bytes(value), time: 1_700_000_000_000_000 }
  return partition === undefined ? record : { ...record, partition }
}

/** Everything from `from` to `until`, copied out of the batches. */
export async function collect(bus: Bus, topic: string, partition = 0, from = 0, until?: number): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for await (const batch of bus.read(topic, partition, from, until)) records.push(...copies(batch))
  return records
}

export function copies(batch: Batch): LogRecord[] {
  return batch.records.map(record => ({
    ...record,
    key: record.key?.slice() ?? null,
    value: record.value?.slice() ?? null,
  }))
}

export async function values(
  bus: Bus,
  topic: string,
  partition = 0,
  from = 0,
  until?: number,
): Promise<(string | null)[]> {
  return (await collect(bus, topic, partition, from, until)).map(record => text(record.value))
}

/** What a compacted partition holds: Kafka may still yield older values and tombstones, the newest one counts. */
export async function table(bus: Bus, topic: string, partition = 0): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const record of await collect(bus, topic, partition)) {
    const key = text(record.key)!
    if (record.value === null) found.delete(key)
    else found.set(key, text(record.value)!)
  }
  return found
}

export function unit(next: number, outputs: readonly Raw[] = [], state: readonly Raw[] = []): Unit {
  return { next, outputs, state }
}

/** Polls until something comes. */
export async function poll(lease: Lease, maxBytes = 1 << 20): Promise<Batch> {
  return eventually(
    `records on ${lease.topic}/${lease.partition}`,
    async () => (await lease.poll(maxBytes)) ?? undefined,
  )
}

/** Calls `look` until it gives something; throws after a generous deadline, which no correct log comes near. */
export async function eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS
  while (Date.now() < deadline) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(5)
  }
  throw new Error(`waited ${DEADLINE_MS} ms for ${what}`)
}

export interface Held extends AsyncDisposable {
  readonly leases: readonly Lease[]
  readonly membership: Membership
}

/** Joins and holds `count` leases until they are taken away or this is disposed. */
export async function hold(
  bus: Bus,
  group: string,
  topic: string,
  count: number,
  options?: JoinOptions,
): Promise<Held> {
  const leases: Lease[] = []
  const run = (lease: Lease): Promise<void> =>
    new Promise(resolve => {
      leases.push(lease)
      if (lease.signal.aborted) resolve()
      lease.signal.addEventListener('abort', () => resolve(), { once: true })
    })
  const membership = await bus.join(group, topic, run, options)
  await eventually(`${count} leases of ${topic}`, () => (leases.length >= count ? true : undefined))
  leases.sort((a, b) => a.partition - b.partition)
  return { leases, membership, [Symbol.asyncDispose]: () => membership[Symbol.asyncDispose]() }
}
