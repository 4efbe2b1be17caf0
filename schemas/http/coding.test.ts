import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { mulberry32 } from '#test/driver/random.ts'
import { decodeContent } from './coding.ts'

const LIMITS = { bytes: 300_000, ratio: 200, cut: false }
const TEXT = Buffer.from('a=1 union select password from users -- '.repeat(100))
const JUNK = Buffer.from(' and something else')

const CODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync } as const

const decode = (body: Uint8Array, codings: string, limits = LIMITS) => {
  const { content, anomaly } = decodeContent(new Uint8Array(body), codings, limits)
  return { text: content === null ? null : Buffer.from(content).toString('latin1'), anomaly }
}

/** Noise that no coding makes smaller, then the text: the end of the output is the end of the input. */
const noisy = (length: number) => {
  const random = mulberry32(length)
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
}

for (const [name, coder] of Object.entries(CODERS)) {
  describe(name, () => {
    test('whole', () => {
      assert.deepEqual(decode(coder(TEXT), name), { text: TEXT.toString(), anomaly: null })
    })

    test('cut off: what decodes', () => {
      const plain = Buffer.concat([TEXT, noisy(200_000)])
      const stream = coder(plain).subarray(0, 190_000)
      const captured = decode(stream, name, { ...LIMITS, cut: true })
      assert.equal(captured.anomaly, null)
      assert.ok(plain.toString('latin1').startsWith(captured.text!), 'a beginning of what went in')
      const sent = decode(stream, name)
      assert.equal(sent.anomaly, 'http1.bad-content-coding')
      assert.equal(sent.text, captured.text)
    })

    test('damaged in the middle: what comes before', () => {
      const plain = Buffer.concat([TEXT, noisy(60_000)])
      const stream = coder(plain)
      stream.fill(0xff, stream.length >> 1, (stream.length >> 1) + 200)
      const { text, anomaly } = decode(stream, name)
      if (anomaly === null) return // it is noise that it stored: nothing shows
      assert.equal(anomaly, 'http1.bad-content-coding')
      assert.ok(text!.startsWith(TEXT.toString()), `${text?.length} bytes`)
    })

    test('beyond the limit: what comes before', () => {
      const plain = Buffer.concat([TEXT, noisy(600_000)])
      const { text, anomaly } = decode(coder(plain), name)
      assert.equal(anomaly, 'http1.decoded-too-large')
      assert.ok(text!.startsWith(TEXT.toString()) && text!.length <= LIMITS.bytes, `${text?.length} bytes`)
      assert.ok(text!.length >= LIMITS.bytes / 2, `${text?.length} bytes`)
    })

    test('a bomb', () => {
      const bomb = coder(Buffer.alloc(8_000_000))
      const { text, anomaly } = decode(bomb, name, { bytes: 4_000_000, ratio: 20, cut: false })
      assert.equal(anomaly, 'http1.decompression-bomb')
      assert.ok((text ?? '').length <= 1_048_576)
    })

    test('none at all: null, and no throw', () => {
      assert.deepEqual(decode(Buffer.from('id=1 or 1=1'), name), { text: null, anomaly: 'http1.bad-content-coding' })
    })
  })
}

test('gzip with something behind it', () => {
  assert.deepEqual(decode(Buffer.concat([gzipSync(TEXT), JUNK]), 'gzip'), {
    text: TEXT.toString(),
    anomaly: 'http1.bad-content-coding',
  })
})

test('gzip of several members, and then something else', () => {
  const members = Buffer.concat([gzipSync('one '), gzipSync('two')])
  assert.deepEqual(decode(members, 'gzip'), { text: 'one two', anomaly: null })
  assert.equal(decode(Buffer.concat([members, JUNK]), 'gzip').text, 'one two')
})

test('gzip with a wrong checksum', () => {
  const stream = gzipSync(TEXT)
  stream[stream.length - 5]! ^= 1
  assert.deepEqual(decode(stream, 'gzip'), { text: TEXT.toString(), anomaly: 'http1.bad-content-coding' })
})

test('gzip with all optional header fields, damaged behind the data', () => {
  const plain = gzipSync('hello')
  const fields = Buffer.from('\x1f\x8b\x08\x1e\0\0\0\0\0\xff\x03\0abcname\0comment\0cc', 'latin1')
  const stream = Buffer.concat([fields, plain.subarray(10), JUNK])
  assert.equal(decode(stream, 'gzip').text, 'hello')
})

test('deflate without a wrapper', () => {
  assert.deepEqual(decode(deflateRawSync(TEXT), 'deflate'), { text: TEXT.toString(), anomaly: null })
})

test('stacked: what the outer layers give when an inner one is bad or unknown', () => {
  assert.deepEqual(decode(gzipSync('plain'), 'br, gzip'), { text: 'plain', anomaly: 'http1.bad-content-coding' })
  assert.deepEqual(decode(gzipSync('plain'), 'x, gzip'), { text: 'plain', anomaly: 'http1.unknown-content-coding' })
  assert.equal(decode(brotliCompressSync(gzipSync(TEXT)), 'gzip, br').text, TEXT.toString())
})

test('anything: no throw, and never beyond the limit', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = mulberry32(seed)
    const names = Object.keys(CODERS) as (keyof typeof CODERS)[]
    const name = names[Math.floor(random() * names.length)]!
    const stream = CODERS[name](Buffer.concat([noisy(Math.floor(random() * 3000)), TEXT]))
    for (let n = Math.floor(random() * 4); n > 0; n--)
      stream[Math.floor(random() * stream.length)] = Math.floor(random() * 256)
    const body = stream.subarray(0, Math.floor(random() * (stream.length + 1)))
    const { content } = decodeContent(body, name, { bytes: 2000, ratio: 200, cut: random() < 0.5 })
    assert.ok(content === null || content.length <= 2000, `seed ${seed}`)
  }
})
