/**
 * Content codings (RFC 9110 §8.4): gzip, x-gzip, deflate (zlib as the rule says, raw as some servers send), br, zstd,
 * stacked. What is cut off yields what decodes. Bounded: layers, output bytes; never throws.
 */
import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  type ZlibOptions,
  zstdDecompressSync,
} from 'node:zlib'

/** Most codings taken off one body. */
const LAYERS = 4

export interface Decoded {
  /** Null when it does not decode: then the anomaly says why. */
  readonly content: Uint8Array | null
  readonly anomaly: string | null
}

/** `codings`: as in Content-Encoding, in the order they were applied. */
export function decodeContent(body: Uint8Array, codings: string, limit: number): Decoded {
  const layers = codings
    .toLowerCase()
    .split(',')
    .map(coding => coding.trim())
    .filter(coding => coding !== '' && coding !== 'identity')
  if (layers.length > LAYERS) return { content: null, anomaly: 'http1.too-many-codings' }
  let content = body
  for (const coding of layers.reverse()) {
    if (!CODINGS.has(coding)) return { content: null, anomaly: 'http1.unknown-content-coding' }
    try {
      content = takeOff(content, coding, limit)
    } catch (error) {
      const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      return { content: null, anomaly: tooLarge ? 'http1.decoded-too-large' : 'http1.bad-content-coding' }
    }
  }
  return { content, anomaly: null }
}

const CODINGS = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd'])

function takeOff(body: Uint8Array, coding: string, maxOutputLength: number): Uint8Array {
  const zlib: ZlibOptions = { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }
  switch (coding) {
    case 'deflate':
      return own(isZlib(body) ? inflateSync(body, zlib) : inflateRawSync(body, zlib))
    case 'br':
      return own(brotliDecompressSync(body, { maxOutputLength, finishFlush: constants.BROTLI_OPERATION_FLUSH }))
    case 'zstd':
      return own(zstdDecompressSync(body, { maxOutputLength, finishFlush: constants.ZSTD_e_flush }))
    default:
      return own(gunzipSync(body, zlib))
  }
}

/** RFC 1950 §2.2: method 8, window at most 32 KiB, header checksum right. */
function isZlib(body: Uint8Array): boolean {
  const cmf = body[0] ?? 0
  return (cmf & 15) === 8 && cmf >> 4 <= 7 && ((cmf << 8) | (body[1] ?? 0)) % 31 === 0
}

/** A plain Uint8Array over the same bytes. */
function own(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
