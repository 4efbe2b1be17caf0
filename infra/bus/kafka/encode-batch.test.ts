import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { decodeBatches } from './batches.ts'
import { COMPRESSIONS, compress, decompress } from './compression.ts'
import { crc32c } from './crc32c.ts'
import { encodeBatch } from './encode-batch.ts'
import type { ProduceMessage } from './kafkajs.ts'

const require = createRequire(import.meta.url)
const theirCrc = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number

test('the checksum is that of RFC 3720 (appendix B.4), and of the byte-wise twin', () => {
  assert.equal(crc32c(Buffer.alloc(32), 0, 32), 0x8a9136aa)
  assert.equal(crc32c(Buffer.alloc(32, 0xff), 0, 32), 0x62a8ab43)
  assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0, 32), 0x46dd794e)
  const random = mulberry32(1)
  const bytes = Buffer.from(Array.from({ length: 300 }, () => random() * 256))
  for (let start = 0; start < 20; start++) {
    for (const end of [start, start + 1, start + 7, start + 8, start + 9, 299, 300])
      assert.equal(crc32c(bytes, start, end), theirCrc(bytes.subarray(start, end)), `${start} to ${end}`)
  }
})

test('what is written is read again, whatever the compression', async () => {
  const random = mulberry32(2)
  const blob = (most: number): Buffer | null =>
    random() < 0.1 ? null : Buffer.from(Array.from({ length: Math.floor(random() * most) }, () => random() * 256))
  for (const compression of Object.values(COMPRESSIONS)) {
    for (const count of [1, 2, 63, 64, 65, 300]) {
      const messages = Array.from(
        { length: count },
        (): ProduceMessage => ({
          key: blob(70),
          value: blob(20_000),
          headers: random() < 0.5 ? [] : [[Buffer.from('time'), Buffer.alloc(8, count)]],
        }),
      )
      const batch = { producerId: '7000000001', producerEpoch: 3, firstSequence: 12, timestamp: 1_700_000_000_123 }
      const bytes = await encodeBatch(messages, { ...batch, compression, compress })
      assert.equal(bytes.readUInt32BE(17), theirCrc(bytes.subarray(21)))
      const [read, ...more] = await decodeBatches(bytes, decompress)
      assert.deepEqual(more, [])
      assert.equal(read!.producerId, 7000000001)
      assert.equal(read!.transactional, true)
      assert.equal(read!.lastOffset, count - 1)
      assert.deepEqual(
        read!.records.map(({ offset, timestamp, key, value, headers }) => ({
          offset,
          timestamp,
          key,
          value,
          headers: [...headers],
        })),
        messages.map(({ key, value, headers }, offset) => ({
          offset,
          timestamp: batch.timestamp,
          key,
          value,
          headers: headers.map(([name, content]) => [String(name), content]),
        })),
      )
    }
  }
})
