import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { Refused } from '#schemas/contracts/errors.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { dataBatch, emptied, marker } from '#test/kafka/batches.ts'
import { decodeBatches } from './batches.ts'
import { COMPRESSIONS, decompress } from './compression.ts'

const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString())

function message(value: string) {
  return { key: Buffer.from('k'), value: Buffer.from(value), headers: [] }
}

test('records, markers, and batches that compaction emptied, in a row', async () => {
  const bytes = Buffer.concat([
    await dataBatch(10, 7, ['a', 'b'].map(message)),
    marker(12, 7, 'commit'),
    emptied(13, 7, 4),
    marker(18, 8, 'abort'),
    emptied(19, 8, 0, 'marker'),
  ])
  const batches = await decodeBatches(bytes, decompress)
  assert.deepEqual(
    batches.map(b => [b.baseOffset, b.lastOffset, b.producerId, b.control]),
    [
      [10, 11, 7, null],
      [12, 12, 7, 'commit'],
      [13, 17, 7, null],
      [18, 18, 8, 'abort'],
      [19, 19, 8, 'gone'],
    ],
  )
  assert.deepEqual(
    batches[0]!.records.map(r => [r.offset, text(r.value)]),
    [
      [10, 'a'],
      [11, 'b'],
    ],
  )
  assert.deepEqual([batches[2]!.records, batches[4]!.records], [[], []])
})

test('an answer that was cut off anywhere gives the whole batches before', async () => {
  const parts = [
    await dataBatch(0, 1, ['a'].map(message)),
    await dataBatch(1, 1, ['b', 'c'].map(message)),
    marker(3, 1, 'commit'),
  ]
  const bytes = Buffer.concat(parts)
  for (let length = 0; length <= bytes.length; length++) {
    let whole = 0
    for (let at = 0; whole < parts.length && at + parts[whole]!.length <= length; whole++) at += parts[whole]!.length
    assert.equal((await decodeBatches(bytes.subarray(0, length), decompress)).length, whole, `${length} bytes`)
  }
})

test('a flipped bit is an error or changes only what no checksum covers', async () => {
  for (const compression of Object.values(COMPRESSIONS)) {
    const value = 'x'.repeat(40)
    const bytes = await dataBatch(5, 3, [message(value), message(value)], { compression })
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes)
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      const covered = bit >= 21 * 8
      try {
        const batches = await decodeBatches(damaged, decompress)
        assert.ok(!covered, `bit ${bit} went unnoticed (compression ${compression})`)
        for (const batch of batches)
          assert.deepEqual(
            batch.records.map(r => text(r.value)),
            [value, value],
          )
      } catch (error) {
        assert.ok(error instanceof Refused && error.reason === 'kafka.bad-batch', `bit ${bit}: ${error}`)
      }
    }
  }
})

test('bytes that are no batches at all: refused, or nothing, never another error', async () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = mulberry32(seed)
    const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 200) }, () => random() * 256))
    if (bytes.length > 16) bytes[16] = 2
    await decodeBatches(bytes, decompress).catch(error => {
      assert.ok(error instanceof Refused, `seed ${seed}: ${error}`)
    })
  }
})

test('records that do not fill their batch, with a right checksum', async () => {
  const cases: [string, (body: Buffer) => { body: Buffer; count?: number }][] = [
    ['one record too few', body => ({ body, count: 1 })],
    ['one record too many', body => ({ body, count: 3 })],
    ['two thousand million records', body => ({ body, count: 0x7fffffff })],
    ['bytes behind', body => ({ body: Buffer.concat([body, Buffer.of(0)]) })],
    ['a length of ten bytes and more', body => ({ body: Buffer.concat([Buffer.alloc(11, 0xff), body]) })],
    ['a key of -2 bytes', body => ({ body: Buffer.concat([body.subarray(0, 4), Buffer.of(3), body.subarray(5)]) })],
    ['empty', () => ({ body: Buffer.alloc(0) })],
  ]
  for (const [name, damage] of cases) {
    const bytes = await dataBatch(0, 1, ['a', 'b'].map(message), { damage })
    await assert.rejects(decodeBatches(bytes, decompress), { reason: 'kafka.bad-batch' }, name)
  }
})

test('any damage under a right checksum: refused, or records, never another error', async () => {
  for (let seed = 0; seed < 2000; seed++) {
    const random = mulberry32(seed)
    const damage = (body: Buffer) => {
      const damaged = Buffer.from(body)
      for (let i = 0; i < 3; i++) damaged[Math.floor(random() * body.length)] = random() * 256
      return { body: damaged }
    }
    const headers = [[Buffer.from('time'), Buffer.alloc(8)]] as const
    const bytes = await dataBatch(0, 1, [{ key: null, value: Buffer.alloc(9), headers }, message('a')], { damage })
    await decodeBatches(bytes, decompress).catch(error => {
      assert.ok(error instanceof Refused && error.reason === 'kafka.bad-batch', `seed ${seed}: ${error}`)
    })
  }
})

test('damaged compression is refused, with its name', async () => {
  for (const [type, name] of [
    [COMPRESSIONS.gzip, /gzip/],
    [COMPRESSIONS.zstd, /zstd/],
  ] as const) {
    const damage = (body: Buffer) => ({ body: body.subarray(0, -3) })
    const bytes = await dataBatch(0, 1, [message('x'.repeat(99))], { compression: type, damage })
    await assert.rejects(decodeBatches(bytes, decompress), { reason: 'kafka.bad-batch', message: name })
  }
})

test('a compression that is not read says its name; magic 1 says what is needed', async () => {
  for (const [type, name] of [
    [2, /snappy/],
    [3, /lz4/],
    [5, /number 5/],
  ] as const) {
    const bytes = await dataBatch(0, 1, [message('a')], { attributes: type })
    await assert.rejects(decodeBatches(bytes, decompress), { reason: 'kafka.compression', message: name })
  }
  const old = await dataBatch(0, 1, [message('a')])
  old[16] = 1
  await assert.rejects(decodeBatches(old, decompress), { reason: 'kafka.bad-batch', message: /magic 1/ })
})

test("what kafkajs' own producer writes", async () => {
  const require = createRequire(import.meta.url)
  const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0')
  const Record = require('kafkajs/src/protocol/recordBatch/record/v0')
  const record = (offsetDelta: number, key: string | null, value: string | null) =>
    Record({ offsetDelta, timestampDelta: offsetDelta * 3, key, value, headers: { h: ['1', '2'], empty: '' } })
  for (const compression of [0, 1]) {
    const { buffer } = await RecordBatch({
      compression,
      firstTimestamp: 1000,
      maxTimestamp: 1003,
      lastOffsetDelta: 1,
      records: [record(0, 'k', 'v'), record(1, null, null)],
    })
    const [batch] = await decodeBatches(buffer, decompress)
    assert.equal(batch!.transactional, false)
    assert.deepEqual(
      batch!.records.map(r => [r.offset, r.timestamp, text(r.key), text(r.value), text(r.headers.get('h') ?? null)]),
      [
        [0, 1000, 'k', 'v', '2'],
        [1, 1003, null, null, '2'],
      ],
    )
  }
})
