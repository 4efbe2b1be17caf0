import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { fits, take } from '../../testdata/decode.ts'
import gzip from './index.ts'

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const limits = (chars: number) => ({ nesting: 64, values: 1000, chars })
/** And where the first block begins. */
const PACKERS = {
  gzip: { pack: gzipSync, block: 10 },
  zlib: { pack: deflateSync, block: 2 },
  zstd: { pack: zstdCompressSync, block: 6 },
}

for (const [name, { pack, block }] of Object.entries(PACKERS)) {
  describe(name, () => {
    test('is told by how it begins', () => {
      const packed = latin1(pack('some text, ünïcödé'))
      assert.ok(fits(gzip, packed))
      assert.deepEqual(take(gzip, packed), { values: [['gzip', 'some text, ünïcödé']], noted: [], outcome: 'part' })
    })

    test('what is damaged holds nothing', () => {
      const packed = pack('some text that goes on for a while')
      packed.fill(7, block)
      assert.deepEqual(take(gzip, latin1(packed)).values, [])
    })

    test('a bomb', () => {
      assert.equal(take(gzip, latin1(pack('a'.repeat(10_000_000)))).outcome, 'too-large')
    })

    test('little becomes at most 64 kB, more at most 50 times as much', () => {
      assert.equal(take(gzip, latin1(pack('a'.repeat(60_000)))).values[0]![1].length, 60_000)
      assert.equal(take(gzip, latin1(pack('a'.repeat(70_000)))).outcome, 'too-large')
    })

    test('what is beyond the budget of the exchange is not taken, and no bomb', () => {
      assert.deepEqual(take(gzip, latin1(pack('a'.repeat(60_000))), { limits: limits(50_000) }), {
        values: [],
        noted: [],
        outcome: 'spent',
      })
    })
  })
}

test('what is cut off is read up to there', () => {
  const text = Array.from({ length: 3000 }, (_, i) => `line ${i * 7919}`).join('\n')
  for (const pack of [gzipSync, deflateSync]) {
    const [[, start]] = take(gzip, latin1(pack(text).subarray(0, 4000))).values as [[string, string]]
    assert.ok(start.length > 1000 && text.startsWith(start))
  }
})

test('text that only begins like it', () => {
  for (const text of ['x^2 + y^2', 'x\x01', '(\xb5/\xfd']) assert.deepEqual(take(gzip, text).values, [], text)
  for (const text of ['xylophone', 'a', '', '\x1f\x8b\x00']) assert.ok(!fits(gzip, text), text)
})
