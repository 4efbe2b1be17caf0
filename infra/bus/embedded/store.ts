import { Ballast } from '#infra/bus/embedded/ballast.ts'
import { Catalog, type StoredTopic } from '#infra/bus/embedded/catalog.ts'
import {
  type GroupEntry,
  readGroup,
  readTotal,
  type TotalCounts,
  writeGroup,
  writeTotal,
} from '#infra/bus/embedded/counts.ts'
import { freeDisk } from '#infra/bus/embedded/disk.ts'
import { sizeOf } from '#infra/bus/embedded/entry.ts'
import type { EmbeddedLimits } from '#infra/bus/embedded/limits.ts'
import { Log, PAGE, storedBytes } from '#infra/bus/embedded/log.ts'
import {
  admit,
  fullDisk,
  LogFull,
  MOST_LEFT,
  roomFor,
  type Shortage,
  SMALLEST_ROOM,
  type Writer,
} from '#infra/bus/embedded/quota.ts'
import type { Tables } from '#infra/bus/embedded/tables.ts'
import type { Claim, LeaseStore } from '#infra/bus/members.ts'
import { type Routed, route } from '#infra/bus/route.ts'
import { positionOf } from '#infra/bus/unit.ts'
import type { Wake } from '#infra/bus/wake.ts'
import type { Batch, Raw, Unit } from '#schemas/contracts/bus.ts'
import { Fenced } from '#schemas/contracts/errors.ts'

export interface StoreOptions {
  readonly directory: string
  readonly tables: Tables
  readonly wake: Wake
  readonly limits: Required<EmbeddedLimits>
  /** Wall clock in ms, for the age of groups. */
  readonly now: () => number
}

/** What this handle did since it was opened. */
export interface Tally {
  transactions: number
  appendedRecords: number
  appendedBytes: number
  deletedRecords: number
  deletedBytes: number
  readonly refused: Record<Shortage, number>
}

/** Appends, commits and leases over the tables. Synchronous: a call is one transaction. */
export class EmbeddedStore implements LeaseStore {
  readonly wake: Wake
  readonly catalog: Catalog
  readonly log: Log
  readonly tally: Tally = {
    transactions: 0,
    appendedRecords: 0,
    appendedBytes: 0,
    deletedRecords: 0,
    deletedBytes: 0,
    refused: { 'max-bytes': 0, 'disk-reserve': 0, 'disk-full': 0 },
  }
  readonly tables: Tables
  readonly limits: Required<EmbeddedLimits>
  readonly now: () => number
  readonly #directory: string
  readonly #ballast: Ballast

  constructor(options: StoreOptions) {
    this.tables = options.tables
    this.wake = options.wake
    this.limits = options.limits
    this.now = options.now
    this.catalog = new Catalog(options.tables)
    this.log = new Log(options.tables)
    this.#directory = options.directory
    this.#ballast = new Ballast(options.directory)
  }

  partitions(topic: string): number {
    return this.catalog.topic(topic).partitions
  }

  append(records: readonly Raw[]): void {
    const routes = route(records, name => this.catalog.topic(name))
    this.transact('append', total => this.#write('append', routes, total))
    this.#ballast.fill()
  }

  claim(group: string, topic: string, partitions: readonly number[]): readonly Claim[] {
    const stored = this.catalog.topic(topic)
    const claims = this.transact('commit', () =>
      partitions.map(partition => {
        const { first } = this.log.bounds(stored, partition)
        const before = readGroup(this.tables, topic, partition, group) ?? { epoch: 0, position: -1, replayFrom: first }
        const epoch = before.epoch + 1
        writeGroup(this.tables, topic, partition, group, { ...before, epoch, seen: this.now() })
        return { group, topic, partition, epoch, committed: before.position < 0 ? first : before.position }
      }),
    )
    return claims
  }

  fetch(claim: Claim, from: number, maxBytes: number): Batch | null {
    const topic = this.catalog.topic(claim.topic)
    const { seen } = this.tables.read(() => this.#owned(claim))
    if (this.now() - seen > this.limits.groupExpiryMs / 8) this.#touch(claim)
    return this.tables.read(() => this.log.read(topic, claim.partition, from, Number.POSITIVE_INFINITY, maxBytes))
  }

  commit(claim: Claim, unit: Unit): void {
    const position = positionOf(unit)
    const routes = route([...unit.outputs, ...unit.state], name => this.catalog.topic(name))
    this.transact('commit', total => {
      const { epoch } = this.#owned(claim)
      const entry = { epoch, position: position.next, replayFrom: position.replayFrom, seen: this.now() }
      writeGroup(this.tables, claim.topic, claim.partition, claim.group, entry)
      this.#write('commit', routes, total)
    })
  }

  /**
   * One write transaction with the totals of the store. A disk that is full becomes `LogFull`; for all but producers
   * the ballast is given back first. Nothing of a failed transaction is stored.
   */
  transact<T>(writer: Writer, change: (total: TotalCounts) => T): T {
    const run = (): T => {
      const result = this.tables.transact(() => {
        this.tables.reserve(SMALLEST_ROOM)
        const total = readTotal(this.tables)
        const before = { ...total }
        const outcome = change(total)
        if (total.bytes !== before.bytes || total.records !== before.records) writeTotal(this.tables, total)
        return outcome
      })
      this.tally.transactions++
      this.wake.signal()
      return result
    }
    try {
      return this.#sparingDisk(writer, run)
    } catch (error) {
      if (error instanceof LogFull) this.tally.refused[error.shortage]++
      throw error
    }
  }

  #sparingDisk<T>(writer: Writer, run: () => T): T {
    const free = (): number => freeDisk(this.#directory)
    try {
      return run()
    } catch (error) {
      const full = fullDisk(error, free)
      if (full === null) throw error
      if (writer === 'append' || !this.#ballast.release()) throw full
    }
    try {
      return run()
    } catch (error) {
      throw fullDisk(error, free) ?? error
    }
  }

  #write(writer: Writer, routes: readonly Routed<StoredTopic>[], total: TotalCounts): void {
    let bytes = 0
    for (const { records } of routes) for (const record of records) bytes += sizeOf(record)
    if (bytes === 0) return
    const space = {
      used: total.bytes,
      fileBytes: () => this.tables.fileBytes(),
      freeDisk: () => freeDisk(this.#directory),
    }
    admit(writer, storedBytes(bytes), space, this.limits)
    const own = storedBytes(bytes)
    const copied = copiedPages(routes) * PAGE
    this.tables.reserve(own + copied + MOST_LEFT, () =>
      // No more pages can be copied than there are.
      roomFor(writer, own + Math.min(copied, this.tables.fileBytes()), space),
    )
    for (const routed of routes) {
      this.log.write(routed, total)
      this.tally.appendedRecords += routed.records.length
    }
    this.tally.appendedBytes += bytes
  }

  /** A task that reads but has nothing to commit is alive too. */
  #touch(claim: Claim): void {
    this.transact('commit', () => {
      const entry = this.#owned(claim)
      writeGroup(this.tables, claim.topic, claim.partition, claim.group, { ...entry, seen: this.now() })
    })
  }

  #owned(claim: Claim): GroupEntry {
    const entry = readGroup(this.tables, claim.topic, claim.partition, claim.group)
    if (entry?.epoch === claim.epoch) return entry
    throw new Fenced(`${claim.group} on ${claim.topic}/${claim.partition}: epoch ${claim.epoch} of ${entry?.epoch}`)
  }
}

/** Pages that LMDB copies because a write changes them, at most. */
function copiedPages(routes: readonly Routed<StoredTopic>[]): number {
  let pages = 0
  for (const { topic, records } of routes) {
    // A compacted record changes three leaves: its old place, its new one, and that of its key.
    pages += topic.cleanup === 'compact' ? 3 * records.length : 4
  }
  return pages
}
