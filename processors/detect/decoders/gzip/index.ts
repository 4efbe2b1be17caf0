import { constants, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { textOf } from '../../text/bytes.ts'
import { PACKED_STARTS, type Packing, packingOf } from '../../text/formats.ts'

/** Smallest budget of one value, characters: what little input may become, however well it packs. */
const LEAST = 64 * 1024

/** Most that a value may become, as a multiple of it: deflate reaches 1,030, documents hardly ever 50. */
const MOST_TIMES = 50

/**
 * Compressed bytes inside of a request, told by how they begin: gzip, zlib, zstd. (Content codings are undone before; Brotli and
 * bare deflate have no mark.) What becomes more than 50 times as long, and more than 64 kB, is a bomb.
 */
export default {
  name: 'gzip',
  container: true,
  // Some 100 µs to set up, before the first byte.
  dear: true,
  wakes: { chars: '\x1f', starts: PACKED_STARTS },
  fits: text => packing(text) !== null,
  decode(text, _point, { chars = Number.POSITIVE_INFINITY }, out) {
    const most = Math.max(LEAST, MOST_TIMES * text.length)
    const bytes = unpacked(Buffer.from(text, 'latin1'), packing(text)!, Math.min(most, chars))
    if (bytes === 'too-large') return most <= chars ? 'too-large' : 'spent'
    if (bytes.length > 0) out(['gzip'], textOf(bytes))
    return 'part'
  },
} satisfies DecoderSpec

function packing(text: string): Packing | null {
  return packingOf(text.charCodeAt(0), text.charCodeAt(1), text.charCodeAt(2), text.charCodeAt(3))
}

/** What there is up to where it breaks off; nothing of what is damaged. */
function unpacked(bytes: Buffer, packing: Packing, most: number): Buffer | 'too-large' {
  try {
    switch (packing) {
      case 'gzip':
        return gunzipSync(bytes, { maxOutputLength: most, finishFlush: constants.Z_SYNC_FLUSH })
      case 'zlib':
        return inflateSync(bytes, { maxOutputLength: most, finishFlush: constants.Z_SYNC_FLUSH })
      case 'zstd':
        return zstdDecompressSync(bytes, { maxOutputLength: most, finishFlush: constants.ZSTD_e_flush })
      default:
        return packing satisfies never
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : Buffer.alloc(0)
  }
}
