/** Against node:zlib as its twin: whole streams, and the part of cut, damaged and too large ones that must still come out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { mulberry32 } from '#test/driver/random.ts'
import { inflate } from './inflate.ts'

/** Text that compresses somewhat: repeats near and far, and noise. */
function text(random: () => number): Buffer {
  const words = ['select ', 'union', '\0', 'AAAAAAAAAAAAAAAA', '{"id":', '\xff\xfe', '..', '/etc/passwd']
  const length = Math.floor(random() ** 3 * 60_000)
  const parts: Buffer[] = []
  for (let at = 0; at < length; ) {
    const next =
      random() < 0.7
        ? Buffer.from(words[Math.floor(random() * words.length)]!, 'latin1')
        : Buffer.from(Array.from({ length: 1 + Math.floor(random() * 40) }, () => Math.floor(random() * 256)))
    parts.push(next)
    at += next.length
  }
  return Buffer.concat(parts)
}

const STRATEGIES = [constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE]

function compressed(random: () => number, plain: Buffer): Buffer {
  const strategy = STRATEGIES[Math.floor(random() * STRATEGIES.length)]!
  return deflateRawSync(plain, { level: Math.floor(random() * 10), strategy, memLevel: 1 + Math.floor(random() * 9) })
}

test('whole streams give what went in, and where they end', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = mulberry32(seed)
    const plain = text(random)
    const stream = compressed(random, plain)
    const got = inflate(Buffer.concat([Buffer.from('xx'), stream, Buffer.from('more')]), 2, 1e6)
    assert.equal(got.end, 'whole', `seed ${seed}`)
    assert.equal(got.next, 2 + stream.length, `seed ${seed}`)
    assert.ok(plain.equals(got.output), `seed ${seed}`)
  }
})

test('streams that refer to what came before them', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = mulberry32(seed)
    const dictionary = text(random).subarray(0, 32_768)
    const plain = Buffer.concat([dictionary.subarray(-2000), text(random)])
    const stream = deflateRawSync(plain, dictionary.length === 0 ? {} : { dictionary })
    const got = inflate(stream, 0, plain.length, dictionary)
    assert.deepEqual([got.end, plain.equals(got.output)], ['whole', true], `seed ${seed}`)
  }
})

test('cut streams give as much as node:zlib makes of them', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = mulberry32(seed)
    const stream = compressed(random, text(random))
    const cut = stream.subarray(0, Math.floor(random() * stream.length))
    const got = inflate(cut, 0, 1e6)
    assert.equal(got.end, 'cut', `seed ${seed}`)
    const want = inflateRawSync(cut, { finishFlush: constants.Z_SYNC_FLUSH })
    assert.ok(want.equals(got.output), `seed ${seed}: ${got.output.length} of ${want.length}`)
  }
})

test('the limit is met to the byte', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = mulberry32(seed)
    const plain = text(random)
    if (plain.length === 0) continue
    const limit = Math.floor(random() * plain.length)
    const got = inflate(compressed(random, plain), 0, limit)
    assert.deepEqual([got.end, got.output.length], ['full', limit], `seed ${seed}`)
    assert.ok(plain.subarray(0, limit).equals(got.output), `seed ${seed}`)
  }
})

test('damaged streams: what node:zlib takes is taken, what it refuses is refused, and nothing throws', () => {
  let bad = 0
  for (let seed = 1; seed <= 600; seed++) {
    const random = mulberry32(seed)
    const stream = compressed(random, text(random))
    for (let n = 1 + Math.floor(random() * 3); n > 0; n--) {
      stream[Math.floor(random() * stream.length)]! ^= 1 << Math.floor(random() * 8)
    }
    const got = inflate(stream, 0, 1e6)
    let want: Buffer | null = null
    try {
      want = inflateRawSync(stream, { finishFlush: constants.Z_SYNC_FLUSH })
    } catch {
      bad++
    }
    // zlib refuses codes that are incomplete; they decode until a code without a symbol is read.
    if (want !== null) assert.ok(want.equals(got.output), `seed ${seed}: ${got.end}`)
  }
  assert.ok(bad > 100, `${bad} damaged streams were refused`)
})
