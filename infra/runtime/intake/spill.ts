/**
 * Rounds of one source on disk, while the main log is away. A log of its own below one topic per source; records are rounds.
 *
 * Exactly once. Every append to the main log carries the number of its last round (the mark) in the same transaction. So
 * it does not matter where a crash comes between the append there and the commit here that lets go of the rounds: those
 * up to the mark are skipped. The mark's key holds the identity of this spill: one that was deleted and made anew, or that
 * of another node, has another, and its numbers mean nothing to it.
 *
 *   crash before the append to the main log   mark old, position here old    appended after the restart
 *   crash between append and commit           mark new, position here old    skipped after the restart
 *   crash after the commit                    mark new, position here new    gone from here
 */
import { createHash, randomUUID } from 'node:crypto'
import { decodeRecord, encodeRecord, type Position } from '#schemas/avro/records.ts'
import { TOPICS, type TopicSpec } from '#schemas/avro/topics.ts'
import type { Bus, Lease, Raw } from '#schemas/contracts/bus.ts'
import type { Round } from './round.ts'
import { type Sealed, seal, unseal } from './sealed.ts'

/** A log for nothing but this. `trim` deletes what was committed (retention). */
export interface SpillLog {
  readonly bus: Bus
  trim(): Promise<unknown>
}

/** The oldest rounds, with where they end. */
export interface SpillHead {
  readonly rounds: readonly Round[]
  readonly next: number
  /** Bytes of all rounds ever put here, these included. */
  readonly total: number
}

const GROUP = 'spill'
/** Source → identity of its spill. */
const SOURCES: TopicSpec = {
  name: 'spill.sources',
  key: 'source',
  schema: 'position',
  cleanup: 'compact',
  retention: null,
  partitions: 1,
}

export class Spill implements AsyncDisposable {
  readonly #log: SpillLog
  readonly #topic: string
  readonly #markKey: string
  readonly #lease: Lease
  readonly #release: () => Promise<void>
  /** Offset of the oldest round that is kept. */
  #first: number
  #next: number
  /** Bytes of all rounds ever let go, and ever put here. */
  #gone = 0
  #total = 0
  /** The highest number there is, here or in the main log, when this was opened. */
  lastSeq: number
  /** The highest number in the main log, when this was opened. */
  readonly mark: number
  /** Records of the newest round that the main log does not have, when this was opened. */
  newest: readonly Raw[] = []

  /**
   * Reads the mark of `source` from the main log, which must be there. Whoever appended for this source before can append
   * no more by now (`Bus.writer`). Nobody else has this spill: the log that it is in has one owner.
   */
  static async open(log: SpillLog, main: Pick<Bus, 'read'>, source: string): Promise<Spill> {
    const spec = topicOf(source)
    const topic = spec.name
    await log.bus.ensure([SOURCES, spec])
    const markKey = `spill:${await identityOf(log.bus, source)}`
    const mark = await storedMark(main, markKey)
    const held = Promise.withResolvers<Lease>()
    const over = Promise.withResolvers<void>()
    const membership = await log.bus.join(GROUP, topic, lease => {
      held.resolve(lease)
      lease.signal.addEventListener('abort', () => over.resolve())
      return over.promise
    })
    const release = async (): Promise<void> => {
      over.resolve()
      await membership[Symbol.asyncDispose]()
    }
    const { next } = await log.bus.bounds(topic, 0)
    const spill = new Spill(log, topic, markKey, await held.promise, next, mark, release)
    await spill.#look()
    return spill
  }

  private constructor(
    log: SpillLog,
    topic: string,
    markKey: string,
    lease: Lease,
    next: number,
    mark: number,
    release: () => Promise<void>,
  ) {
    this.#log = log
    this.#topic = topic
    this.#markKey = markKey
    this.#lease = lease
    this.#first = lease.committed
    this.#next = next
    this.mark = mark
    this.lastSeq = mark
    this.#release = release
  }

  get empty(): boolean {
    return this.#first >= this.#next
  }

  get bytes(): number {
    return this.#total - this.#gone
  }

  /** All of them or none, behind what is here. Throws `Retryable` when the spill is full. */
  async put(rounds: readonly Round[]): Promise<void> {
    let total = this.#total
    const records = rounds.map((round): Raw => {
      total += round.bytes
      const time = round.records[0]?.time ?? 0
      return { topic: this.#topic, partition: 0, key: null, value: seal(round, total), time }
    })
    await this.#log.bus.append(records)
    this.#total = total
    this.#next += rounds.length
  }

  /** Only when it is not empty. The rounds are copies. */
  async head(): Promise<SpillHead> {
    for await (const batch of this.#log.bus.read(this.#topic, 0, this.#first, this.#next)) {
      const sealed = batch.records.map(({ value }) => unseal(value!))
      return { rounds: sealed.map(({ round }) => round), next: batch.next, total: sealed.at(-1)!.total }
    }
    throw new Error(`${this.#topic}: no round between ${this.#first} and ${this.#next}`)
  }

  /** Lets go of the head: the main log has its rounds. May be called again after a throw. */
  async settle({ next, total }: SpillHead): Promise<void> {
    await this.#lease.commit({ next, outputs: [], state: [] })
    this.#first = next
    this.#gone = total
    await this.#log.trim()
  }

  /** What an append to the main log must carry when `seq` is the last of its rounds. */
  markOf(seq: number, time: number): Raw {
    const value = encodeRecord('positions', { source: this.#markKey, position: seq })
    return { topic: TOPICS.positions.name, key: Buffer.from(this.#markKey), value, time }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#release()
  }

  /** The counts as they were before the restart. */
  async #look(): Promise<void> {
    const { bus } = this.#log
    const { first } = await bus.bounds(this.#topic, 0)
    if (this.#next > first) {
      const { round, total } = await this.#at(this.#next - 1)
      this.#total = this.#gone = total
      this.lastSeq = Math.max(this.lastSeq, round.seq)
      if (!this.empty && round.seq > this.mark) this.newest = round.records
    }
    if (this.empty) return
    const { round, total } = await this.#at(this.#first)
    this.#gone = total - round.bytes
  }

  async #at(offset: number): Promise<Sealed> {
    for await (const batch of this.#log.bus.read(this.#topic, 0, offset, offset + 1))
      return unseal(batch.records[0]!.value!)
    throw new Error(`${this.#topic}: no round at ${offset}`)
  }
}

/** Sources that have left something: some may be configured no more. */
export async function spilledSources({ bus }: SpillLog): Promise<readonly string[]> {
  await bus.ensure([SOURCES])
  const sources = new Set<string>()
  for await (const { records } of bus.read(SOURCES.name, 0, 0)) {
    for (const { key } of records) if (key !== null) sources.add(Buffer.from(key).toString())
  }
  const left: string[] = []
  for (const source of sources) {
    const topic = topicOf(source)
    const { first, next } = await bus.bounds(topic.name, 0)
    const [position] = await bus.committed(GROUP, topic.name)
    if (next > (position ?? first)) left.push(source)
  }
  return left
}

/** What was committed is not kept at all. */
function topicOf(source: string): TopicSpec {
  const name = `spill.${createHash('sha256').update(source).digest('hex').slice(0, 16)}`
  return { ...SOURCES, name, cleanup: 'delete', retention: { ms: 0, bytes: 0 } }
}

async function identityOf(bus: Bus, source: string): Promise<string> {
  const known = await newestOf(bus, SOURCES.name, source)
  if (known !== null) return Buffer.from(known).toString()
  const identity = randomUUID()
  await bus.append([{ topic: SOURCES.name, key: Buffer.from(source), value: Buffer.from(identity), time: 0 }])
  return identity
}

async function storedMark(main: Pick<Bus, 'read'>, key: string): Promise<number> {
  const value = await newestOf(main, TOPICS.positions.name, key)
  return value === null ? 0 : ((decodeRecord('positions', value) as Position).position as number)
}

async function newestOf(bus: Pick<Bus, 'read'>, topic: string, key: string): Promise<Uint8Array | null> {
  let newest: Uint8Array | null = null
  for await (const { records } of bus.read(topic, 0, 0)) {
    for (const record of records) {
      if (record.key === null || Buffer.from(record.key).toString() !== key) continue
      newest = record.value === null ? null : new Uint8Array(record.value)
    }
  }
  return newest
}
