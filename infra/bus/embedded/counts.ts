/** Numbers stored as a row of f64 under a meta key: what is kept per partition, per group, and in total. */
import { metaKey } from '#infra/bus/embedded/keys.ts'
import type { Tables } from '#infra/bus/embedded/tables.ts'

/** Per partition. `bytes` is what its entries take in the store. */
export interface PartitionCounts {
  next: number
  /** First stored offset of a `delete` topic. */
  first: number
  bytes: number
  records: number
  entries: number
  /** Highest record time (µs), the present of retention by age. */
  newest: number
}

/** Of the whole store. */
export interface TotalCounts {
  bytes: number
  records: number
  entries: number
}

/** Per group, topic and partition. */
export interface GroupEntry {
  epoch: number
  /** -1 before the first commit. */
  position: number
  replayFrom: number
  /** Wall clock (ms) of the last sign of life: join, poll or commit. */
  seen: number
}

const PARTITION = ['next', 'first', 'bytes', 'records', 'entries', 'newest'] as const
const TOTAL = ['bytes', 'records', 'entries'] as const
const GROUP = ['epoch', 'position', 'replayFrom', 'seen'] as const

const TOTAL_KEY = metaKey('total')

function unpack<Name extends string>(names: readonly Name[], row: Buffer | undefined): Record<Name, number> | null {
  if (row === undefined) return null
  const counts = {} as Record<Name, number>
  for (const [i, name] of names.entries()) counts[name] = row.readDoubleLE(i * 8)
  return counts
}

function pack<Name extends string>(names: readonly Name[], counts: Readonly<Record<Name, number>>): Buffer {
  const row = Buffer.allocUnsafe(names.length * 8)
  for (const [i, name] of names.entries()) row.writeDoubleLE(counts[name], i * 8)
  return row
}

export function readPartition({ meta }: Tables, topic: number, partition: number): PartitionCounts {
  const stored = unpack(PARTITION, meta.getBinary(metaKey('partition', topic, partition)))
  return stored ?? { next: 0, first: 0, bytes: 0, records: 0, entries: 0, newest: 0 }
}

export function writePartition({ meta }: Tables, topic: number, partition: number, counts: PartitionCounts): void {
  meta.put(metaKey('partition', topic, partition), pack(PARTITION, counts))
}

export function readTotal({ meta }: Tables): TotalCounts {
  return unpack(TOTAL, meta.getBinary(TOTAL_KEY)) ?? { bytes: 0, records: 0, entries: 0 }
}

export function writeTotal({ meta }: Tables, counts: TotalCounts): void {
  meta.put(TOTAL_KEY, pack(TOTAL, counts))
}

export function readGroup({ meta }: Tables, topic: string, partition: number, group: string): GroupEntry | null {
  return unpack(GROUP, meta.getBinary(metaKey('group', topic, partition, group)))
}

export function writeGroup(tables: Tables, topic: string, partition: number, group: string, entry: GroupEntry): void {
  tables.meta.put(metaKey('group', topic, partition, group), pack(GROUP, entry))
}

/** All groups that ever read the partition. */
export function groupsOf({ meta }: Tables, topic: string, partition: number): readonly GroupEntry[] {
  const start = metaKey('group', topic, partition, '')
  const range = meta.getRange({ start, end: Buffer.concat([start, Buffer.of(0xff)]) })
  return Array.from(range, ({ value }) => unpack(GROUP, value)!)
}
