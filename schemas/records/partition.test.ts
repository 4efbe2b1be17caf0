import assert from 'node:assert/strict'
import { test } from 'node:test'
import { murmur2, partitionOf } from '#schemas/records/partition.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** From Apache Kafka's own unit test of its hash. */
const VECTORS: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

test('murmur2 equals Kafka', () => {
  for (const [text, hash] of VECTORS) assert.equal(murmur2(bytes(text)), hash, text)
})

test('every length of tail and negative hashes give a partition within range', () => {
  for (let length = 0; length < 40; length++) {
    const key = bytes('x'.repeat(length))
    for (const partitions of [1, 3, 16, 100]) {
      const partition = partitionOf(key, partitions)
      assert.ok(Number.isInteger(partition) && partition >= 0 && partition < partitions, `${length} of ${partitions}`)
    }
  }
  assert.equal(partitionOf(bytes('foobar'), 7), (-790332482 & 0x7fffffff) % 7)
})

test('a record without a key goes to partition 0', () => {
  assert.equal(partitionOf(null, 12), 0)
})
