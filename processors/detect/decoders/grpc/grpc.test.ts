import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { Bench, DECODERS, DETECTORS, exchangeOf } from '../../testdata/exchange.ts'

/** Says every value that holds the needle as a word: what begins behind a length that is a letter must be found too. */
const echo: DetectorSpec = {
  id: 'echo',
  attack: 'scanner',
  literals: [],
  words: ['zz'],
  inspect: ({ text }, _lower, _exchange, report) =>
    report({ rule: `echo.${text}`, severity: 'info', evidence: text, why: 'It is there.' }),
}

function values(type: string, body: Uint8Array): Record<string, string> {
  const exchange = exchangeOf({ method: 'POST', headers: [['content-type', type]], body })
  const found = new Bench({ maxDetections: 1000 }, DECODERS, [echo]).inspect(exchange)
  return Object.fromEntries(found.map(({ point, evidence }) => [point.join(' '), evidence]))
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}

const tag = (field: number, wire: number) => varint(field * 8 + wire)

function bytes(field: number, value: string | Uint8Array): Buffer {
  const content = Buffer.from(value)
  return Buffer.concat([Buffer.from([...tag(field, 2), ...varint(content.length)]), content])
}

const number = (field: number, value: number) => Buffer.from([...tag(field, 0), ...varint(value)])
const message = (...fields: readonly Uint8Array[]) => Buffer.concat(fields)

function framed(payload: Uint8Array, flags = 0): Buffer {
  const prefix = Buffer.alloc(5)
  prefix[0] = flags
  prefix.writeUInt32BE(payload.length, 1)
  return Buffer.concat([prefix, payload])
}

describe('protobuf', () => {
  const type = 'application/x-protobuf'

  test('fields by number, nested, repeated, beside numbers of every kind', () => {
    const body = message(
      number(1, 300),
      bytes(2, 'zz text'),
      bytes(3, message(number(1, 1), bytes(4, message(bytes(1, 'zz\u00e9'), number(9, 2 ** 40))))),
      Buffer.from([...tag(5, 1), 1, 2, 3, 4, 5, 6, 7, 8, ...tag(6, 5), 1, 2, 3, 4]),
      bytes(7, Buffer.from([1, 2, 3, 200, 1])),
      bytes(8, 'zz last'),
    )
    assert.deepEqual(values(type, body), {
      'post protobuf 2': 'zz text',
      'post protobuf 3 4 1': 'zz\u00e9',
      'post protobuf 8': 'zz last',
    })
  })

  test('groups', () => {
    const group = [Buffer.from(tag(2, 3)), bytes(1, 'zz'), Buffer.from(tag(2, 4))]
    assert.deepEqual(values(type, message(...group, bytes(3, 'zz'))), {
      'post protobuf 2 1': 'zz',
      'post protobuf 3': 'zz',
    })
  })

  test('a length that is a letter hides no word', () => {
    const text = `zz ${'x'.repeat(94)}`
    assert.equal(text.length, 97, 'the letter a')
    assert.deepEqual(values(type, bytes(1, text)), { 'post protobuf 1': text })
  })

  test('text that parses as a message is looked at as text', () => {
    // Tag and length of a field, hidden in what the server reads as a string.
    const text = '\x0b zz zz zz zz zz zz zz zz\x0c'
    assert.equal(values(type, bytes(1, text))['post protobuf 1'], text)
  })

  test('what breaks off is read up to there, the rest as text', () => {
    const body = message(bytes(1, 'zz a'), bytes(2, 'zz cut off')).subarray(0, -4)
    assert.deepEqual(Object.keys(values(type, body)), ['post protobuf 1', 'post protobuf'])
  })

  test('other names of the content type; and other content types', () => {
    const body = bytes(1, 'zz')
    for (const name of [
      'application/protobuf; proto=a.B',
      'application/vnd.google.protobuf',
      'application/vnd.api+proto',
    ])
      assert.deepEqual(values(name, body), { 'post protobuf 1': 'zz' }, name)
    assert.deepEqual(values('text/plain', Buffer.from('\n\x02zz')), { post: '\n\x02zz' })
  })

  test('nested deeper than the limit is a data bomb', () => {
    let body: Buffer = number(1, 1)
    for (let i = 0; i < 100; i++) body = bytes(1, body)
    const exchange = exchangeOf({ method: 'POST', headers: [['content-type', type]], body })
    const [bomb] = new Bench().inspect(exchange)
    assert.equal(bomb?.rule, 'data_bomb.nesting')
  })

  test('a numberless heap of values is a data bomb', () => {
    const body = Buffer.concat(Array.from({ length: 2000 }, () => bytes(1, 'a')))
    const exchange = exchangeOf({ method: 'POST', headers: [['content-type', type]], body })
    assert.equal(new Bench({ maxValues: 1000 }).inspect(exchange)[0]?.rule, 'data_bomb.values')
  })
})

describe('grpc', () => {
  const type = 'application/grpc'
  const one = bytes(1, 'zz one')

  test('one message, several messages', () => {
    assert.deepEqual(values(type, framed(one)), { 'post grpc protobuf 1': 'zz one' })
    assert.deepEqual(
      values(`${type}+proto`, Buffer.concat([framed(one), framed(number(1, 1)), framed(bytes(3, 'zz'))])),
      {
        'post grpc array 0 protobuf 1': 'zz one',
        'post grpc array 2 protobuf 3': 'zz',
      },
    )
  })

  test('compressed messages', () => {
    for (const squeezed of [gzipSync(one), deflateSync(one), zstdCompressSync(one)])
      assert.deepEqual(values(type, framed(squeezed, 1)), { 'post grpc protobuf 1': 'zz one' })
  })

  test('a message that grows without end is a data bomb', () => {
    const exchange = exchangeOf({
      method: 'POST',
      headers: [['content-type', type]],
      body: framed(gzipSync(Buffer.alloc(40_000_000)), 1),
    })
    assert.equal(new Bench().inspect(exchange)[0]?.rule, 'data_bomb.expansion')
  })

  test('gRPC-Web, in base64 too, with trailers; JSON', () => {
    const body = Buffer.concat([framed(one), framed(Buffer.from('x: zz\r\n'), 0x80)])
    const want = { 'post grpc array 0 protobuf 1': 'zz one', 'post grpc array 1': 'x: zz\r\n' }
    assert.deepEqual(values('application/grpc-web+proto', body), want)
    assert.deepEqual(values('application/grpc-web-text', Buffer.from(body.toString('base64'))), want)
    assert.deepEqual(values('application/connect+proto', body), want)
    assert.deepEqual(values('application/grpc+json', framed(Buffer.from('{"a":"zz"}'))), {
      'post grpc json_doc hash a': 'zz',
    })
  })

  test('an attack in a nested field is found where it stands', () => {
    const body = framed(bytes(2, message(number(1, 1), bytes(3, "1' UNION SELECT password FROM users--"))))
    const exchange = exchangeOf({ method: 'POST', headers: [['content-type', type]], body })
    const [found] = new Bench({}, DECODERS, DETECTORS).inspect(exchange)
    assert.deepEqual([found?.attack, found?.point], ['sqli', ['post', 'grpc', 'protobuf', '2', '3']])
  })

  test('any bytes: nothing throws', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = mulberry32(seed)
      const body = Buffer.from(Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256)))
      for (const name of [type, 'application/x-protobuf', 'application/grpc-web-text'])
        assert.doesNotThrow(() => values(name, seed % 2 === 0 ? framed(body, 1) : body), `seed ${seed}`)
    }
  })
})
