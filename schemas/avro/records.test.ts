import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refused } from '#schemas/contracts/errors.ts'
import { KIND, SegmentWriter } from '#schemas/records/segment.ts'
import { randomValue } from '#test/driver/avro-random.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { Codec, HEADER_BYTES } from './codec.ts'
import { type AvroAnomaly, type AvroDetection, fromAnomaly, fromDetection } from './detection.ts'
import { type AvroExchange, fromExchange } from './exchange.ts'
import { decodeRecord, decodeState, encodeRecord, encodeState, type TopicValues } from './records.ts'
import { currentSchema, publishedSchemas } from './schemas.ts'
import { TOPICS, type TopicName } from './topics.ts'

const segments = new SegmentWriter()
segments.add(
  {
    kind: KIND.packet,
    flags: 16,
    dir: 1,
    time: 1.7e15,
    key: 2 ** 52,
    packet: 9,
    seq: 4e9,
    ack: 1,
    window: 5,
    wireLength: 3,
  },
  new Uint8Array([4, 10, 0, 0, 1, 0, 80, 10, 0, 0, 2, 1, 0]),
  new Uint8Array([1, 2, 3]),
  0,
  3,
)
segments.mark(KIND.tick, 1.8e15)
const { frame, count } = segments.take()

/** Makers of a value for each topic, from a seed. */
const VALUES: { readonly [Topic in TopicName]: (random: () => number) => TopicValues[Topic] } = {
  segments: () => ({
    sensor: 's',
    capture: 'pcap-file',
    source: 'ä.pcap',
    count,
    until: 1.8e15,
    ledger: { captured: 2 ** 40, framing: 54 },
    frame,
  }),
  exchanges: random => fromExchange(plain(randomValue(currentSchema('exchange'), random)) as AvroExchange),
  detections: random => fromDetection(plain(randomValue(currentSchema('detection'), random)) as AvroDetection),
  anomalies: random => fromAnomaly(plain(randomValue(currentSchema('anomaly'), random)) as AvroAnomaly),
  dead: random => plain(randomValue(currentSchema('dead'), random)) as TopicValues['dead'],
  positions: random => ({
    source: 'eth0',
    position: { offset: Math.floor(random() * 2 ** 40), hash: new Uint8Array([1]) },
  }),
}

/** Buffers become plain byte arrays, as decoded records have them. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

const topics = Object.keys(TOPICS) as TopicName[]

describe('what was encoded is decoded', () => {
  for (const topic of topics) {
    test(topic, () => {
      for (let seed = 1; seed <= 100; seed++) {
        const value = (VALUES[topic] as (random: () => number) => unknown)(mulberry32(seed))
        assert.deepEqual(decodeRecord(topic, encodeRecord(topic, value as never)), value, `seed ${seed}`)
      }
    })
  }

  test('state', () => {
    const entry = [1, null, { flow: new Uint8Array([1, 2]), at: 1.5, deep: [{ a: null }] }]
    assert.deepEqual(decodeState(encodeState(entry)), entry)
  })

  test('one body for two stays one body', () => {
    const body = new Uint8Array([1, 2, 3])
    const exchange = VALUES.exchanges(mulberry32(1))
    const sent = { ...exchange, request: { ...exchange.request, body, content: body } }
    const got = decodeRecord('exchanges', encodeRecord('exchanges', sent))
    assert.equal(got.request.content, got.request.body)
    assert.deepEqual(got.request.body, body)
  })

  test('an exchange of version 1 is no message, and its hops say nothing more', () => {
    const [first] = publishedSchemas('exchange')
    for (let seed = 1; seed <= 30; seed++) {
      const old = randomValue(first!, mulberry32(seed)) as AvroExchange
      const got = decodeRecord('exchanges', new Codec(first!).encode(old))
      assert.equal(got.message, null)
      assert.deepEqual(
        got.hops.map(({ from, ip, proxy }) => [from, ip, proxy]),
        old.hops.map(({ from, ip }) => [from, ip, undefined]),
      )
    }
  })

  test('a detection of version 1 says nothing of place, weakness or pack', () => {
    const [first] = publishedSchemas('detection')
    for (let seed = 1; seed <= 30; seed++) {
      const old = randomValue(first!, mulberry32(seed)) as AvroDetection
      const { why, at, shows, unless, cwe, owasp, pack } = decodeRecord('detections', new Codec(first!).encode(old))
      assert.deepEqual(
        [why, at, shows, unless, cwe, owasp, pack],
        [old.why, null, null, null, [], [], ''],
        `seed ${seed}`,
      )
    }
  })

  test('records larger than a slab, and many in a row', () => {
    const codec = new Codec(currentSchema('state'))
    const sizes = [10, 65_526, 65_536, 300_000, 1, 60_000, 60_000]
    const encoded = sizes.map((size, i) => codec.encode({ entry: Buffer.alloc(size, i) }))
    for (const [i, bytes] of encoded.entries()) {
      const { entry } = codec.decode(bytes) as { readonly entry: Buffer }
      assert.ok(entry.length === sizes[i] && entry.every(byte => byte === i), `record ${i} of ${sizes[i]} bytes`)
    }
  })

  test('strings of every length up to 300, ASCII and not, twice each', () => {
    const codec = new Codec({ type: 'record', name: 'T', fields: [{ name: 's', type: 'string' }] })
    for (const letter of ['a', 'é', '€', '😀']) {
      for (let length = 0; length <= 300; length++) {
        const text = letter.repeat(length)
        for (let i = 0; i < 2; i++)
          assert.deepEqual({ ...(codec.decode(codec.encode({ s: text })) as object) }, { s: text })
      }
    }
  })
})

test('a record begins with the marker and the fingerprint of its schema', () => {
  const bytes = new Codec('string').encode('a')
  // CRC-64-AVRO of "string" is 0x8f014872634503c7, little-endian.
  assert.equal(Buffer.from(bytes).toString('hex'), 'c301' + 'c70345637248018f' + '0261')
})

describe('what cannot be read is refused', () => {
  const refused = (reason: string) => (error: unknown) => error instanceof Refused && error.reason === reason
  const codec = new Codec({
    type: 'record',
    name: 'T',
    fields: [
      { name: 'list', type: { type: 'array', items: 'string' } },
      { name: 'map', type: { type: 'map', values: 'long' } },
      { name: 'either', type: ['null', 'bytes'] },
      { name: 'yes', type: 'boolean' },
    ],
  })
  const header = [...codec.encode({ list: [], map: {}, either: null, yes: true }).subarray(0, HEADER_BYTES)]
  const record = (...bytes: number[]) => new Uint8Array([...header, ...bytes])

  test('other bytes than Avro', () => {
    for (const bytes of [[], [0xc3], [0xc3, 0x02, 1, 2, 3, 4, 5, 6, 7, 8, 9], [0x7b, 0x7d]]) {
      assert.throws(() => codec.decode(new Uint8Array(bytes)), refused('not-avro'))
    }
  })

  test('a schema that nobody knows', () => {
    assert.throws(() => codec.decode(new Codec('string').encode('a')), refused('unknown-schema'))
  })

  const HUGE = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f] // 2^52 - 1 and more
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ['nothing after the header', record()],
    ['an array of more items than bytes', record(...HUGE, 0, 0, 0, 1)],
    ['an array of 2^31 items', record(0x80, 0x80, 0x80, 0x80, 0x10, 0, 0, 0, 1)],
    ['a negative count with a size beyond the end', record(1, 0x7e, 0, 0, 0, 0, 1)],
    ['a map of more entries than bytes', record(0, ...HUGE, 0, 0, 1)],
    ['a string longer than the record', record(2, 0x7e, 0x61, 0, 0, 0, 1)],
    ['a string of negative length', record(2, 1, 0, 0, 0, 1)],
    ['bytes longer than the record', record(0, 0, 2, ...HUGE, 1)],
    ['a union branch that is not there', record(0, 0, 4, 1)],
    ['a boolean of 2', record(0, 0, 0, 2)],
    ['a number without end', record(...Array<number>(30).fill(0xff))],
    ['a count of NaN bytes', record(0x80)],
    ['bytes after the end', record(0, 0, 0, 1, 0)],
  ]
  for (const [what, bytes] of cases) test(what, () => assert.throws(() => codec.decode(bytes), refused('bad-record')))

  test('a long beyond 2^53, which would not be exact', () => {
    const long = new Codec('long')
    const good = long.encode(2 ** 40)
    assert.throws(
      () => long.decode(new Uint8Array([...good.subarray(0, HEADER_BYTES), ...Array<number>(9).fill(0xff), 1])),
      refused('bad-record'),
    )
  })

  test('more items than any record has', () => {
    const empty = new Codec({ type: 'array', items: 'string' })
    const bytes = empty.encode(Array<string>(100_001).fill(''))
    assert.throws(() => empty.decode(bytes), refused('bad-record'))
  })

  test('schemas without a bound are not accepted', () => {
    assert.throws(() => new Codec({ type: 'array', items: 'null' }), /has no bound/)
    assert.throws(
      () => new Codec({ type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] }),
      /L holds itself/,
    )
  })

  test('damaged records of every topic: a value or a refusal, never anything else', () => {
    for (const topic of topics) {
      for (let seed = 1; seed <= 1500; seed++) {
        const random = mulberry32(seed)
        const good = encodeRecord(topic, (VALUES[topic] as (random: () => number) => unknown)(random))
        const cut = random() < 0.3 ? Math.floor(random() * good.length) : good.length
        const bad = good.slice(0, cut)
        for (let flips = random() * 4; flips > 0 && cut > HEADER_BYTES; flips--) {
          bad[HEADER_BYTES + Math.floor(random() * (cut - HEADER_BYTES))] =
            random() < 0.5 ? 0xff : Math.floor(random() * 256)
        }
        try {
          decodeRecord(topic, bad)
        } catch (error) {
          assert.ok(error instanceof Refused, `${topic}, seed ${seed}: ${(error as Error).stack}`)
        }
      }
    }
  })
})
