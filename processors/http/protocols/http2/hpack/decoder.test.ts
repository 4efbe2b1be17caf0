import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Encoder, huffman, type Style } from '#test/driver/http2.ts'
import { mulberry32 } from '#test/driver/random.ts'
import type { Field } from '../field.ts'
import { HpackDecoder } from './decoder.ts'
import { huffmanString } from './huffman.ts'
import errors from './testdata/errors.json' with { type: 'json' }
import vectors from './testdata/rfc7541-c.json' with { type: 'json' }

function decode(
  decoder: HpackDecoder,
  bytes: Uint8Array,
): { headers: (readonly [string, string])[]; anomalies: string[] } {
  const fields: Field[] = []
  const anomalies: string[] = []
  decoder.decode(bytes, 0, bytes.length, fields, anomalies)
  return { headers: fields.map(({ header }) => header), anomalies }
}

for (const { section, table, blocks } of vectors) {
  test(`RFC 7541 ${section}`, () => {
    const decoder = new HpackDecoder(65_536)
    decoder.table.resize(table)
    for (const { wire, headers, size } of blocks) {
      assert.deepEqual(decode(decoder, Buffer.from(wire, 'hex')), { headers, anomalies: [] })
      assert.equal(decoder.table.size, size)
    }
  })
}

describe('what is wrong with a block', () => {
  for (const { what, wire, anomaly } of errors) {
    test(what, () => {
      const decoder = new HpackDecoder(65_536)
      decoder.allowed = 4096
      assert.deepEqual(decode(decoder, Buffer.from(wire, 'hex')).anomalies, [anomaly])
    })
  }

  test('what stands before the error is given, and the table is not known any more', () => {
    const decoder = new HpackDecoder(65_536)
    decode(decoder, Buffer.from('400161016240016301 64'.replace(' ', ''), 'hex'))
    assert.deepEqual(decode(decoder, Buffer.from('be80', 'hex')).headers, [['c', 'd']])
    assert.deepEqual(decode(decoder, Buffer.from('bfbe', 'hex')), {
      headers: [
        ['', ''],
        ['', ''],
      ],
      anomalies: [],
    })
  })
})

describe('Huffman', () => {
  test('every byte, alone and between others', () => {
    for (let byte = 0; byte < 256; byte++) {
      for (const text of [[byte], [97, byte, 98], [byte, byte, byte]]) {
        const coded = huffman(Buffer.from(text))
        assert.equal(huffmanString(coded, 0, coded.length), Buffer.from(text).toString('latin1'))
      }
    }
  })

  test('the empty string', () => assert.equal(huffmanString(new Uint8Array(0), 0, 0), ''))

  test('strings longer than any before', () => {
    const text = Buffer.alloc(50_000, 'e')
    const coded = huffman(text)
    assert.equal(huffmanString(coded, 0, coded.length), text.toString('latin1'))
  })
})

test('whatever an encoder does, the decoder follows; joined later, it is right or does not know', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = mulberry32(seed)
    const upTo = (n: number) => Math.floor(random() * n)
    const encoder = new Encoder()
    const follower = new HpackDecoder(65_536)
    const joiner = new HpackDecoder(seed % 2 === 0 ? 65_536 : 300)
    joiner.table.lose()
    const join = upTo(20)
    for (let n = 0; n < 60; n++) {
      const headers = Array.from({ length: upTo(5) }, () => [`n${upTo(6)}`, 'v'.repeat(upTo(60)) + upTo(8)] as const)
      const resized = random() < 0.1 ? encoder.resize(upTo(600)) : Buffer.alloc(0)
      const styles: readonly Style[] = ['index', 'index', 'insert', 'plain', 'never']
      const block = encoder.block(
        headers,
        () => styles[upTo(styles.length)]!,
        () => random() < 0.5,
      )
      const bytes = Buffer.concat([resized, block])
      assert.deepEqual(decode(follower, bytes), { headers, anomalies: [] }, `seed ${seed}`)
      if (n < join) continue
      const { headers: got, anomalies } = decode(joiner, bytes)
      assert.deepEqual(anomalies, [], `seed ${seed}`)
      assert.equal(got.length, headers.length, `seed ${seed}`)
      for (const [i, [name, value]] of got.entries()) {
        const [trueName, trueValue] = headers[i]!
        const unknown = name === '' && (value === '' || value === trueValue)
        assert.ok(
          unknown || (name === trueName && value === trueValue),
          `seed ${seed}: ${name}: ${value} for ${trueName}: ${trueValue}`,
        )
      }
    }
    assert.equal(follower.table.older, false)
  }
})
