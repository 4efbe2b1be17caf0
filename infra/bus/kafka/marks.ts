/**
 * The topic `transactions`: per transactional id, the newest transaction that was committed.
 *
 * Every transaction carries one such record. It is the position of a lease, and the answer to what became of a commit whose
 * acknowledgement was lost. Consumer-group offsets would do for neither: kafkajs cannot commit them with a generation
 * inside a transaction, and brokers before 4.0 may show them a moment later than the transaction's records.
 *
 * It is read without isolation, from the first offset: whether a transaction was committed is told by the markers, and
 * only those of one's own id count. The last stable offset would do as well, but every open transaction of another id
 * (also of a process that was killed) holds it back.
 */
import { decodeState, encodeState } from '#schemas/avro/records.ts'
import type { Raw } from '#schemas/contracts/bus.ts'
import type { Decompress, RecordBatch } from './batches.ts'
import { decidedEnd, endOf, fetch, untilSettled } from './fetch.ts'
import type { Calls } from './wire.ts'

export const TRANSACTIONS = 'transactions'

export interface Mark {
  /** Who committed it: a number of its own for every lease and writer that was ever opened. */
  readonly owner: string
  /** Counts the owner's transactions. */
  readonly serial: number
  /** Of a lease: where its group goes on, null when it never committed. Of a writer: null. */
  readonly next: number | null
  /** Of a lease: the lowest input offset that a restart still reads. */
  readonly replayFrom: number | null
}

export function markRecord(id: string, { owner, serial, next, replayFrom }: Mark, time: number): Raw {
  return {
    topic: TRANSACTIONS,
    partition: 0,
    key: Buffer.from(id),
    value: encodeState([owner, serial, next, replayFrom]),
    time,
  }
}

const READ_BYTES = 4 * 1024 * 1024
const WAIT_MS = 100

export interface Undecided {
  /** Null: the id was to be forgotten. */
  readonly mark: Mark | null
  /** Of the producer that wrote it. */
  readonly epoch: number
}

/** What the open transaction of a producer says. */
interface Open {
  /** Of its first record. */
  readonly offset: number
  readonly epoch: number
  readonly marks: Map<string, Mark | null>
  /** It was waited for in vain: once is enough. */
  stuck: boolean
}

/** Keeps what it has read: every call reads only what came since. */
export class Marks {
  readonly #wire: Calls
  readonly #decompress: Decompress
  readonly #topic: string
  readonly #newest = new Map<string, Mark>()
  /** By producer. */
  readonly #open = new Map<number, Open>()
  #next = 0
  #reading: Promise<void> | null = null

  /** `topic`: its name in Kafka. */
  constructor(wire: Calls, decompress: Decompress, topic: string) {
    this.#wire = wire
    this.#decompress = decompress
    this.#topic = topic
  }

  /** The marks by transactional id, as of a moment after the call. */
  async read(): Promise<ReadonlyMap<string, Mark>> {
    // One that is under way may have passed the end already.
    if (this.#reading !== null) await this.#reading.catch(() => {})
    this.#reading ??= this.#catchUp().finally(() => {
      this.#reading = null
    })
    await this.#reading
    return this.#newest
  }

  /** The mark of a transaction of this id that, as of the last `read`, had neither been committed nor aborted. */
  undecided(id: string): Undecided | null {
    for (const { marks, epoch } of this.#open.values()) {
      const mark = marks.get(id)
      if (mark !== undefined) return { mark, epoch }
    }
    return null
  }

  /** As `read`, when nothing is under way any more that could change the marks of `ids`; `patienceMs` is waited for that. */
  async settled(ids: readonly string[], patienceMs: number): Promise<ReadonlyMap<string, Mark>> {
    await this.read()
    const underWay = (): Open[] =>
      [...this.#open.values()].filter(({ marks, stuck }) => !stuck && ids.some(id => marks.has(id)))
    const settled = await untilSettled(patienceMs, async () => {
      if (underWay().length === 0) return true
      await this.#readMarkers()
      return underWay().length === 0
    })
    if (!settled) for (const open of underWay()) open.stuck = true
    return this.#newest
  }

  /** What is decided and still seems open lost its marker to compaction, and its record before: a newer one counts. */
  async #readMarkers(): Promise<void> {
    const decided = await decidedEnd(this.#wire, this.#topic, 0)
    await this.read()
    for (const [producerId, { offset }] of this.#open) if (offset < decided) this.#open.delete(producerId)
  }

  async #catchUp(): Promise<void> {
    const options = { maxBytes: READ_BYTES, maxWaitMs: WAIT_MS, committed: false }
    const end = await endOf(this.#wire, this.#topic, 0)
    while (this.#next < end) {
      const fetched = await fetch(this.#wire, this.#decompress, this.#topic, 0, this.#next, options)
      for (const batch of fetched.batches) this.#take(batch)
      this.#next = fetched.next
    }
  }

  #take({ producerId, producerEpoch: epoch, control, records }: RecordBatch): void {
    if (control !== null) this.#decide(producerId, control === 'commit')
    for (const { offset, key, value } of control === null ? records : []) {
      if (offset < this.#next || key === null) continue
      let open = this.#open.get(producerId)
      if (open === undefined) this.#open.set(producerId, (open = { offset, epoch, marks: new Map(), stuck: false }))
      open.marks.set(Buffer.from(key).toString(), value === null ? null : readMark(value))
    }
  }

  #decide(producerId: number, committed: boolean): void {
    const open = this.#open.get(producerId)
    this.#open.delete(producerId)
    if (open === undefined || !committed) return
    for (const [id, mark] of open.marks) {
      if (mark === null) this.#newest.delete(id)
      else this.#newest.set(id, mark)
    }
  }
}

function readMark(value: Uint8Array): Mark {
  const [owner, serial, next, replayFrom] = decodeState(value) as [string, number, number | null, number | null]
  return { owner, serial, next, replayFrom }
}
