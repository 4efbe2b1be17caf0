import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { StreamSource } from './byte-source.ts'
import { Window } from './window.ts'

const { signal } = new AbortController()

function chunksOf(bytes: Uint8Array, random: () => number): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(random() * 40)
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

describe('window', () => {
  test('shows the stream as it is, at the right offsets, in a buffer smaller than it', async () => {
    const seed = 3
    const random = mulberry32(seed)
    const bytes = Uint8Array.from({ length: 5000 }, () => random() * 256)
    const window = new Window(new StreamSource(Readable.from(chunksOf(bytes, random))), 0, 64)
    for (let at = 0; at < bytes.length; ) {
      const need = Math.min(1 + Math.floor(random() * 64), bytes.length - at)
      assert.equal(await window.fill(need, Number.POSITIVE_INFINITY, signal), 'ready')
      assert.equal(window.offset, at, `seed ${seed}`)
      const seen = window.bytes.subarray(window.start, window.start + need)
      assert.deepEqual(seen, bytes.subarray(at, at + need), `seed ${seed}, byte ${at}`)
      assert.equal(window.view.getUint8(window.start), bytes[at])
      window.start += need
      at += need
    }
    assert.equal(window.bytes.length, 64)
    assert.equal(await window.fill(1, Number.POSITIVE_INFINITY, signal), 'ended')
  })

  test('grows to what one record needs, and no further', async () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => i)
    const window = new Window(new StreamSource(Readable.from([bytes])), 1000, 64)
    await window.fill(10, Number.POSITIVE_INFINITY, signal)
    window.start += 10
    assert.equal(await window.fill(200, Number.POSITIVE_INFINITY, signal), 'ready')
    assert.deepEqual(window.bytes.subarray(window.start, window.start + 200), bytes.subarray(10, 210))
    assert.equal(window.offset, 1010)
    assert.equal(window.bytes.length, 200)
  })

  test('says when the stream is shorter, and when it makes wait', async () => {
    const short = new Window(new StreamSource(Readable.from([new Uint8Array(5)])))
    assert.equal(await short.fill(6, Number.POSITIVE_INFINITY, signal), 'ended')
    assert.equal(short.available, 5)
    const silent = new Window(new StreamSource(new Readable({ read() {} })))
    assert.equal(await silent.fill(1, 1, signal), 'later')
  })
})
