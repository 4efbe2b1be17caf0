/**
 * What can be had of a body that does not decode as a whole: damaged, followed by something else, or larger than allowed.
 * A server that reads as a stream has acted on that part already.
 *
 *   gzip (RFC 1952) = 1*member      member = 1F 8B 08 FLG 6*OCTET [extra] [name] [comment] [crc16]  DEFLATE  CRC32 ISIZE
 *   zlib (RFC 1950) = CMF FLG  DEFLATE  ADLER32
 */
import { brotliDecompressSync, constants, zstdDecompressSync } from 'node:zlib'
import { inflate } from './inflate.ts'

export function salvageGzip(body: Uint8Array, limit: number): Uint8Array {
  const parts: Uint8Array[] = []
  let length = 0
  for (let at = gzipStart(body, 0); at >= 0; ) {
    const { output, next, end } = inflate(body, at, limit - length)
    parts.push(output)
    length += output.length
    at = end === 'whole' ? gzipStart(body, next + 8) : -1
  }
  return parts.length === 1 ? parts[0]! : joined(parts, length)
}

export function salvageDeflate(body: Uint8Array, limit: number, wrapped: boolean): Uint8Array {
  return inflate(body, wrapped ? 2 : 0, limit).output
}

/** Index behind the header of the member that begins at `at`; -1 when none does. */
function gzipStart(body: Uint8Array, at: number): number {
  if (body[at] !== 0x1f || body[at + 1] !== 0x8b || body[at + 2] !== 8) return -1
  const flags = body[at + 3] ?? 0
  let next = at + 10
  if ((flags & 4) !== 0) next += 2 + ((body[next] ?? 0) | ((body[next + 1] ?? 0) << 8))
  // Name and comment end with a zero byte.
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue
    const zero = body.indexOf(0, next)
    if (zero < 0) return -1
    next = zero + 1
  }
  if ((flags & 2) !== 0) next += 2
  return next <= body.length ? next : -1
}

/** Attempts to find how much of the input decodes: what is beyond the last step (1/256 of it) is given up. */
const STEPS = 8

/** Brotli and zstd decode no further than node:zlib lets them: the longest beginning that decodes is sought by halves. */
export function salvageByHalves(body: Uint8Array, coding: 'br' | 'zstd', limit: number): Uint8Array {
  let best: Uint8Array = new Uint8Array(0)
  let from = 0
  let to = body.length + 1
  let middle = body.length
  for (let step = 0; step <= STEPS && to - from > 1; step++) {
    try {
      best = decodeCut(body.subarray(0, middle), coding, limit)
      from = middle
    } catch {
      to = middle
    }
    middle = (from + to) >> 1
  }
  return best
}

/** Decodes as far as the input goes. */
export function decodeCut(body: Uint8Array, coding: 'br' | 'zstd', maxOutputLength: number): Uint8Array {
  return coding === 'br'
    ? brotliDecompressSync(body, { maxOutputLength, finishFlush: constants.BROTLI_OPERATION_FLUSH })
    : zstdDecompressSync(body, { maxOutputLength, finishFlush: constants.ZSTD_e_flush })
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
