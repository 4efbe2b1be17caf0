/** How a checkpoint's entries and its meta record look in the state topics: msgpack in the Avro envelope of `state`. */
import { pack, unpack } from '#schemas/avro/pack.ts'
import { decodeState, encodeState } from '#schemas/avro/records.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import type { Key, Processor } from '#schemas/contracts/processor.ts'
import { Ledger, type LedgerCounts } from '#schemas/records/ledger.ts'
import type { Entry } from './keyed.ts'
import type { PoisonMark } from './poison.ts'

/** Key of the meta record. A stage's own keys are stored as numbers, or as strings with a leading `.`. */
export const META_KEY = pack('meta')

export interface Meta {
  /** C: everything before this offset is in the state topics. */
  readonly checkpoint: number
  /** Stream time, µs. */
  readonly now: number
  readonly ledger: LedgerCounts
  /** Per stage: number of the next state entry. */
  readonly orders: readonly number[]
  readonly poison: readonly PoisonMark[]
}

export function keyBytes(key: Key): Uint8Array {
  return pack(typeof key === 'string' ? `.${key}` : key)
}

/** Null: the meta record's key. */
export function readKey(bytes: Uint8Array): Key | null {
  const key = unpack(bytes) as Key
  if (typeof key === 'number') return key
  return key.startsWith('.') ? key.slice(1) : null
}

/** [order, deadline or null, value] */
export function writeEntry(entry: Entry<unknown>, processor: Processor<unknown, unknown>): Uint8Array {
  const plain = processor.snapshot === undefined ? entry.value : processor.snapshot(entry.value)
  return encodeState([entry.order, entry.deadline === Number.POSITIVE_INFINITY ? null : entry.deadline, plain])
}

export function readEntry(bytes: Uint8Array): {
  readonly order: number
  readonly deadline: number
  readonly value: unknown
} {
  const [order, deadline, value] = decodeState(bytes) as [number, number | null, unknown]
  return { order, deadline: deadline ?? Number.POSITIVE_INFINITY, value }
}

export function writeMeta(meta: Meta): Uint8Array {
  return encodeState(meta)
}

export function readMeta(bytes: Uint8Array): Meta {
  return decodeState(bytes) as Meta
}

/** Coverage of a partition as of its last checkpoint, without running it. */
export async function storedLedger(bus: Bus, topic: string, partition: number): Promise<Ledger> {
  let ledger = new Ledger()
  for await (const batch of bus.read(topic, partition, 0)) {
    for (const record of batch.records) {
      if (record.key === null || record.value === null || readKey(record.key) !== null) continue
      ledger = Ledger.of(readMeta(record.value).ledger)
    }
  }
  return ledger
}
