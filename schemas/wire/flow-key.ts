/**
 * The flow key: HalfSipHash-1-3 with 64 bits of output, cut to 53, over the identity's bytes (J.-P. Aumasson,
 * D. J. Bernstein, "SipHash", §2; the 32-bit variant of the reference code, with the rounds that Linux uses for hash
 * tables). Keyed, so that whoever sends packets cannot aim at one table slot or partition; 32-bit words, because those
 * are what JavaScript adds and rotates without allocating.
 */
import { createHmac } from 'node:crypto'

/** Flow keys are whole numbers below this. */
export const KEY_SPACE = 2 ** 53

export class FlowHash {
  readonly #k0: number
  readonly #k1: number

  /** `key`: the cluster's secret, 8 bytes at least. `sensor` becomes part of it: equal flows of two sensors differ. */
  constructor(key: Uint8Array, sensor: string) {
    const derived = createHmac('sha256', key).update(sensor).digest()
    this.#k0 = derived.readInt32LE(0)
    this.#k1 = derived.readInt32LE(4)
  }

  /** Key of the identity in `bytes[0, length)`. */
  of(bytes: Uint8Array, length: number): number {
    let v0 = this.#k0
    let v1 = this.#k1 ^ 0xee
    let v2 = this.#k0 ^ 0x6c796765
    let v3 = this.#k1 ^ 0x74656462
    const whole = length & ~3
    // One round more than there are whole words: the last word holds what is left and the length.
    for (let at = 0; at <= whole; at += 4) {
      const word =
        at < whole
          ? bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
          : lastWord(bytes, at, length)
      v3 ^= word
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
      v0 ^= word
    }
    v2 ^= 0xee
    let low = 0
    for (let round = 0; round < 6; round++) {
      if (round === 3) {
        low = v1 ^ v3
        v1 ^= 0xdd
      }
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
    }
    return ((v1 ^ v3) & 0x1fffff) * 0x100000000 + (low >>> 0)
  }
}

function lastWord(bytes: Uint8Array, at: number, length: number): number {
  let word = length << 24
  if (length - at > 2) word |= bytes[at + 2]! << 16
  if (length - at > 1) word |= bytes[at + 1]! << 8
  if (length - at > 0) word |= bytes[at]!
  return word
}
