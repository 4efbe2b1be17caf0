/**
 * Interface description block (draft-ietf-opsawg-pcapng §4.2) and what it says about time stamps.
 *
 *   8  u16 link type      10  reserved      12  u32 snaplen      16  options: u16 code, u16 length, value padded to 4
 *
 *   option 0 ends, 9 if_tsresol (1 byte; default 6: microseconds), 14 if_tsoffset (8 bytes, signed seconds)
 */
import { Damage, type InterfaceState } from './format.ts'

const OPTIONS = 16
const IF_TSRESOL = 9
const IF_TSOFFSET = 14

/** `at` and `end`: the block's start and the place of its trailing length, in `view`; `offset`: of `at` in the stream. */
export function parseInterface(
  view: DataView,
  at: number,
  end: number,
  little: boolean,
  offset: number,
): InterfaceState {
  if (end - at < OPTIONS) throw new Damage('an interface block too short for its fields', offset)
  let resolution = 6
  let shift = 0
  for (let option = at + OPTIONS; option + 4 <= end; ) {
    const code = view.getUint16(option, little)
    const length = view.getUint16(option + 2, little)
    if (code === 0) break
    if (option + 4 + length > end) throw new Damage('an option longer than its interface block', offset + option - at)
    if (code === IF_TSRESOL && length === 1) resolution = view.getUint8(option + 4)
    if (code === IF_TSOFFSET && length === 8) shift = Number(view.getBigInt64(option + 4, little))
    option += 4 + ((length + 3) & ~3)
  }
  return {
    linktype: view.getUint16(at + 8, little),
    snaplen: view.getUint32(at + 12, little),
    resolution,
    offset: shift,
  }
}

/** Turns the two halves of a time stamp into whole µs since 1970, rounded down. */
export type Stamp = (high: number, low: number) => number

const WORD = 2 ** 32

export function stampOf({ resolution, offset }: InterfaceState): Stamp {
  const shift = offset * 1_000_000
  if (resolution === 6) return (high, low) => high * WORD + low + shift
  if (resolution > 6 && resolution <= 12) return divided(10 ** (resolution - 6), shift)
  return exact(resolution & 0x80 ? 2n ** BigInt(resolution & 0x7f) : 10n ** BigInt(resolution), shift)
}

/**
 * `units` (10^6 at most) per µs. Long division by halves, because high * 2^32 + low is beyond the whole numbers (2^53):
 * the remainder of the upper half is below 10^6, so remainder * 2^32 + low is below 2^52.
 */
function divided(units: number, shift: number): Stamp {
  return (high, low) => {
    const upper = Math.floor(high / units)
    return upper * WORD + Math.floor(((high - upper * units) * WORD + low) / units) + shift
  }
}

/** Any resolution: units per second. Slow and rare. */
function exact(units: bigint, shift: number): Stamp {
  return (high, low) => Number((((BigInt(high) << 32n) | BigInt(low)) * 1_000_000n) / units) + shift
}
