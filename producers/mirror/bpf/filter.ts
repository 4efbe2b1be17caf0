/**
 * Runs a BPF program on a packet: an interpreter as in §3.3 of the BSD paper, on views, without allocation.
 *
 * - Words have 32 bits and no sign; arithmetic wraps. Numbers in the packet are big-endian.
 * - A load that reaches beyond the captured bytes ends the program: the packet is not selected. So does a division by 0.
 * - A shift by 32 or more gives 0.
 */
import { u16, u32 } from '#schemas/wire/bytes.ts'
import { MEMORY_CODES, MEMORY_WORDS, type Program } from './program.ts'

export class Filter {
  readonly #program: Program
  readonly #memory = new Int32Array(MEMORY_WORDS)
  readonly #remembers: boolean

  constructor(program: Program) {
    this.#program = program
    this.#remembers = program.code.some(code => MEMORY_CODES.has(code))
  }

  /** Is the packet in `bytes[start, end)`, `wireLength` bytes on the wire, selected? */
  selects(bytes: Uint8Array, start: number, end: number, wireLength: number): boolean {
    return this.run(bytes, start, end, wireLength) !== 0
  }

  /** What the program returns: 0, or how many bytes of the packet it would keep. */
  run(bytes: Uint8Array, start: number, end: number, wireLength: number): number {
    const { code, onTrue, onFalse, k: constants } = this.#program
    const memory = this.#memory
    const length = end - start
    if (this.#remembers) memory.fill(0)
    let a = 0
    let x = 0
    for (let pc = 0; ; ) {
      const k = constants[pc]!
      const at = k + (x >>> 0)
      switch (code[pc]) {
        case 0x00: // ld #k
          a = k | 0
          break
        case 0x20: // ld [k]
          if (k + 4 > length) return 0
          a = u32(bytes, start + k) | 0
          break
        case 0x28: // ldh [k]
          if (k + 2 > length) return 0
          a = u16(bytes, start + k)
          break
        case 0x30: // ldb [k]
          if (k >= length) return 0
          a = bytes[start + k]!
          break
        case 0x40: // ld [x + k]
          if (at + 4 > length) return 0
          a = u32(bytes, start + at) | 0
          break
        case 0x48: // ldh [x + k]
          if (at + 2 > length) return 0
          a = u16(bytes, start + at)
          break
        case 0x50: // ldb [x + k]
          if (at >= length) return 0
          a = bytes[start + at]!
          break
        case 0x60: // ld M[k]
          a = memory[k]!
          break
        case 0x80: // ld #len
          a = wireLength | 0
          break
        case 0x01: // ldx #k
          x = k | 0
          break
        case 0x61: // ldx M[k]
          x = memory[k]!
          break
        case 0x81: // ldx #len
          x = wireLength | 0
          break
        case 0xb1: // ldxb 4 * ([k] & 0xf): the length of an IPv4 header
          if (k >= length) return 0
          x = (bytes[start + k]! & 0x0f) * 4
          break
        case 0x02: // st M[k]
          memory[k] = a
          break
        case 0x03: // stx M[k]
          memory[k] = x
          break
        case 0x04: // add #k
          a = (a + k) | 0
          break
        case 0x0c: // add x
          a = (a + x) | 0
          break
        case 0x14: // sub #k
          a = (a - k) | 0
          break
        case 0x1c: // sub x
          a = (a - x) | 0
          break
        case 0x24: // mul #k
          a = Math.imul(a, k)
          break
        case 0x2c: // mul x
          a = Math.imul(a, x)
          break
        case 0x34: // div #k
          a = ((a >>> 0) / k) | 0
          break
        case 0x3c: // div x
          if (x === 0) return 0
          a = ((a >>> 0) / (x >>> 0)) | 0
          break
        case 0x44: // or #k
          a |= k
          break
        case 0x4c: // or x
          a |= x
          break
        case 0x54: // and #k
          a &= k
          break
        case 0x5c: // and x
          a &= x
          break
        case 0x64: // lsh #k
          a = k < 32 ? a << k : 0
          break
        case 0x6c: // lsh x
          a = x >>> 0 < 32 ? a << x : 0
          break
        case 0x74: // rsh #k
          a = k < 32 ? a >>> k : 0
          break
        case 0x7c: // rsh x
          a = x >>> 0 < 32 ? a >>> x : 0
          break
        case 0x84: // neg
          a = -a | 0
          break
        case 0x94: // mod #k
          a = ((a >>> 0) % k) | 0
          break
        case 0x9c: // mod x
          if (x === 0) return 0
          a = ((a >>> 0) % (x >>> 0)) | 0
          break
        case 0xa4: // xor #k
          a ^= k
          break
        case 0xac: // xor x
          a ^= x
          break
        case 0x05: // ja
          pc = onTrue[pc]!
          continue
        case 0x15: // jeq #k
          pc = a >>> 0 === k ? onTrue[pc]! : onFalse[pc]!
          continue
        case 0x1d: // jeq x
          pc = a === x ? onTrue[pc]! : onFalse[pc]!
          continue
        case 0x25: // jgt #k
          pc = a >>> 0 > k ? onTrue[pc]! : onFalse[pc]!
          continue
        case 0x2d: // jgt x
          pc = a >>> 0 > x >>> 0 ? onTrue[pc]! : onFalse[pc]!
          continue
        case 0x35: // jge #k
          pc = a >>> 0 >= k ? onTrue[pc]! : onFalse[pc]!
          continue
        case 0x3d: // jge x
          pc = a >>> 0 >= x >>> 0 ? onTrue[pc]! : onFalse[pc]!
          continue
        case 0x45: // jset #k
          pc = (a & k) !== 0 ? onTrue[pc]! : onFalse[pc]!
          continue
        case 0x4d: // jset x
          pc = (a & x) !== 0 ? onTrue[pc]! : onFalse[pc]!
          continue
        case 0x06: // ret #k
          return k
        case 0x16: // ret a
          return a >>> 0
        case 0x07: // tax
          x = a
          break
        case 0x87: // txa
          a = x
          break
      }
      pc++
    }
  }
}
