/**
 * Queues by address: the oldest item of the address with the most weight comes first. Addresses share BUCKETS queues by
 * hash, a cheap approximation: whoever shares a bucket with a flood is evicted with it, the others are not.
 *
 * Invariant: the order inside a bucket is the order of `add`. Nothing depends on hashes of a Map, or on time.
 */
export class Link<T> {
  readonly item: T
  readonly bucket: number
  weight: number
  earlier: Link<T> | null = null
  later: Link<T> | null = null

  constructor(item: T, bucket: number, weight: number) {
    this.item = item
    this.bucket = bucket
    this.weight = weight
  }
}

export const BUCKETS = 256

export class FairQueue<T> {
  size = 0
  weight = 0
  readonly #oldest: (Link<T> | null)[] = new Array(BUCKETS).fill(null)
  readonly #newest: (Link<T> | null)[] = new Array(BUCKETS).fill(null)
  readonly #weights = new Float64Array(BUCKETS)

  add(item: T, bucket: number, weight: number): Link<T> {
    const link = new Link(item, bucket, weight)
    const last = this.#newest[bucket]!
    link.earlier = last
    if (last === null) this.#oldest[bucket] = link
    else last.later = link
    this.#newest[bucket] = link
    this.size++
    this.weight += weight
    this.#weights[bucket]! += weight
    return link
  }

  remove(link: Link<T>): void {
    const { bucket, earlier, later } = link
    if (earlier === null) this.#oldest[bucket] = later
    else earlier.later = later
    if (later === null) this.#newest[bucket] = earlier
    else later.earlier = earlier
    this.size--
    this.weight -= link.weight
    this.#weights[bucket]! -= link.weight
  }

  weigh(link: Link<T>, weight: number): void {
    this.weight += weight - link.weight
    this.#weights[link.bucket]! += weight - link.weight
    link.weight = weight
  }

  *items(): IterableIterator<T> {
    for (const oldest of this.#oldest) for (let link = oldest; link !== null; link = link.later) yield link.item
  }

  /** Oldest link of the heaviest bucket (the lowest of equal ones); null when empty. Costs a look at every bucket. */
  first(): Link<T> | null {
    if (this.size === 0) return null
    let heaviest = 0
    for (let i = 1; i < BUCKETS; i++) if (this.#weights[i]! > this.#weights[heaviest]!) heaviest = i
    return this.#oldest[heaviest]!
  }
}

/** Bucket of an address, given as bytes [from, to): FNV-1a. */
export function bucketOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (BUCKETS - 1)
}
