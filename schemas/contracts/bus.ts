/**
 * The message log. Three implementations (memory, embedded, kafka), one suite: test/suites/bus.ts.
 *
 * Laws
 *  1. Offsets of a partition rise from record to record (by one within a transaction, as long as no record is too large for
 *     the log to store in one piece) and never return, whatever retention deletes.
 *  2. `append` is atomic: all its records (of all topics and partitions) are visible, or none.
 *  3. `commit` is atomic: outputs, state and the new position of one task are visible together, or not at all.
 *  4. One partition of a topic has at most one live lease per group. A lease that lost its partition throws `Fenced`
 *     from `commit`, and nothing of that commit is visible.
 *  5. After a crash, what a reader sees is a prefix of what was accepted, transaction by transaction.
 *  6. Nothing that was accepted is lost before its retention ends; a log that is full refuses producers
 *     (`Retryable('log-full')`) and says so.
 *  7. A compacted topic yields, per key, its newest value; a null value (tombstone) removes the key.
 *  8. Of the writers of one name only the newest can append: the others throw `Fenced`, and what they had under way when it
 *     was opened is decided by then (visible, or never).
 *  9. Byte views in a batch are valid until the next call on the same reader; copy what you keep.
 */
import type { TopicSpec } from '#schemas/avro/topics.ts'

/** A record on its way into the log. `partition` is chosen from the key (murmur2, as Kafka does) unless it is given. */
export interface Raw {
  readonly topic: string
  readonly partition?: number
  readonly key: Uint8Array | null
  /** Null is a tombstone, meaningful in compacted topics only. */
  readonly value: Uint8Array | null
  /** Microseconds since 1970 of capture time: what retention by age looks at. */
  readonly time: number
}

/** A record as stored. */
export interface LogRecord {
  readonly offset: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly time: number
}

export interface Batch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly LogRecord[]
  /** The offset to continue from. May be beyond the last record + 1 where compaction or retention left holes. */
  readonly next: number
  /** Sum of key and value bytes. */
  readonly bytes: number
}

/** First offset still stored, and the end: behind the last record that a reader sees. The next record gets this offset or a later one. */
export interface Bounds {
  readonly first: number
  readonly next: number
}

/** What a task publishes at once. */
export interface Unit {
  /** The input offset to go on from. */
  readonly next: number
  readonly outputs: readonly Raw[]
  /** Changes of compacted state topics: part of the same transaction. */
  readonly state: readonly Raw[]
  /**
   * The lowest input offset that a restart will still read (the checkpoint, at most `next`): retention keeps the input
   * from here on for as long as the group lives. Defaults to `next`.
   */
  readonly replayFrom?: number
}

export interface Lease {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** Position when the lease was taken: the `next` of the last commit, or the first stored offset. */
  readonly committed: number
  /** Aborted when the partition is taken away or the member leaves. */
  readonly signal: AbortSignal
  /**
   * Records after those of the last poll, at least one when there is one, about `maxBytes` at most.
   * Null when nothing came within `waitMs` (default 100).
   */
  poll(maxBytes: number, waitMs?: number): Promise<Batch | null>
  /**
   * When it throws `Retryable`, the same unit (the very object) comes again next: the log may find that it was committed
   * after all.
   */
  commit(unit: Unit): Promise<void>
}

export interface JoinOptions {
  /** Static membership for several workers of one process: this member runs partitions p with p % of === index. */
  readonly member?: { readonly index: number; readonly of: number }
}

export interface Bus extends AsyncDisposable {
  /** Creates what is missing and checks what is there (partition counts may not shrink). Idempotent. */
  ensure(topics: readonly TopicSpec[]): Promise<void>
  partitions(topic: string): number
  append(records: readonly Raw[]): Promise<void>
  /** A writer that takes the place of every earlier one of its name, in this process or another. */
  writer(name: string): Promise<Writer>
  /**
   * From offset `from` (or the first stored one, if that is higher) to `until` (exclusive; default: what is there when
   * the call is made). Ends there; does not wait for more.
   */
  read(topic: string, partition: number, from: number, until?: number): AsyncIterable<Batch>
  bounds(topic: string, partition: number): Promise<Bounds>
  /** Position per partition of a group; null where it has none. */
  committed(group: string, topic: string): Promise<readonly (number | null)[]>
  /** `run` is called once per partition that this member is given; when it returns or throws, the lease is given back. */
  join(group: string, topic: string, run: (lease: Lease) => Promise<void>, options?: JoinOptions): Promise<Membership>
}

export interface Writer extends AsyncDisposable {
  /** As `Bus.append`; throws `Fenced` when another writer has its name. */
  append(records: readonly Raw[]): Promise<void>
}

export interface Membership extends AsyncDisposable {
  /** Resolves when all leases ended by themselves; rejects with the first error a `run` threw. */
  readonly done: Promise<void>
}
