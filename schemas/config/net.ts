/** Networks in configuration: zod types for addresses and CIDR blocks, and a set of blocks that answers fast. */
import { z } from 'zod'
import { canonicalAddress, formatWords, readAddress } from '#schemas/config/address.ts'

/** A block of addresses. IPv4-mapped IPv6 blocks are IPv4 blocks: `::ffff:10.0.0.0/104` is `10.0.0.0/8`. */
export interface Cidr {
  readonly family: 4 | 6
  /** First address, as `readAddress` gives it. */
  readonly words: Uint32Array
  /** Length of the prefix: 0..32 or 0..128. */
  readonly bits: number
}

/** `address[/bits]`; an address alone is a block of one. What is wrong with the text is returned as `problem`. */
export function parseCidr(text: string): Cidr | { readonly problem: string } {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const words = new Uint32Array(4)
  const family = readAddress(address, words)
  if (family === 0) return { problem: `"${address.slice(0, 64)}" is not an IPv4 or IPv6 address` }
  const mapped = family === 4 && address.includes(':')
  const width = address.includes(':') ? 128 : 32
  const prefix = slash < 0 ? String(width) : text.slice(slash + 1)
  if (!/^(0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > width) {
    return { problem: `prefix length "${prefix.slice(0, 16)}" is not a whole number from 0 to ${width}` }
  }
  const bits = mapped ? Number(prefix) - 96 : Number(prefix)
  if (bits < 0) return { problem: `an IPv4-mapped block needs a prefix length from 96 to 128, not ${prefix}` }
  const first = words.map((word, i) => (word & maskOf(bits, i)) >>> 0)
  if (first.some((word, i) => i < (family === 4 ? 1 : 4) && word !== words[i])) {
    return { problem: `bits are set beyond the prefix: write ${formatWords(family, first)}/${bits}` }
  }
  return { family, words: first, bits }
}

/** One spelling per block: `10.0.0.0/8`. */
export function formatCidr(cidr: Cidr): string {
  return `${formatWords(cidr.family, cidr.words)}/${cidr.bits}`
}

/** An address in configuration; the parsed value is its canonical text. */
export function address(): z.ZodString {
  return z
    .string()
    .refine(text => canonicalAddress(text) !== null, {
      error: issue => `"${String(issue.input).slice(0, 64)}" is not an IPv4 or IPv6 address`,
    })
    .overwrite(text => canonicalAddress(text) ?? text)
}

/** A block (or single address) in configuration; the parsed value is its canonical text, ready for `CidrSet`. */
export function cidr(): z.ZodString {
  return z
    .string()
    .superRefine((text, ctx) => {
      const parsed = parseCidr(text)
      if ('problem' in parsed)
        ctx.addIssue({ code: 'custom', message: `bad CIDR "${text.slice(0, 64)}": ${parsed.problem}` })
    })
    .overwrite(text => {
      const parsed = parseCidr(text)
      return 'problem' in parsed ? text : formatCidr(parsed)
    })
}

/** Immutable set of blocks; `has` is a binary search without allocation. `::/0` holds every IPv6 address and no IPv4 one. */
export class CidrSet {
  readonly #v4: Ranges
  readonly #v6: Ranges
  readonly #words = new Uint32Array(4)

  /** Throws `RangeError` when a text is no block: `cidr()` has checked those that come from configuration. */
  constructor(blocks: Iterable<string>) {
    const parsed: Cidr[] = []
    for (const text of blocks) {
      const block = parseCidr(text)
      if ('problem' in block) throw new RangeError(`bad CIDR "${text}": ${block.problem}`)
      parsed.push(block)
    }
    this.#v4 = new Ranges(
      1,
      parsed.filter(block => block.family === 4),
    )
    this.#v6 = new Ranges(
      4,
      parsed.filter(block => block.family === 6),
    )
  }

  /** Is this address in one of the blocks? False for a text that is no address. */
  has(ip: string): boolean {
    const family = readAddress(ip, this.#words)
    if (family === 0) return false
    return this.#holds(family)
  }

  /** The same for an address as it stands in a packet, in network order. */
  hasAt(bytes: Uint8Array, at: number, family: 4 | 6): boolean {
    const words = this.#words
    for (let i = 0; i < (family === 4 ? 1 : 4); i++) {
      const from = at + 4 * i
      words[i] = (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!
    }
    if (family === 4 || words[0] !== 0 || words[1] !== 0 || words[2] !== 0xffff) return this.#holds(family)
    words[0] = words[3]!
    return this.#holds(4)
  }

  #holds(family: 4 | 6): boolean {
    return family === 4 ? this.#v4.has(this.#words) : this.#v6.has(this.#words)
  }
}

/** Disjoint ranges of numbers of `width` words, sorted. */
class Ranges {
  readonly #width: number
  readonly #first: Uint32Array
  readonly #last: Uint32Array
  readonly #count: number

  constructor(width: number, blocks: readonly Cidr[]) {
    // Blocks are nested or disjoint, never overlapping: in this order a nested one follows the one that holds it.
    const sorted = blocks.toSorted((a, b) => compare(a.words, 0, b.words, width) || a.bits - b.bits)
    this.#width = width
    this.#first = new Uint32Array(sorted.length * width)
    this.#last = new Uint32Array(sorted.length * width)
    let count = 0
    for (const { words, bits } of sorted) {
      if (count > 0 && compare(this.#last, (count - 1) * width, words, width) >= 0) continue
      for (let i = 0; i < width; i++) {
        this.#first[count * width + i] = words[i]!
        this.#last[count * width + i] = words[i]! | ~maskOf(bits, i)
      }
      count++
    }
    this.#count = count
  }

  has(words: Uint32Array): boolean {
    return this.#width === 1 ? this.#hasNumber(words[0]!) : this.#hasWords(words)
  }

  /** Numbers of one word, compared as they are: a third of the time. */
  #hasNumber(number: number): boolean {
    const first = this.#first
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (first[middle]! <= number) low = middle + 1
      else high = middle
    }
    return low > 0 && this.#last[low - 1]! >= number
  }

  #hasWords(words: Uint32Array): boolean {
    let low = 0
    let high = this.#count // ranges before `low` start at or below the address, those from `high` on above it
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compare(this.#first, middle * this.#width, words, this.#width) <= 0) low = middle + 1
      else high = middle
    }
    return low > 0 && compare(this.#last, (low - 1) * this.#width, words, this.#width) >= 0
  }
}

function compare(a: Uint32Array, at: number, b: Uint32Array, width: number): number {
  for (let i = 0; i < width; i++) {
    const difference = a[at + i]! - b[i]!
    if (difference !== 0) return difference
  }
  return 0
}

/** Word `i` of the mask of a prefix, as a signed number. A shift by 32 would be a shift by 0: hence the two ends. */
function maskOf(bits: number, i: number): number {
  const left = bits - 32 * i
  if (left <= 0) return 0
  return left >= 32 ? -1 : -1 << (32 - left)
}
