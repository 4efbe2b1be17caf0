import type { Batch, Bounds, LogRecord, Raw } from '#schemas/contracts/bus.ts'

/** One partition in memory: records in order of offset, with holes where compaction removed an older value. */
export class MemoryPartition {
  readonly #topic: string
  readonly #partition: number
  readonly #compact: boolean
  /** Sorted by offset. A removed record stays as null until the holes outnumber the records. */
  #records: (LogRecord | null)[] = []
  /** Offset of `#records[i]`, kept apart so that holes can be searched too. */
  #offsets: number[] = []
  /** Of a compacted topic: offset of the newest value of each key. */
  readonly #newest = new Map<string, number>()
  #live = 0
  #next = 0
  /** Key and value bytes of all records. */
  bytes = 0

  constructor(topic: string, partition: number, compact: boolean) {
    this.#topic = topic
    this.#partition = partition
    this.#compact = compact
  }

  append(raw: Raw): void {
    const offset = this.#next++
    if (this.#compact && raw.key !== null) {
      const name = Buffer.from(raw.key).toString('latin1')
      const older = this.#newest.get(name)
      if (older !== undefined) this.#remove(older)
      if (raw.value === null) {
        this.#newest.delete(name)
        return
      }
      this.#newest.set(name, offset)
    }
    this.#records.push({ offset, key: copy(raw.key), value: copy(raw.value), time: raw.time })
    this.#offsets.push(offset)
    this.#live++
    this.bytes += sizeOf(raw)
  }

  /** Deletes the oldest records before `end`, as many as have `bytes` at least. */
  trim(end: number, bytes: number): void {
    const most = this.#indexOf(end)
    const target = this.bytes - bytes
    let count = 0
    for (; count < most && this.bytes > target; count++) {
      const record = this.#records[count]!
      if (record === null) continue
      this.bytes -= sizeOf(record)
      this.#live--
    }
    this.#records.splice(0, count)
    this.#offsets.splice(0, count)
  }

  bounds(): Bounds {
    const first = this.#records.find(record => record !== null)
    return { first: first?.offset ?? this.#next, next: this.#next }
  }

  /** Up to `maxBytes`, but at least one record when there is one before `until`. */
  read(from: number, until: number, maxBytes: number): Batch | null {
    const records: LogRecord[] = []
    let bytes = 0
    for (let i = this.#indexOf(from); i < this.#records.length; i++) {
      const record = this.#records[i]!
      if (record === null) continue
      if (record.offset >= until) break
      const size = sizeOf(record)
      if (records.length > 0 && bytes + size > maxBytes) break
      records.push(record)
      bytes += size
    }
    const last = records.at(-1)
    if (last === undefined) return null
    return { topic: this.#topic, partition: this.#partition, records, next: last.offset + 1, bytes }
  }

  #remove(offset: number): void {
    const index = this.#indexOf(offset)
    this.bytes -= sizeOf(this.#records[index]!)
    this.#records[index] = null
    this.#live--
    if (this.#records.length < 64 || this.#live * 2 > this.#records.length) return
    this.#records = this.#records.filter(record => record !== null)
    this.#offsets = this.#records.map(record => record!.offset)
  }

  /** Index of the first slot at or after `offset`. */
  #indexOf(offset: number): number {
    let low = 0
    let high = this.#offsets.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#offsets[middle]! < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

function sizeOf({ key, value }: Pick<LogRecord, 'key' | 'value'>): number {
  return (key?.length ?? 0) + (value?.length ?? 0)
}

/** Producers may reuse their memory as soon as `append` returns. */
function copy(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : new Uint8Array(bytes)
}
