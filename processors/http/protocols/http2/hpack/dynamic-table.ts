/**
 * The dynamic table of one direction (RFC 7541 §2.3.2), as far as it is known.
 *
 *   index 62            the newest entry
 *   62 .. 61 + count    entries that were seen being inserted
 *   beyond              `older`: entries that the encoder may still have, and nobody knows; otherwise nothing: an error
 *
 * Who joins in the middle has seen no insertions: all that is there is older. From then on positions count from the newest
 * entry, whatever stands behind, so what is inserted is known at its index at once. An entry that the encoder has
 * evicted and this table has not changes nothing: no encoder refers to what is gone. Hence the law: an answer is the
 * encoder's own entry, or unknown, or an error; it holds as long as no insertion was missed (`lose` when one may have been).
 */
import type { Field } from '../field.ts'

/** RFC 7541 §4.1: the smallest an entry can be. */
const SMALLEST = 32

/** SETTINGS_HEADER_TABLE_SIZE before anybody says anything (RFC 9113 §6.5.2). */
export const DEFAULT_SIZE = 4096

export interface TableSnapshot {
  /** Newest first. */
  readonly entries: readonly Field[]
  readonly max: number | null
  readonly older: boolean
}

export class DynamicTable {
  /** A ring: entry i, counted from the newest, is at (#newest - i) mod length, which is a power of two. */
  #ring: (Field | undefined)[] = new Array(16)
  #newest = 0
  #count = 0
  /** Sum of the sizes of the known entries. Of an entry with an unknown name, the least that it can be. */
  size = 0
  /** The encoder's limit; infinite when it is unknown. */
  #max = DEFAULT_SIZE
  #older = false
  /** Most that is kept: entries beyond it become unknown. */
  readonly #cap: number

  constructor(cap: number) {
    this.#cap = cap
  }

  /** Entries that were not seen may be there. */
  get older(): boolean {
    return this.#older
  }

  /** Entry of index `61 + nth`, nth from 1; undefined when it is not known, or not there (`older` tells). */
  get(nth: number): Field | undefined {
    return nth > this.#count ? undefined : this.#ring[(this.#newest - nth + 1) & (this.#ring.length - 1)]
  }

  insert(field: Field): void {
    // Whoever goes by the encoder's limit, all that is older went before.
    if (this.#evict(this.#max - field.size)) this.#older = false
    if (field.size > this.#max) {
      // RFC 7541 §4.4: it empties the table and is not inserted. Of an unknown name the real size is larger still.
      this.#older = false
      return
    }
    if (this.#evict(this.#cap - field.size)) this.#older = true
    if (field.size > this.#cap) {
      this.#older = true
      return
    }
    if (this.#count === this.#ring.length) this.#grow()
    this.#newest = (this.#newest + 1) & (this.#ring.length - 1)
    this.#ring[this.#newest] = field
    this.#count++
    this.size += field.size
    this.#look()
  }

  /** A dynamic table size update (RFC 7541 §6.3). */
  resize(max: number): void {
    this.#max = max
    if (this.#evict(max)) this.#older = false
    this.#look()
  }

  /** Insertions and size updates may have been missed: what was known is known no more. */
  lose(): void {
    this.#evict(-1)
    this.#max = Number.POSITIVE_INFINITY
    this.#older = true
  }

  /** The beginning of the connection: nothing is there yet. */
  begin(): void {
    this.#evict(-1)
    this.#max = DEFAULT_SIZE
    this.#older = false
  }

  snapshot(): TableSnapshot {
    const entries = Array.from({ length: this.#count }, (_, i) => this.get(i + 1)!)
    return { entries, max: Number.isFinite(this.#max) ? this.#max : null, older: this.#older }
  }

  restore(from: TableSnapshot): void {
    this.begin()
    this.#max = Number.POSITIVE_INFINITY
    for (const field of from.entries.toReversed()) this.insert(field)
    this.#max = from.max ?? Number.POSITIVE_INFINITY
    this.#older = from.older
  }

  /** True when entries had to go. */
  #evict(room: number): boolean {
    const before = this.#count
    while (this.#count > 0 && this.size > room) {
      const oldest = (this.#newest - this.#count + 1) & (this.#ring.length - 1)
      this.size -= this.#ring[oldest]!.size
      this.#ring[oldest] = undefined
      this.#count--
    }
    return this.#count < before
  }

  /** Where the known entries leave no room for the smallest one, nothing older is left. */
  #look(): void {
    if (this.#older && this.size + SMALLEST > this.#max) this.#older = false
  }

  #grow(): void {
    const ring: (Field | undefined)[] = new Array(2 * this.#ring.length)
    for (let i = 0; i < this.#count; i++) ring[this.#count - 1 - i] = this.get(i + 1)
    this.#ring = ring
    this.#newest = this.#count - 1
  }
}
