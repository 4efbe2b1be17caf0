import { mkdirSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Ballast } from '#infra/bus/embedded/ballast.ts'
import { checkFormat } from '#infra/bus/embedded/catalog.ts'
import { readGroup, readTotal } from '#infra/bus/embedded/counts.ts'
import { type EmbeddedLimits, withDefaults } from '#infra/bus/embedded/limits.ts'
import { bootId, own } from '#infra/bus/embedded/owner.ts'
import { type Deleted, enforceRetention } from '#infra/bus/embedded/retention.ts'
import { EmbeddedStore } from '#infra/bus/embedded/store.ts'
import { type Durability, FILE, openTables } from '#infra/bus/embedded/tables.ts'
import { checkSynced, flush, markUnsynced } from '#infra/bus/embedded/unsynced.ts'
import { checkName } from '#infra/bus/layout.ts'
import { Members } from '#infra/bus/members.ts'
import { openWake } from '#infra/bus/wake.ts'
import { Writers } from '#infra/bus/writers.ts'
import type { TopicSpec } from '#schemas/avro/topics.ts'
import type { Batch, Bounds, Bus, JoinOptions, Lease, Membership, Raw, Writer } from '#schemas/contracts/bus.ts'

export type { EmbeddedLimits } from '#infra/bus/embedded/limits.ts'
export type { Deleted } from '#infra/bus/embedded/retention.ts'
export type { Durability } from '#infra/bus/embedded/tables.ts'

export interface EmbeddedOptions {
  readonly directory: string
  /** Partition count of topics that do not fix theirs. */
  readonly partitions: number
  readonly durability: Durability
  readonly limits: EmbeddedLimits
  /** Only `read`, `bounds`, `committed`, `partitions` and `stats`; allowed beside the process that owns the log. */
  readonly readOnly?: boolean
  /** Wall clock in ms, for the age of groups. Default `Date.now`. */
  readonly now?: () => number
  /** From `share()`: opens what another thread of this process owns. */
  readonly shared?: { readonly pid: number; readonly wake: SharedArrayBuffer }
}

/** What another thread of this process opens the same log with. Plain data for `workerData` or `postMessage`. */
export type EmbeddedShare = Omit<EmbeddedOptions, 'readOnly' | 'now' | 'shared'> &
  Required<Pick<EmbeddedOptions, 'shared'>>

const READ_BYTES = 1 << 20
const SPARE_MAP_BYTES = 1 << 30

/**
 * Opens the log in a directory, which is created when missing, or the log that another thread of this process shares.
 * Throws `Usage` when another process has it, when it was written by a newer version, or when a reader finds none.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedBus> {
  const { directory, partitions, durability, shared, readOnly = false, now = Date.now } = options
  const limits = withDefaults(options.limits)
  if (shared !== undefined && shared.pid !== process.pid) throw new Error(`this share belongs to process ${shared.pid}`)
  const wake = shared?.wake ?? new SharedArrayBuffer(4)
  const owning = readOnly || shared !== undefined ? null : takeDirectory(directory, durability)
  try {
    const mapBytes = 2 * (limits.maxBytes + limits.commitReserveBytes) + SPARE_MAP_BYTES
    const tables = openTables({ directory, readOnly, durability, mapBytes })
    checkFormat(tables, readOnly)
    const store = new EmbeddedStore({ directory, tables, wake: openWake(wake), limits, now })
    const share = { directory, partitions, durability, limits, shared: { pid: process.pid, wake } }
    return new EmbeddedBus({ store, share, readOnly, release: owning?.release ?? (() => {}) })
  } catch (error) {
    owning?.abandon()
    throw error
  }
}

interface Owning {
  /** For a store that was closed. */
  readonly release: () => void
  /** For a store that did not open. */
  readonly abandon: () => void
}

/** Makes this process the owner, also on a full disk. */
function takeDirectory(directory: string, durability: Durability): Owning {
  mkdirSync(directory, { recursive: true })
  try {
    return take(directory, durability)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC' || !new Ballast(directory).release()) throw error
    return take(directory, durability)
  }
}

function take(directory: string, durability: Durability): Owning {
  const owner = own(directory)
  const abandon = (): void => owner[Symbol.dispose]()
  try {
    checkSynced(directory, bootId())
    if (durability === 'process') markUnsynced(directory, bootId())
  } catch (error) {
    abandon()
    throw error
  }
  const release = (): void => {
    if (durability === 'process') flush(directory, FILE)
    abandon()
  }
  return { release, abandon }
}

interface Opened {
  readonly store: EmbeddedStore
  readonly share: EmbeddedShare
  readonly readOnly: boolean
  readonly release: () => void
}

/** The log on disk, in the process that uses it. README.md says what it promises and what it does not. */
export class EmbeddedBus implements Bus {
  readonly #opened: Opened
  readonly #store: EmbeddedStore
  readonly #members: Members
  readonly #writers = new Writers(records => this.append(records))
  #closed: Promise<void> | null = null

  constructor(opened: Opened) {
    this.#opened = opened
    this.#store = opened.store
    this.#members = new Members(opened.store)
  }

  async ensure(topics: readonly TopicSpec[]): Promise<void> {
    this.#writable()
    this.#store.catalog.ensure(topics, this.#opened.share.partitions)
  }

  partitions(topic: string): number {
    return this.#store.partitions(topic)
  }

  async append(records: readonly Raw[]): Promise<void> {
    this.#writable()
    // A transaction blocks this thread: between two of them, its timers and messages get their turn.
    await nextTurn()
    this.#store.append(records)
  }

  async writer(name: string): Promise<Writer> {
    this.#writable()
    return this.#writers.open(name)
  }

  read(topic: string, partition: number, from: number, until?: number): AsyncIterable<Batch> {
    const { next } = this.#bounds(topic, partition)
    return this.#batches(topic, partition, from, Math.min(until ?? next, next))
  }

  async bounds(topic: string, partition: number): Promise<Bounds> {
    return this.#bounds(topic, partition)
  }

  async committed(group: string, topic: string): Promise<readonly (number | null)[]> {
    checkName('group', group)
    const { tables } = this.#store
    const partitions = Array.from({ length: this.partitions(topic) }, (_, p) => p)
    const position = (p: number): number => readGroup(tables, topic, p, group)?.position ?? -1
    return tables.read(() => partitions.map(p => (position(p) < 0 ? null : position(p))))
  }

  async join(
    group: string,
    topic: string,
    run: (lease: Lease) => Promise<void>,
    options?: JoinOptions,
  ): Promise<Membership> {
    this.#writable()
    return this.#members.join(group, topic, run, options)
  }

  /** Deletes what retention no longer covers. To be called from time to time, by one thread. */
  enforceRetention(): Promise<Deleted> {
    this.#writable()
    return enforceRetention(this.#store)
  }

  /** For the worker threads of this process. This handle must be closed last: with it, the directory is given up. */
  share(): EmbeddedShare {
    return this.#opened.share
  }

  /** Gauges of the whole store (`stored.*`, `file.bytes`) and counters of this handle since it was opened. */
  stats(): Readonly<Record<string, number>> {
    const { tables, tally } = this.#store
    const stored = tables.read(() => readTotal(tables))
    return {
      'stored.bytes': stored.bytes,
      'stored.records': stored.records,
      'stored.entries': stored.entries,
      'file.bytes': tables.fileBytes(),
      transactions: tally.transactions,
      'appended.records': tally.appendedRecords,
      'appended.bytes': tally.appendedBytes,
      'deleted.records': tally.deletedRecords,
      'deleted.bytes': tally.deletedBytes,
      'refused.max-bytes': tally.refused['max-bytes'],
      'refused.disk-reserve': tally.refused['disk-reserve'],
      'refused.disk-full': tally.refused['disk-full'],
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    await this.#members.leave()
    await this.#store.tables.close()
    this.#opened.release()
  }

  #bounds(topic: string, partition: number): Bounds {
    const stored = this.#store.catalog.topic(topic)
    if (!(partition >= 0 && partition < stored.partitions))
      throw new Error(`topic ${topic} has no partition ${partition}`)
    return this.#store.tables.read(() => this.#store.log.bounds(stored, partition))
  }

  async *#batches(name: string, partition: number, from: number, until: number): AsyncIterable<Batch> {
    const { tables, log, catalog } = this.#store
    const topic = catalog.topic(name)
    let at = from
    do {
      // Also when there is nothing to read: who loops over `read` must not keep the writers of its thread waiting.
      await nextTurn()
      const batch = tables.read(() => log.read(topic, partition, at, until, READ_BYTES))
      if (batch === null) return
      yield batch
      at = batch.next
    } while (at < until)
  }

  #writable(): void {
    if (this.#opened.readOnly) throw new Error(`the log in ${this.#opened.share.directory} was opened read-only`)
  }
}
