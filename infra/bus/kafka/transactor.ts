/**
 * A transactional producer: what is handed to `commit` becomes visible as a whole, once.
 *
 *   closed ──open: InitProducerId, read the mark, claim it──► ready ◄────────────────────────┐
 *                                                              │ commit                      │ mark says: committed,
 *                                                              ▼                             │ or not: abort it, again
 *                                  AddPartitionsToTxn ► Produce ► EndTxn ──ok──► ready       │
 *                                          └───────────┴──────────┴─ any error ─► in doubt ──┤ next call: InitProducerId
 *                                                                                            └─► Fenced: the mark is another's
 *
 * InitProducerId ends what the id had under way (completing what was already being committed) and fences every earlier
 * producer of it. After that the mark (marks.ts) says which transaction was the last. So a lost acknowledgement, a time-out, a
 * broker that died and a new owner are one case.
 *
 * Where a mark is still undecided then, the coordinator has forgotten its transaction: one that dies while it ends one, and is
 * back before it knows the topics, takes them for deleted and writes no markers (seen with 4.3, in the logs of a single broker that
 * was killed). A commit is acknowledged before its markers are written, so this may be one that we were told is done. It is ended
 * here: committed if it was acknowledged, aborted if it will be repeated. Of a former owner's, the epoch tells how the
 * coordinator ended it: an abort takes one more than a commit.
 */

import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Raw } from '#schemas/contracts/bus.ts'
import { Fenced, Refused, Retryable } from '#schemas/contracts/errors.ts'
import { compress } from './compression.ts'
import { encodeBatch } from './encode-batch.ts'
import { lostEpoch, reasonOf, tooLarge } from './errors.ts'
import type { ProducerIdentity, TopicPartitions } from './kafkajs.ts'
import { type Mark, type Marks, markRecord, TRANSACTIONS, type Undecided } from './marks.ts'
import { type ProduceTopic, type RoundPart, rounds } from './produce.ts'
import { type ProducePart, produceRequest } from './produce-request.ts'
import type { KafkaStats } from './stats.ts'
import type { ValueFormat } from './value-format.ts'
import type { Calls } from './wire.ts'

export interface TransactorOptions {
  readonly transactionTimeoutMs: number
  readonly requestTimeoutMs: number
  /** Kafka's number of the compression. */
  readonly compression: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Null: values are in Kafka as they are here. */
  readonly format: ValueFormat | null
  /** All partitions that a transaction may have written to. */
  readonly everywhere: () => readonly TopicPartitions[]
  /** Looks up how large batches may be. True: a topic takes less than was known, so that it is worth another try. */
  readonly learnLimits: () => Promise<boolean>
}

/** What a mark says beyond its owner: the position of a lease. */
export interface Position {
  readonly next: number | null
  readonly replayFrom: number | null
}

export const NO_POSITION: Position = { next: null, replayFrom: null }

const PREPARE_MS = 5

export class Transactor {
  readonly #id: string
  readonly #wire: Calls
  readonly #marks: Marks
  readonly #topicOf: (name: string) => ProduceTopic
  readonly #options: TransactorOptions
  readonly #stats: KafkaStats
  readonly #owner = randomUUID()
  readonly #sequences = new Map<string, number>()
  #identity: ProducerIdentity = { producerId: '-1', producerEpoch: 0 }
  #serial = 0
  /** The transaction whose outcome is not known. */
  #doubt: { readonly records: readonly Raw[]; readonly serial: number } | null = null
  /** Committed after all, when another caller had come first: their own callers will ask for them again. */
  readonly #late = new WeakSet<readonly Raw[]>()
  #ready = false

  constructor(
    id: string,
    wire: Calls,
    marks: Marks,
    topicOf: (name: string) => ProduceTopic,
    options: TransactorOptions,
    stats: KafkaStats,
  ) {
    this.#id = id
    this.#wire = wire
    this.#marks = marks
    this.#topicOf = topicOf
    this.#options = options
    this.#stats = stats
  }

  /** Fences every earlier owner of this id and takes its place. Gives the position that was committed last. */
  async open(): Promise<Position> {
    this.#doubt = null
    await this.#initialize()
    await this.#marks.read()
    await this.#endForgotten(({ epoch }) => epoch + 1 === this.#identity.producerEpoch)
    const found = (await this.#marks.read()).get(this.#id)
    const position = found === undefined ? NO_POSITION : { next: found.next, replayFrom: found.replayFrom }
    await this.#transact([], position)
    this.#ready = true
    return position
  }

  /**
   * Writes the records and the position at once. Throws `Retryable` (the same call again, then, with the same array: that is
   * how it is known), `Fenced` or `Refused`.
   */
  async commit(records: readonly Raw[], position: Position): Promise<void> {
    if (!this.#ready) throw new Error(`${this.#id} was not opened`)
    if (this.#doubt !== null) await this.#resolve(records, position)
    if (this.#late.delete(records)) return
    await this.#transact(records, position)
  }

  /** Takes the mark away: this id will not come back. */
  async forget(): Promise<void> {
    const { clock } = this.#options
    await this.#transact(
      [{ topic: TRANSACTIONS, partition: 0, key: Buffer.from(this.#id), value: null, time: clock() * 1000 }],
      null,
    )
  }

  /** Ends the doubt: whose transaction was committed after all is in `#late` then. */
  async #resolve(records: readonly Raw[], { next }: Position): Promise<void> {
    const doubt = this.#doubt!
    // Asked before and after: a new owner that is at work already should not be fenced in turn.
    await this.#ownMark()
    await this.#initialize()
    const mark = await this.#ownMark()
    await this.#endForgotten(({ mark: last }) => last !== null && last.serial < doubt.serial)
    this.#doubt = null
    if (mark.serial < doubt.serial) return
    this.#late.add(doubt.records)
    // A writer's callers do not know of each other. A lease has one, and what it asks for instead would repeat its input.
    if (next === null || doubt.records === records) return
    throw new Error(`${this.#id}: the last transaction was committed, and another one was asked for in its place`)
  }

  /** After InitProducerId, which leaves nothing undecided that the coordinator remembers. */
  async #endForgotten(commits: (forgotten: Undecided) => boolean): Promise<void> {
    const forgotten = this.#marks.undecided(this.#id)
    if (forgotten === null) return
    this.#stats.forgotten++
    try {
      await this.#addPartitions(this.#options.everywhere())
      await this.#end(commits(forgotten))
    } catch (error) {
      const cause = error instanceof Retryable ? error.cause : error
      // It was no forgotten one, but that of a new owner: the mark will say so.
      if (lostEpoch(cause)) throw new Retryable('kafka.transaction-lost', `${this.#id} has a new owner`, { cause })
      throw error
    }
  }

  /** Throws `Fenced` when it is another's. */
  async #ownMark(): Promise<Mark> {
    const mark = (await this.#marks.read()).get(this.#id)
    if (mark !== undefined && mark.owner === this.#owner) return mark
    this.#stats.fenced++
    throw new Fenced(`${this.#id} has another owner`)
  }

  async #initialize(): Promise<void> {
    const { transactionTimeoutMs, requestTimeoutMs } = this.#options
    const what = `InitProducerId of ${this.#id}`
    const deadline = performance.now() + requestTimeoutMs
    this.#identity = await this.#whileConcurrent(deadline, () =>
      this.#wire.coordinator(this.#id, what, broker =>
        broker.initProducerId({ transactionalId: this.#id, transactionTimeout: transactionTimeoutMs }),
      ),
    )
    this.#sequences.clear()
  }

  /** Null: without a mark. */
  async #transact(records: readonly Raw[], position: Position | null): Promise<void> {
    const started = performance.now()
    const { format } = this.#options
    const formatted = await (format?.encode(records, name => this.#topicOf(name).kafkaName) ?? records)
    const serial = ++this.#serial
    const time = this.#options.clock()
    const mark =
      position === null ? [] : [markRecord(this.#id, { owner: this.#owner, serial, ...position }, time * 1000)]
    const marked = [...formatted, ...mark]
    const work = rounds(marked, this.#topicOf)
    try {
      await this.#wire.know(work.partitions.map(({ topic }) => topic))
      await this.#addPartitions(work.partitions)
      for (const round of work.rounds) await this.#produce(round, time)
      await this.#end(true)
    } catch (error) {
      await this.#failed(error, records, serial)
    }
    this.#stats.commits++
    this.#stats.commitMs += performance.now() - started
    this.#stats.producedBytes += work.bytes
  }

  /** Always throws. */
  async #failed(error: unknown, records: readonly Raw[], serial: number): Promise<never> {
    this.#stats.aborts++
    this.#doubt = { records, serial }
    const cause = error instanceof Retryable ? error.cause : error
    if (tooLarge(cause)) {
      // Perhaps nobody will ask for it again: readers should not wait for its time-out.
      await this.#end(false).catch(() => {})
      const why = `${this.#id}: the broker takes no message as large: ${String(cause)}`
      if (await this.#options.learnLimits()) throw new Retryable('kafka.limits-changed', why, { cause })
      throw new Refused('record-too-large', why, { cause })
    }
    if (lostEpoch(cause)) {
      if (this.#ready) await this.#ownMark()
      throw new Retryable('kafka.transaction-lost', `${this.#id}: the transaction was ended by somebody else`, {
        cause,
      })
    }
    throw error
  }

  async #addPartitions(topics: readonly TopicPartitions[]): Promise<void> {
    const deadline = performance.now() + this.#options.requestTimeoutMs
    await this.#whileConcurrent(deadline, () =>
      this.#wire.coordinator(this.#id, `AddPartitionsToTxn of ${this.#id}`, broker =>
        broker.addPartitionsToTxn({ transactionalId: this.#id, ...this.#identity, topics }),
      ),
    )
  }

  /** The coordinator may still be writing the markers of the transaction before: milliseconds. */
  async #whileConcurrent<T>(deadline: number, call: () => Promise<T>): Promise<T> {
    for (let wait = PREPARE_MS; ; wait = Math.min(wait * 2, 100)) {
      try {
        return await call()
      } catch (error) {
        const concurrent = error instanceof Retryable && reasonOf(error.cause) === 'CONCURRENT_TRANSACTIONS'
        if (!concurrent || performance.now() > deadline) throw error
        await delay(wait)
      }
    }
  }

  /** One batch per partition, to all leaders at once. */
  async #produce(round: readonly RoundPart[], timestamp: number): Promise<void> {
    const { requestTimeoutMs } = this.#options
    const leaders = await Promise.all(round.map(({ topic, partition }) => this.#wire.leaderId(topic, partition)))
    const encoded = await Promise.all(round.map(part => this.#encode(part, timestamp)))
    const byNode = Map.groupBy(encoded, part => leaders[encoded.indexOf(part)]!)
    const calls = [...byNode].map(([node, parts]) =>
      this.#wire.node(node, `produce of ${this.#id}`, broker =>
        broker.connectionPool.send(produceRequest(this.#id, requestTimeoutMs, parts)),
      ),
    )
    // All must have ended before the transaction is given up: a late one would fall into the next.
    const ends = await Promise.allSettled(calls)
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  async #encode({ topic, partition, messages }: RoundPart, timestamp: number): Promise<ProducePart> {
    const { compression } = this.#options
    const firstSequence = this.#sequence(topic, partition, messages.length)
    const batch = await encodeBatch(messages, { ...this.#identity, firstSequence, timestamp, compression, compress })
    return { topic, partition, batch }
  }

  #sequence(topic: string, partition: number, count: number): number {
    const name = `${topic}/${partition}`
    const sequence = this.#sequences.get(name) ?? 0
    this.#sequences.set(name, (sequence + count) % 2 ** 31)
    return sequence
  }

  async #end(commit: boolean): Promise<void> {
    await this.#wire.coordinator(this.#id, `EndTxn of ${this.#id}`, broker =>
      broker.endTxn({ transactionalId: this.#id, ...this.#identity, transactionResult: commit }),
    )
  }
}
