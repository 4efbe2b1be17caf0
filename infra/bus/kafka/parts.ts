/**
 * A value that is longer than its topic takes travels as parts: messages in a row of one producer, in one partition and one
 * transaction, each with the header `part`: number and count, and bytes of all parts (uint32 little-endian each). Readers see one
 * record, at the offset of the first part.
 *
 * Other producers' messages may stand between the parts, and a fetch may end anywhere. Records come out in the order of their
 * offsets all the same, so those behind an unfinished value wait until it is whole:
 *
 *   A0 b B0 A1 c B1 d    ──►    (A0 A1) b (B0 B1) c d
 *
 * What waits is in memory: the value, and what its fetches brought besides. The end of the producer's transaction gives up a
 * value that is not whole by then; a correct log never shows one, unless the reader began inside it.
 */
import type { LogRecord } from '#schemas/contracts/bus.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import type { RecordBatch, StoredRecord } from './batches.ts'
import { logRecord, PART } from './headers.ts'

export interface Joined {
  readonly records: readonly LogRecord[]
  /** Where a reader that knows nothing goes on: behind these records, and before every unfinished value. */
  readonly next: number
}

/** What `part` says of a value. */
interface Part {
  readonly number: number
  readonly count: number
  readonly bytes: number
}

/** A value of which the first part was seen. */
class Value {
  readonly first: StoredRecord
  readonly #whole: Part
  #pieces: Uint8Array[] = []
  #bytes = 0
  /** Null until it is whole; 'none' when it will never be. */
  record: LogRecord | 'none' | null = null

  constructor(first: StoredRecord, whole: Part) {
    this.first = first
    this.#whole = whole
  }

  /** False: this is not its next part. */
  add(piece: Uint8Array, { number, count, bytes }: Part): boolean {
    const whole = this.#whole
    this.#bytes += piece.length
    if (number !== this.#pieces.length || count !== whole.count || bytes !== whole.bytes) return false
    if (this.#bytes > bytes) return false
    this.#pieces.push(piece)
    if (number < count - 1) return true
    if (this.#bytes !== bytes) return false
    this.record = logRecord(this.first, Buffer.concat(this.#pieces, bytes))
    return true
  }

  giveUp(): void {
    this.record = 'none'
    this.#pieces = []
  }
}

/** The parts of one partition, over any number of fetches. */
export class Joiner {
  /** In the order of the offsets. Empty, or begins with an unfinished value. */
  #waiting: (LogRecord | Value)[] = []
  /** Unfinished values by producer: one at most each. */
  readonly #open = new Map<number, Value>()

  /** Readable batches (`visible`), of which those before offset `from` are known, of a fetch that ended at `next`. */
  join(batches: readonly RecordBatch[], from: number, next: number): Joined {
    for (const batch of batches) {
      if (batch.control !== null) this.#giveUp(batch.producerId)
      else for (const record of batch.records) if (record.offset >= from) this.#add(record, batch)
    }
    return this.#ready(next)
  }

  /** What would have come was deleted: values that were begun stay unfinished. */
  skip(): void {
    for (const producerId of this.#open.keys()) this.#giveUp(producerId)
  }

  #add(record: StoredRecord, { producerId, transactional }: RecordBatch): void {
    const header = transactional ? record.headers.get(PART) : undefined
    if (header === undefined || record.value === null) {
      if (this.#open.size > 0) this.#giveUp(producerId)
      this.#waiting.push(logRecord(record, record.value))
      return
    }
    const part = partOf(header)
    if (part.number === 0) {
      this.#giveUp(producerId)
      const value = new Value(record, part)
      this.#open.set(producerId, value)
      this.#waiting.push(value)
    }
    const value = this.#open.get(producerId)
    if (value === undefined) return // it began before this reader did
    if (!value.add(record.value, part)) this.#giveUp(producerId)
    else if (value.record !== null) this.#open.delete(producerId)
  }

  #giveUp(producerId: number): void {
    this.#open.get(producerId)?.giveUp()
    this.#open.delete(producerId)
  }

  /** Everything before the first unfinished value. */
  #ready(next: number): Joined {
    const records: LogRecord[] = []
    let ready = 0
    for (; ready < this.#waiting.length; ready++) {
      const entry = this.#waiting[ready]!
      if (!(entry instanceof Value)) records.push(entry)
      else if (entry.record === null) break
      else if (entry.record !== 'none') records.push(entry.record)
    }
    this.#waiting = this.#waiting.slice(ready)
    const unfinished = this.#waiting[0]
    return { records, next: unfinished instanceof Value ? unfinished.first.offset : next }
  }
}

/** The header of part `number`. */
export function partHeader(number: number, count: number, bytes: number): Buffer {
  const header = Buffer.allocUnsafe(12)
  header.writeUInt32LE(number, 0)
  header.writeUInt32LE(count, 4)
  header.writeUInt32LE(bytes, 8)
  return header
}

function partOf(header: Uint8Array): Part {
  if (header.length !== 12) throw new Refused('kafka.bad-part', `a part header of ${header.length} bytes, not 12`)
  const view = new DataView(header.buffer, header.byteOffset)
  return { number: view.getUint32(0, true), count: view.getUint32(4, true), bytes: view.getUint32(8, true) }
}
