/**
 * One partition of one chain of stages: restore, poll, process, commit.
 *
 *            ┌────────── Restoring ◄───────────────┐
 *            │ state topics, then muted            │ something threw: forget the memory,
 *            │ replay of [checkpoint, committed)   │ mark the culprit, take it again
 *            ▼                                     │
 *         Polling ──► Processing ──► Committing ───┤
 *            ▲                          │          └─► Fenced: another owner, drop everything
 *            └──────────────────────────┘
 *
 * Two numbers per partition: `committed` P (outputs of inputs before P are published) and `checkpoint` C ≤ P (the state
 * topics are complete up to C). Every commit advances P; every `checkpoint` a commit also carries the entries changed
 * since and advances C. Invariant between two commits: the memory equals the state at C plus the inputs [C, P), and
 * `outputs` holds exactly what the inputs since P have published.
 */
import type { Batch, Bus, Lease, LogRecord, Raw } from '#schemas/contracts/bus.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import type { Key } from '#schemas/contracts/processor.ts'
import type { LedgerCounts } from '#schemas/records/ledger.ts'
import type { Chain, Publish } from './chain.ts'
import { keyBytes, META_KEY, type Meta, readEntry, readKey, readMeta, writeEntry, writeMeta } from './checkpoint.ts'
import { type Letter, Poison } from './poison.ts'
import { type Backoff, retry } from './retry.ts'

/** What a task runs: independent of partition and log. */
export interface TaskSpec {
  readonly group: string
  readonly input: string
  /** A fresh chain with empty state. */
  open(publish: Publish): Chain
  /**
   * Calls `each` for every value of a record, in order. `each` answers nothing; `payload` is what the ledger calls
   * poison if the value makes a processor throw. Throws `Refused` when the record cannot be decoded.
   */
  feed(record: LogRecord, chain: Chain, each: (value: unknown, time: number, payload: number) => void): void
  /** Encodes a published value. `partition`: of the input, for values that name their origin. */
  encode(topic: string, key: string, value: unknown, time: number, partition: number): Raw
  /** What was encoded for this partition since the last call is in the log; or it was dropped, and comes again. */
  settled?(partition: number, published: boolean): void
  /** The bytes of one value, for its dead letter; null when it is its whole record. */
  bytesOf(value: unknown): Uint8Array | null
  /** Name of the compacted topic of a stage's state. */
  stateTopic(stage: string): string
}

export interface TaskLimits {
  /** Input bytes per commit. */
  readonly commitBytes: number
  /** A checkpoint is due after so many input bytes … */
  readonly checkpointBytes: number
  /** … or so many milliseconds. */
  readonly checkpointMs: number
  /** Poisonous values in one batch before the task gives up and crashes. */
  readonly poisonPerBatch: number
}

export interface TaskStats {
  readonly partition: number
  committed: number
  checkpoint: number
  streamTime: number
  commits: number
  checkpoints: number
  poisoned: number
  /** Commits that had to wait and try again: the log was full. */
  refused: number
  replayed: number
  restoreMs: number
}

export class Task {
  readonly #spec: TaskSpec
  readonly #bus: Bus
  readonly #lease: Lease
  readonly #limits: TaskLimits
  readonly #clock: () => number
  readonly #backoff: Backoff
  readonly #stop = new AbortController()
  /** Stopped, or the partition was taken away. */
  readonly #leaving: AbortSignal
  readonly #poison = new Poison()
  /** What was marked since the last commit and is not in `dead` yet. */
  #letters: Letter[] = []
  #chain: Chain
  #outputs: Raw[] = []
  #muted = false
  #position: number
  #sinceCheckpoint = 0
  #checkpointAt: number
  readonly stats: TaskStats

  /**
   * `clock`: milliseconds, monotone; only decides when a checkpoint is due, which no output depends on. `backoff`: between
   * commits of the same unit while the log refuses it.
   */
  constructor(spec: TaskSpec, bus: Bus, lease: Lease, limits: TaskLimits, clock: () => number, backoff: Backoff) {
    this.#spec = spec
    this.#bus = bus
    this.#lease = lease
    this.#limits = limits
    this.#clock = clock
    this.#backoff = {
      ...backoff,
      onRetry: (error, tries, wait) => {
        this.stats.refused++
        backoff.onRetry?.(error, tries, wait)
      },
    }
    this.#leaving = AbortSignal.any([this.#stop.signal, lease.signal])
    this.#position = lease.committed
    this.#checkpointAt = clock()
    this.#chain = this.#open()
    this.stats = {
      partition: lease.partition,
      committed: lease.committed,
      checkpoint: lease.committed,
      streamTime: 0,
      commits: 0,
      checkpoints: 0,
      poisoned: 0,
      refused: 0,
      replayed: 0,
      restoreMs: 0,
    }
  }

  get ledger(): LedgerCounts {
    return this.#chain.ledger.counts()
  }

  /** Counters of all stages: `<stage>` → name → count since this task was opened. */
  counts(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return new Map(this.#chain.stages.map(stage => [stage.name, stage.counts]))
  }

  /** Entries of keyed state by stage. */
  sizes(): ReadonlyMap<string, number> {
    return new Map(this.#chain.stages.map(stage => [stage.name, stage.state.size]))
  }

  /**
   * Ends `run` after the batch in hand, with a checkpoint: whoever goes on replays nothing. A log that is full by then gets
   * neither; whoever goes on takes the batch again.
   */
  stop(): void {
    this.#stop.abort()
  }

  /** Runs until stopped, fenced or broken. */
  async run(): Promise<void> {
    try {
      await this.#restore()
      await this.#bury()
      while (!this.#leaving.aborted) {
        const batch = await this.#lease.poll(this.#limits.commitBytes)
        if (batch !== null) await this.#work(batch)
        else if (this.#checkpointDue() && this.#sinceCheckpoint > 0) await this.#commit(this.#position, true)
      }
      if (!this.#lease.signal.aborted && this.#sinceCheckpoint > 0) await this.#commit(this.#position, true)
    } catch (error) {
      // Waiting for room in the log was given up: nothing of the unit in hand is published.
      if (!(error instanceof Retryable && this.#leaving.aborted)) throw error
    }
  }

  async #work(batch: Batch): Promise<void> {
    for (let found = 0; ; found++) {
      try {
        for (const record of batch.records) this.#feed(record)
        break
      } catch (error) {
        if (found >= this.#limits.poisonPerBatch) throw error
        await this.#isolate(error)
      }
    }
    this.#sinceCheckpoint += batch.bytes
    await this.#commit(batch.next, this.#checkpointDue())
  }

  /** A processor threw, so the memory is in doubt: mark the culprit, rebuild, and make it known before going on. */
  async #isolate(error: unknown): Promise<void> {
    this.#mark(error)
    await this.#restore()
    await this.#bury()
  }

  #mark(error: unknown): void {
    this.#letters.push(this.#poison.mark(this.#chain, error, this.#spec.bytesOf))
    this.stats.poisoned++
  }

  /** Dead letters for what was marked, with a checkpoint: it keeps the marks across a crash, and its replay is short. */
  async #bury(): Promise<void> {
    if (this.#letters.length === 0) return
    const { partition } = this.#lease
    for (const letter of this.#letters) {
      const value = { ...letter, group: this.#spec.group, topic: this.#spec.input, partition }
      this.#outputs.push(this.#spec.encode('dead', '', value, letter.time, partition))
    }
    await this.#commit(this.#position, true)
    this.#letters = []
  }

  #feed(record: LogRecord): void {
    const chain = this.#chain
    chain.offset = record.offset
    const poison = this.#poison.begin(record)
    if (poison.skipRecord) return
    this.#spec.feed(record, chain, (value, time, payload) => {
      if (this.#poison.next(value)) chain.ledger.add('poison', payload)
      else chain.process(value, time)
      this.#poison.passed()
    })
    this.#poison.done()
  }

  /** Memory := state at the checkpoint + muted inputs up to the committed position. */
  async #restore(): Promise<void> {
    const started = this.#clock()
    for (let found = 0; ; found++) {
      const checkpoint = await this.#load()
      this.#muted = true
      try {
        let replayed = 0
        for await (const batch of this.#bus.read(this.#spec.input, this.#lease.partition, checkpoint, this.#position)) {
          for (const record of batch.records) this.#feed(record)
          replayed += batch.bytes
        }
        this.stats.replayed += replayed
        this.#sinceCheckpoint = replayed
        break
      } catch (error) {
        // Input that was fine before is not now: new code. What it published stays; it is skipped from here on.
        if (found >= this.#limits.poisonPerBatch) throw error
        this.#mark(error)
      } finally {
        this.#muted = false
      }
    }
    this.stats.restoreMs = this.#clock() - started
  }

  async #load(): Promise<number> {
    this.#chain = this.#open()
    this.#outputs = []
    this.#spec.settled?.(this.#lease.partition, false)
    let meta: Meta | null = null
    for (const stage of this.#chain.stages) {
      const entries = new Map<Key, { value: unknown; order: number; deadline: number }>()
      for await (const batch of this.#bus.read(this.#spec.stateTopic(stage.name), this.#lease.partition, 0)) {
        for (const record of batch.records) {
          if (record.key === null) continue
          const key = readKey(record.key)
          if (key === null) meta = record.value === null ? null : readMeta(record.value)
          else if (record.value === null) entries.delete(key)
          else entries.set(key, readEntry(record.value))
        }
      }
      const { processor, state } = stage
      for (const [key, { value, order, deadline }] of [...entries].sort((x, y) => x[1].order - y[1].order)) {
        state.restore(key, processor.restore === undefined ? value : processor.restore(value), order, deadline)
      }
    }
    // Before the first checkpoint a restart needs all input from the start: commits must say so.
    this.stats.checkpoint = meta?.checkpoint ?? 0
    if (meta === null) return 0
    this.#chain.now = meta.now
    this.#chain.ledger.merge(meta.ledger)
    for (const [i, order] of meta.orders.entries()) {
      const stage = this.#chain.stages[i]
      if (stage !== undefined) stage.state.nextOrder = order
    }
    this.#poison.restore(meta.poison)
    return meta.checkpoint
  }

  #checkpointDue(): boolean {
    return (
      this.#sinceCheckpoint >= this.#limits.checkpointBytes ||
      this.#clock() - this.#checkpointAt >= this.#limits.checkpointMs
    )
  }

  async #commit(next: number, checkpoint: boolean): Promise<void> {
    const state = checkpoint ? this.#checkpoint(next) : []
    const replayFrom = checkpoint ? next : this.stats.checkpoint
    const unit = { next, outputs: this.#outputs, state, replayFrom }
    await retry(() => this.#lease.commit(unit), this.#leaving, this.#backoff)
    this.#outputs = []
    this.#spec.settled?.(this.#lease.partition, true)
    this.#position = next
    this.stats.committed = next
    this.stats.streamTime = this.#chain.now
    this.stats.commits++
    if (!checkpoint) return
    for (const stage of this.#chain.stages) stage.state.stored()
    this.#poison.forget(next)
    this.#sinceCheckpoint = 0
    this.#checkpointAt = this.#clock()
    this.stats.checkpoint = next
    this.stats.checkpoints++
  }

  #checkpoint(next: number): Raw[] {
    const { partition } = this.#lease
    const time = this.#chain.now
    const records: Raw[] = []
    for (const stage of this.#chain.stages) {
      const topic = this.#spec.stateTopic(stage.name)
      const { put, drop } = stage.state.changes()
      for (const entry of put) {
        records.push({ topic, partition, key: keyBytes(entry.key), value: writeEntry(entry, stage.processor), time })
      }
      for (const key of drop) records.push({ topic, partition, key: keyBytes(key), value: null, time })
    }
    const meta: Meta = {
      checkpoint: next,
      now: time,
      ledger: this.#chain.ledger.counts(),
      orders: this.#chain.stages.map(stage => stage.state.nextOrder),
      poison: this.#poison.since(next),
    }
    records.push({
      topic: this.#spec.stateTopic(this.#chain.stages[0]!.name),
      partition,
      key: META_KEY,
      value: writeMeta(meta),
      time,
    })
    return records
  }

  #open(): Chain {
    const { partition } = this.#lease
    const chain = this.#spec.open((topic, key, value, time) => {
      if (!this.#muted) this.#outputs.push(this.#spec.encode(topic, key, value, time, partition))
    })
    chain.dropsTimer = (stage, order) => this.#poison.dropsTimer(stage, order)
    return chain
  }
}
