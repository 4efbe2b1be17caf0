/**
 * The slow twin of filter.ts: the same machine written down from the encoding of the codes (class, size, mode, source,
 * operation), in numbers without a size. Oracle for tests and fuzzing.
 */
import type { Program } from './program.ts'

const WORD = 1n << 32n
const wrap = (value: bigint): bigint => ((value % WORD) + WORD) % WORD

/** A load reached beyond the packet, or a divisor was 0. */
class Rejected extends Error {}

export function runPlainly({ code, onTrue, onFalse, k }: Program, packet: Uint8Array, wireLength: number): number {
  const memory = Array<bigint>(16).fill(0n)
  let a = 0n
  let x = 0n
  try {
    for (let pc = 0; ; ) {
      const op = code[pc]!
      const constant = BigInt(k[pc]!)
      const operand = (op & 0x08) === 0 ? constant : x
      switch (op & 0x07) {
        case 0:
          a = load(op, constant, x, packet, memory, wireLength)
          break
        case 1:
          x = load(op, constant, 0n, packet, memory, wireLength)
          break
        case 2:
          memory[Number(constant)] = a
          break
        case 3:
          memory[Number(constant)] = x
          break
        case 4:
          a = wrap(calculate(op & 0xf0, a, operand))
          break
        case 5:
          pc = holds(op & 0xf0, a, operand) ? onTrue[pc]! : onFalse[pc]!
          continue
        case 6:
          return Number((op & 0x18) === 0x10 ? a : constant)
        default:
          if ((op & 0x80) === 0) x = a
          else a = x
      }
      pc++
    }
  } catch (error) {
    if (error instanceof Rejected) return 0
    throw error
  }
}

function load(
  op: number,
  k: bigint,
  x: bigint,
  packet: Uint8Array,
  memory: readonly bigint[],
  wireLength: number,
): bigint {
  switch (op & 0xe0) {
    case 0x00:
      return k
    case 0x60:
      return memory[Number(k)]!
    case 0x80:
      return BigInt(wireLength)
    case 0xa0:
      return (bytesAt(packet, k, 1n) & 0x0fn) * 4n
  }
  const size = [4n, 2n, 1n][(op & 0x18) >> 3]!
  return bytesAt(packet, (op & 0xe0) === 0x40 ? k + x : k, size)
}

function bytesAt(packet: Uint8Array, at: bigint, size: bigint): bigint {
  if (at + size > BigInt(packet.length)) throw new Rejected()
  return packet.subarray(Number(at), Number(at + size)).reduce((value, byte) => value * 256n + BigInt(byte), 0n)
}

function calculate(operation: number, a: bigint, by: bigint): bigint {
  switch (operation) {
    case 0x00:
      return a + by
    case 0x10:
      return a - by
    case 0x20:
      return a * by
    case 0x30:
      if (by === 0n) throw new Rejected()
      return a / by
    case 0x40:
      return a | by
    case 0x50:
      return a & by
    case 0x60:
      return by < 32n ? a << by : 0n
    case 0x70:
      return by < 32n ? a >> by : 0n
    case 0x80:
      return -a
    case 0x90:
      if (by === 0n) throw new Rejected()
      return a % by
    default:
      return a ^ by
  }
}

function holds(comparison: number, a: bigint, b: bigint): boolean {
  switch (comparison) {
    case 0x00:
      return true
    case 0x10:
      return a === b
    case 0x20:
      return a > b
    case 0x30:
      return a >= b
    default:
      return (a & b) !== 0n
  }
}
