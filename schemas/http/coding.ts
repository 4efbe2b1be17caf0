/**
 * Content codings (RFC 9110 §8.4): gzip, x-gzip, deflate (zlib as the rule says, raw as some servers send), br, zstd,
 * stacked. What is cut off yields what decodes, and so does what is damaged or grows too large, with an anomaly.
 * Bounded: layers, output bytes, and output per input byte; time with them. Never throws.
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
import { decodeCut, salvageByHalves, salvageDeflate, salvageGzip } from './salvage.ts'

/** Most codings taken off one body. */
const LAYERS = 4
/** So much may come out of any body, whatever its ratio: short texts compress well. */
const ALWAYS = 1_048_576

export interface DecodeLimits {
  /** Most bytes that come out. */
  readonly bytes: number
  /** Most bytes that come out per byte of the body. */
  readonly ratio: number
  /** The end of the body is missing: it is no error that it does not end. */
  readonly cut: boolean
}

export interface Decoded {
  /** Null when nothing of it decodes: then the anomaly says why. */
  readonly content: Uint8Array | null
  readonly anomaly: string | null
}

/** `codings`: as in Content-Encoding, in the order they were applied. */
export function decodeContent(body: Uint8Array, codings: string, limits: DecodeLimits): Decoded {
  const layers = codings
    .toLowerCase()
    .split(',')
    .map(coding => coding.trim())
    .filter(coding => coding !== '' && coding !== 'identity')
  if (layers.length > LAYERS) return { content: null, anomaly: 'http1.too-many-codings' }
  const allowed = Math.min(limits.bytes, Math.max(ALWAYS, Math.floor(limits.ratio * body.length)))
  let content = body
  for (const coding of layers.reverse()) {
    if (!CODINGS.has(coding)) return { content: kept(content, body), anomaly: 'http1.unknown-content-coding' }
    try {
      content = plain(takeOff(content, coding, allowed, limits.cut))
    } catch (error) {
      const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      const salvaged = salvage(content, coding, allowed)
      const output = salvaged.length === 0 ? kept(content, body) : plain(salvaged)
      return { content: output, anomaly: whyNot(tooLarge, allowed < limits.bytes) }
    }
  }
  return { content, anomaly: null }
}

const CODINGS = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd'])

/** What the layers before a bad one gave. */
function kept(content: Uint8Array, body: Uint8Array): Uint8Array | null {
  return content === body ? null : content
}

function whyNot(tooLarge: boolean, byRatio: boolean): string {
  if (!tooLarge) return 'http1.bad-content-coding'
  return byRatio ? 'http1.decompression-bomb' : 'http1.decoded-too-large'
}

function takeOff(body: Uint8Array, coding: string, maxOutputLength: number, cut: boolean): Uint8Array {
  const zlib: ZlibOptions = { maxOutputLength, finishFlush: cut ? constants.Z_SYNC_FLUSH : constants.Z_FINISH }
  if (coding === 'br' || coding === 'zstd') {
    if (cut) return decodeCut(body, coding, maxOutputLength)
    return coding === 'br'
      ? brotliDecompressSync(body, { maxOutputLength })
      : zstdDecompressSync(body, { maxOutputLength })
  }
  if (coding === 'deflate') return isZlib(body) ? inflateSync(body, zlib) : inflateRawSync(body, zlib)
  return gunzipSync(body, zlib)
}

function salvage(body: Uint8Array, coding: string, limit: number): Uint8Array {
  if (coding === 'br' || coding === 'zstd') return salvageByHalves(body, coding, limit)
  if (coding !== 'deflate') return salvageGzip(body, limit)
  const wrapped = isZlib(body)
  const salvaged = salvageDeflate(body, limit, wrapped)
  // Raw data can begin like a zlib header.
  return wrapped && salvaged.length === 0 ? salvageDeflate(body, limit, false) : salvaged
}

/** RFC 1950 §2.2: method 8, window at most 32 KiB, header checksum right. */
function isZlib(body: Uint8Array): boolean {
  const cmf = body[0] ?? 0
  return (cmf & 15) === 8 && cmf >> 4 <= 7 && ((cmf << 8) | (body[1] ?? 0)) % 31 === 0
}

/** A plain Uint8Array over the same bytes, if they fill their memory; a copy otherwise. */
function plain(bytes: Uint8Array): Uint8Array {
  if (bytes.length * 2 < bytes.buffer.byteLength) return Uint8Array.from(bytes)
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
