/**
 * Makes new inputs out of old ones. Without coverage to steer by, what counts is that inputs stay close to meaningful
 * ones: tokens of the grammar, numbers at their bounds, pieces moved, doubled, spliced.
 */
const INTERESTING = [0, 1, 9, 10, 13, 32, 0x2f, 0x3a, 0x7f, 0x80, 0xc0, 0xfe, 0xff]
const NUMBERS = [
  '0',
  '-1',
  '1',
  '255',
  '65535',
  '65536',
  '2147483648',
  '4294967296',
  '18446744073709551616',
  '1e9',
  '0x10',
]
const MOST_STEPS = 8
const MOST_COPIES = 64

export class Mutator {
  readonly #random: () => number
  readonly #seeds: readonly Uint8Array[]
  readonly #tokens: readonly Uint8Array[]
  readonly #maxLength: number

  /** `seeds`: at least one. */
  constructor(random: () => number, seeds: readonly Uint8Array[], dictionary: readonly string[], maxLength: number) {
    this.#random = random
    this.#seeds = seeds
    this.#tokens = dictionary.map(token => Buffer.from(token, 'latin1'))
    this.#maxLength = maxLength
  }

  next(): Uint8Array {
    let bytes = this.#seed()
    const steps = 1 + Math.floor(this.#random() ** 2 * MOST_STEPS)
    for (let step = 0; step < steps; step++) bytes = this.#step(bytes).subarray(0, this.#maxLength)
    return bytes
  }

  #step(bytes: Uint8Array): Uint8Array {
    const at = this.#below(bytes.length + 1)
    const length = this.#below(Math.min(bytes.length - at, this.#random() < 0.7 ? 16 : bytes.length) + 1)
    const piece = bytes.subarray(at, at + length)
    switch (this.#below(12)) {
      case 0:
        return this.#change(bytes, byte => byte ^ (1 << this.#below(8)))
      case 1:
        return this.#change(bytes, () => this.#pick(INTERESTING))
      case 2:
        return this.#change(bytes, byte => byte + 1 - 2 * this.#below(2))
      case 3:
        return this.#integer(bytes)
      case 4:
        return replaced(bytes, at, at, this.#token())
      case 5:
        return replaced(bytes, at, at + length, this.#token())
      case 6:
        return replaced(bytes, at, at + length)
      case 7:
        return replaced(bytes, at, at, ...Array<Uint8Array>(1 + this.#below(this.#copies())).fill(piece))
      case 8:
        return replaced(bytes, this.#below(bytes.length + 1), 0, piece)
      case 9:
        return bytes.subarray(0, at)
      case 10:
        return this.#splice(bytes, at)
      default:
        return this.#number(bytes)
    }
  }

  /** One byte of a copy. */
  #change(bytes: Uint8Array, change: (byte: number) => number): Uint8Array {
    const copy = Uint8Array.from(bytes)
    const at = this.#below(copy.length)
    if (copy.length > 0) copy[at] = change(copy[at]!)
    return copy
  }

  /** A 16 or 32 bit integer at its bounds, or off by a little, in either byte order: lengths and counts of headers. */
  #integer(bytes: Uint8Array): Uint8Array {
    const size = this.#pick([2, 4])
    if (bytes.length < size) return bytes
    const copy = Uint8Array.from(bytes)
    const at = this.#below(copy.length - size + 1)
    const view = Buffer.from(copy.buffer, at, size)
    const little = this.#random() < 0.5
    const old = little ? view.readUIntLE(0, size) : view.readUIntBE(0, size)
    const top = 2 ** (8 * size)
    const value = this.#pick([0, 1, copy.length, copy.length + 1, top / 2, top - 1, old + 1, old - 1, old * 2])
    const wrapped = ((value % top) + top) % top
    if (little) view.writeUIntLE(wrapped, 0, size)
    else view.writeUIntBE(wrapped, 0, size)
    return copy
  }

  /** A decimal number in the text at its bounds. */
  #number(bytes: Uint8Array): Uint8Array {
    const isDigit = (at: number): boolean => bytes[at]! >= 48 && bytes[at]! <= 57
    let at = this.#below(bytes.length)
    for (let tries = bytes.length; tries > 0 && !isDigit(at); tries--) at = (at + 1) % bytes.length
    let end = at
    while (end < bytes.length && isDigit(end)) end++
    return replaced(bytes, at, end, Buffer.from(this.#pick(NUMBERS)))
  }

  /** The start of this input and the end of another one, or the other one behind it. */
  #splice(bytes: Uint8Array, at: number): Uint8Array {
    const other = this.#seed()
    return replaced(bytes, at, bytes.length, other.subarray(this.#below(other.length + 1)))
  }

  #token(): Uint8Array {
    return this.#tokens.length === 0 ? Uint8Array.of(this.#below(256)) : this.#pick(this.#tokens)
  }

  #copies(): number {
    return this.#random() < 0.9 ? 3 : MOST_COPIES
  }

  #seed(): Uint8Array {
    return this.#pick(this.#seeds)
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!
  }

  /** From 0 to below `end`; 0 when there is nothing. */
  #below(end: number): number {
    return Math.floor(this.#random() * end)
  }
}

/** A copy with `bytes[at, end)` replaced; nothing is taken out when `end` is not behind `at`. */
function replaced(bytes: Uint8Array, at: number, end: number, ...by: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([bytes.subarray(0, at), ...by, bytes.subarray(Math.max(at, end))])
}
