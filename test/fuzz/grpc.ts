/**
 * Fuzz target: any bytes as a body of gRPC, gRPC-Web in base64 or Protocol Buffers (the first byte picks it). Nothing throws,
 * what comes out is bounded by what goes in and how deep it nests, and nobody is asked again once the budget is spent.
 */
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import grpc from '#processors/detect/decoders/grpc/index.ts'
import protobuf from '#processors/detect/decoders/protobuf/index.ts'

const NESTING = 16
const VALUES = 50

export default function target(data: Uint8Array): void {
  const kind = (data[0] ?? 0) % 3
  const body = Buffer.from(data.subarray(1))
  const text = kind === 1 ? body.toString('base64') : body.toString('latin1')
  const decoder = kind === 2 ? protobuf : grpc
  let values = 0
  let spent = false
  let longest = 0
  const outcome = decoder.decode(text, ['post'], { nesting: NESTING, values: VALUES }, (suffix, part) => {
    assert.ok(!spent, 'nobody is asked again')
    assert.equal(suffix[0], decoder.name)
    longest = Math.max(longest, suffix.length, part.length > 0 ? 0 : 1)
    spent = ++values >= VALUES
    return !spent
  })
  assert.ok(longest <= NESTING + 6, `a point of ${longest} elements`)
  assert.ok(['whole', 'too-deep', 'too-large'].includes(outcome))
}

export const dictionary: readonly string[] = [
  '\0\0\0\0\x05',
  '\x01\0\0\0\x05',
  '\x80\0\0\0\x05',
  '\x0a\x02hi',
  '\x12\x04\x0a\x02hi',
  '\x08\x96\x01',
  '\x0b',
  '\x0c',
  '\x09\x01\x02\x03\x04\x05\x06\x07\x08',
  '\x1f\x8b\x08',
  '\x78\x9c',
  '{"a":1}',
  '\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01',
]

export function seeds(): readonly Uint8Array[] {
  const message = Buffer.from('\x08\x96\x01\x12\x07testing\x1a\x0b\x0a\x09\x0a\x07nesting\x23\x0a\x01g\x24', 'latin1')
  const frame = (flags: number, payload: Uint8Array) =>
    Buffer.concat([Buffer.from([flags, 0, 0, payload.length >> 8, payload.length & 0xff]), payload])
  const bodies = [
    message,
    frame(0, message),
    Buffer.concat([frame(1, gzipSync(message)), frame(0x80, Buffer.from('a: b'))]),
  ]
  return [0, 1, 2].flatMap(kind => bodies.map(body => Buffer.concat([Buffer.from([kind]), body])))
}
