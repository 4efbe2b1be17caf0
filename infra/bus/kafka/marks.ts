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
import { setTimeout as delay } from 'node:timers/promises'
import { decodeState, encodeState } from '#schemas/avro/records.ts'
import type { Raw } from '#schemas/contracts/bus.ts'
import { Retryable } from '#schemas/contracts/errors.ts'
import type { Decompress, RecordBatch } from './batches.ts'
import { fetch } from './fetch.ts'
import type { Wire } from './wire.ts'

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

const SETTLE_MS = 3
const READ_BYTES = 4 * 1024 * 1024

/** Keeps what it has read: every call reads only what came since. */
export class Marks {
  readonly #wire: Wire
  readonly #decompress: Decompress
  readonly #topic: string
  readonly #newest = new Map<string, Mark>()
  /** Per producer: what its open transaction says. */
  readonly #open = new Map<number, Map<string, Mark | null>>()
  #next = 0
  #reading: Promise<void> | null = null

  /** `topic`: its name in Kafka. */
  constructor(wire: Wire, decompress: Decompress, topic: string) {
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

  /** As `read`, when nothing is under way any more that could change the marks of `ids`. */
  async settled(ids: readonly string[], patienceMs: number): Promise<ReadonlyMap<string, Mark>> {
    const deadline = performance.now() + patienceMs
    for (let wait = SETTLE_MS; ; wait = Math.min(wait * 2, 100)) {
      const marks = await this.read()
      const open = [...this.#open.values()]
      if (!ids.some(id => open.some(said => said.has(id)))) return marks
      if (performance.now() > deadline)
        throw new Retryable('kafka.open-transaction', `a transaction of ${ids[0]} (or its like) is still open`)
      await delay(wait)
    }
  }

  async #catchUp(): Promise<void> {
    const options = { maxBytes: READ_BYTES, maxWaitMs: 0, committed: false }
    for (let end = -1; ; ) {
      const fetched = await fetch(this.#wire, this.#decompress, this.#topic, 0, this.#next, options)
      for (const batch of fetched.batches) this.#take(batch)
      this.#next = fetched.next
      if (end < 0) end = fetched.highWatermark
      if (this.#next >= end) return
    }
  }

  #take({ producerId, control, records }: RecordBatch): void {
    if (control !== null) {
      const said = this.#open.get(producerId)
      this.#open.delete(producerId)
      if (said === undefined || control === 'abort') return
      for (const [id, mark] of said) {
        if (mark === null) this.#newest.delete(id)
        else this.#newest.set(id, mark)
      }
      return
    }
    let said = this.#open.get(producerId)
    for (const { offset, key, value } of records) {
      if (offset < this.#next || key === null) continue
      if (said === undefined) this.#open.set(producerId, (said = new Map()))
      said.set(Buffer.from(key).toString(), value === null ? null : readMark(value))
    }
  }
}

function readMark(value: Uint8Array): Mark {
  const [owner, serial, next, replayFrom] = decodeState(value) as [string, number, number | null, number | null]
  return { owner, serial, next, replayFrom }
}
