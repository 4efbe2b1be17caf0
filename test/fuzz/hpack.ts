/**
 * Fuzz target: the input is header blocks (`length u8, bytes` each) of one encoder. Nothing throws; who joins before the
 * second half of them says of every field the same as who read them all, or that it is unknown; a table out of a snapshot
 * goes on as the table.
 */
import assert from 'node:assert/strict'
import type { Field } from '#processors/http/protocols/http2/field.ts'
import { HpackDecoder } from '#processors/http/protocols/http2/hpack/decoder.ts'
import { Encoder } from '#test/driver/http2.ts'
import { mulberry32 } from '#test/driver/random.ts'

/** Larger than any table that an input fills. */
const ALL = 1 << 20

export default function target(data: Uint8Array): void {
  const blocks = blocksOf(data)
  const follower = new HpackDecoder(ALL)
  let restored = new HpackDecoder(ALL)
  const joiner = new HpackDecoder((data[0] ?? 0) * 4)
  joiner.table.lose()
  for (const [i, block] of blocks.entries()) {
    const [fields, anomalies] = decode(follower, block)
    assert.deepEqual(decode(restored, block), [fields, anomalies], 'restored from a snapshot')
    const { table } = restored
    restored = new HpackDecoder(ALL)
    restored.table.restore(table.snapshot())
    if (i < blocks.length >> 1) continue
    const [joined] = decode(joiner, block)
    // What follows an error is no table of any encoder.
    if (follower.table.older) return
    assert.equal(joined.length, fields.length)
    for (const [k, { name, header }] of joined.entries()) {
      const known = fields[k]!
      if (name === null)
        assert.ok(header[1] === '' || header[1] === known.header[1], 'the value that was sent, or none')
      else assert.deepEqual(header, known.header)
    }
  }
}

function decode(decoder: HpackDecoder, block: Uint8Array): [Field[], string[]] {
  const fields: Field[] = []
  const anomalies: string[] = []
  decoder.decode(block, 0, block.length, fields, anomalies)
  return [fields, anomalies]
}

function blocksOf(data: Uint8Array): readonly Uint8Array[] {
  const blocks: Uint8Array[] = []
  for (let at = 1; at < data.length; ) {
    const end = Math.min(data.length, at + 1 + data[at]!)
    blocks.push(data.subarray(at + 1, end))
    at = end
  }
  return blocks
}

export const dictionary: readonly string[] = [
  '\x40\x01a\x01b',
  '\x40\x81\x1f\x81\x1f',
  '\x7f\0\x01v',
  '\x0f\x2f\x01v',
  '\xbe',
  '\xbf',
  '\xff\0',
  '\xff\x80\x80\x01',
  '\x20',
  '\x3f\x01',
  '\x3f\xe1\x1f',
  '\x3f\xff\xff\xff\x7f',
  '\x82\x86\x84',
  '\x10\x01p\x01q',
]

export function seeds(): readonly Uint8Array[] {
  return [1, 2, 3, 4, 5, 6].map(seed => {
    const random = mulberry32(seed)
    const encoder = new Encoder()
    const blocks = Array.from({ length: 12 }, (_, i) => {
      const fields = Array.from(
        { length: 3 },
        () => [`n${Math.floor(random() * 4)}`, `v${Math.floor(random() * 9)}`] as const,
      )
      const block = encoder.block(
        fields,
        () => (random() < 0.8 ? 'index' : 'plain'),
        () => random() < 0.5,
      )
      const bytes = i % 5 === 4 ? Buffer.concat([encoder.resize(60 * i), block]) : block
      return Buffer.concat([Buffer.from([bytes.length]), bytes])
    })
    return Buffer.concat([Buffer.from([seed * 20]), ...blocks])
  })
}
