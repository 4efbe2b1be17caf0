/**
 * Fuzz target: bytes that claim to be compressed. Nothing throws, nothing grows beyond its limit, and where node:zlib takes
 * a stream, our own inflater gives the same.
 */
import assert from 'node:assert/strict'
import {
  brotliCompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  inflateRawSync,
  zstdCompressSync,
} from 'node:zlib'
import { decodeContent } from '#schemas/http/coding.ts'
import { inflate } from '#schemas/http/inflate.ts'

const CODINGS = ['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'br, deflate', 'x-gzip, identity', 'zstd, x'] as const
const LIMIT = 20_000

/** node:zlib lets go of a stream that failed in the next turn of the event loop, which a fuzzer never reaches by itself. */
const RUNS_PER_TURN = 64
let runs = 0

export default function target(data: Uint8Array): void | Promise<void> {
  check(data)
  if (++runs % RUNS_PER_TURN === 0) return new Promise(resolve => setImmediate(resolve))
}

/** First byte: the coding, and whether the end is missing. */
function check(data: Uint8Array): void {
  const choice = data[0] ?? 0
  const body = data.slice(1)
  const { content, anomaly } = decodeContent(body, CODINGS[choice & 7]!, {
    bytes: LIMIT,
    ratio: 200,
    cut: (choice & 8) !== 0,
  })
  assert.ok(content === null || content.length <= LIMIT)
  assert.ok(content !== null || anomaly !== null)
  const own = inflate(body, 0, LIMIT)
  assert.ok(own.output.length <= LIMIT)
  let native: Uint8Array
  try {
    native = inflateRawSync(body, { maxOutputLength: LIMIT, finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return
  }
  assert.deepEqual(Buffer.from(own.output), Buffer.from(native))
}

export const dictionary: readonly string[] = [
  '\x1f\x8b\x08\0',
  '\x1f\x8b\x08\x1e',
  '\x78\x9c',
  '\x78\x01',
  '\x28\xb5\x2f\xfd',
  '\0\0\xff\xff',
  '\x01\0\0\xff\xff',
  '\xff\xff',
  '\0\0\0\0',
  '\x03\0',
]

export function seeds(): readonly Uint8Array[] {
  const text = Buffer.from('id=1 union select a, b from c -- '.repeat(20))
  const coders = [gzipSync, deflateSync, brotliCompressSync, zstdCompressSync]
  return [
    ...coders.map((coder, i) => Buffer.concat([Buffer.of(i), coder(text)])),
    ...coders.map((coder, i) => Buffer.concat([Buffer.of(i | 8), coder(text).subarray(0, 40)])),
    Buffer.concat([Buffer.of(0), gzipSync('one'), gzipSync('two'), text]),
    Buffer.concat([Buffer.of(4), gzipSync(gzipSync(text))]),
    Buffer.concat([Buffer.of(1), deflateRawSync(text, { strategy: constants.Z_FIXED })]),
    Buffer.concat([Buffer.of(1), deflateRawSync(text, { level: 0 })]),
    Buffer.concat([Buffer.of(0), gzipSync(Buffer.alloc(100_000))]),
  ]
}
