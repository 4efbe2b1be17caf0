import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Secret } from '#schemas/config/secret.ts'
import { Retryable, Usage } from '#schemas/contracts/errors.ts'
import type { RefusedRecord, SinkRecord } from '#schemas/contracts/sink.ts'
import { anomalyLine, detectionLine, exchangeLine, messageLine } from '#schemas/json/lines.ts'
import { type Asked, type Given, OtherSide } from '#test/driver/other-side.ts'
import { anomaly, detection, exchange, request, socketMessage } from '#test/driver/records.ts'
import webhook from './index.ts'
import { Signer } from './signature.ts'

const { signal } = new AbortController()
const body = new TextEncoder().encode('a=1')
const withBody = exchange({ request: request({ body, content: body, bodyBytes: 3 }) })
const RECORDS: readonly SinkRecord[] = [
  { topic: 'exchanges', value: withBody },
  { topic: 'exchanges', value: socketMessage() },
  { topic: 'detections', value: detection() },
  { topic: 'anomalies', value: anomaly() },
]
const linesWith = (bodies: boolean): readonly string[] => [
  exchangeLine(withBody, { bodies }),
  messageLine(socketMessage(), { bodies }),
  detectionLine(detection()),
  anomalyLine(anomaly()),
]

interface Sent {
  readonly asked: Asked
  readonly refused: readonly RefusedRecord[]
}

/** What the other side got, and what became of it. */
async function send(settings: object, records = RECORDS, given: Given = { status: 200 }): Promise<Sent> {
  const all: Asked[] = []
  await using side = await OtherSide.open(asked => {
    all.push(asked)
    return given
  })
  await using sink = await open({ url: `${side.url}/in?key=k`, ...settings })
  const refused = await sink.write(records, signal)
  assert.equal(all.length, 1)
  return { asked: all[0]!, refused }
}

function open(settings: object): ReturnType<typeof webhook.open> {
  return webhook.open(webhook.config.parse(settings), { stdout: process.stdout, directory: '/' })
}

describe('a batch', () => {
  for (const bodies of [false, true]) {
    test(`is the lines of the contract, as NDJSON and as an array, bodies ${bodies}`, async () => {
      const lines = await send({ bodies })
      assert.equal(lines.asked.body.toString(), `${linesWith(bodies).join('\n')}\n`)
      assert.equal(lines.asked.headers['content-type'], 'application/x-ndjson')
      const array = await send({ bodies, format: 'array', method: 'PUT' })
      assert.equal(array.asked.body.toString(), `[${linesWith(bodies).join()}]`)
      assert.equal(array.asked.headers['content-type'], 'application/json')
      assert.deepEqual([array.asked.method, array.asked.target], ['PUT', '/in?key=k'])
    })
  }

  test('is compressed when that is wished', async () => {
    const { asked } = await send({ gzip: true })
    assert.equal(asked.headers['content-encoding'], 'gzip')
    assert.equal(gunzipSync(asked.body).toString(), `${linesWith(false).join('\n')}\n`)
  })

  test('has a key that depends on its records and their order only', async () => {
    const key = async (records: readonly SinkRecord[]): Promise<unknown> =>
      (await send({ headers: { 'x-a': 'b' } }, records)).asked.headers['idempotency-key']
    assert.match(String(await key(RECORDS)), /^[0-9a-f]{32}$/)
    assert.equal(await key(RECORDS), await key([...RECORDS]))
    assert.notEqual(await key(RECORDS), await key(RECORDS.toReversed()))
    assert.notEqual(await key(RECORDS), await key(RECORDS.slice(1)))
  })

  test('carries the headers and the token', async () => {
    const headers = { 'X-Source': 'edge', 'x-key': Secret.of('s3cret') }
    const { asked } = await send({ headers, token: Secret.of('t0ken') })
    assert.deepEqual(
      [asked.headers['x-source'], asked.headers['x-key'], asked.headers.authorization],
      ['edge', 's3cret', 'Bearer t0ken'],
    )
  })
})

describe('a signature', () => {
  const text = 'a key of more than 24 bytes'
  const bytes = Buffer.alloc(32, 7)
  const sign = [
    { id: 'old', secret: Secret.of(text) },
    { id: 'new', secret: Secret.of(`whsec_${bytes.toString('base64')}`) },
  ]

  for (const gzip of [false, true]) {
    test(`can be verified by each key from what was sent, gzip ${gzip}`, async () => {
      const { asked } = await send({ sign, gzip })
      const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = asked.headers
      const expected = [Buffer.from(text), bytes].map(key => {
        const signed = Buffer.concat([Buffer.from(`${id}.${time}.`), asked.body])
        return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
      })
      assert.equal(signature, expected.join(' '))
      assert.match(String(time), /^\d{10}$/)
      assert.equal(asked.headers['webhook-key-id'], 'old new')
      assert.equal(id, asked.headers['idempotency-key'])
    })
  }

  test('is that of the published example', () => {
    const signer = new Signer([{ id: 'k', secret: Secret.of('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') }])
    const payload = Buffer.from('{"test": 2432232314}')
    assert.equal(
      signer.headers('msg_p5jXN8AQM9LWM0D4loKWxJek', payload, 1_614_265_330_000)['webhook-signature'],
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    )
  })

  test('needs a key that is long enough and what it says it is', async () => {
    for (const key of ['short', 'whsec_c2hvcnQ=', `whsec_${'*'.repeat(40)}`]) {
      const settings = { url: 'http://a.example', sign: [{ id: 'k1', secret: Secret.of(key) }] }
      await assert.rejects(open(settings), error => error instanceof Usage && !error.message.includes(key))
    }
  })
})

describe('an answer', () => {
  const answers = 'records'
  const refusing = (text: string): Promise<Sent> => send({ answers }, RECORDS, { status: 200, body: text })

  test('may refuse single records', async () => {
    const { refused } = await refusing(
      '{"refused":[{"index":3,"answer":"no\\u001b[2J such tenant"},{"index":0}],"more":1}',
    )
    assert.deepEqual(refused, [
      { index: 3, answer: 'no [2J such tenant' },
      { index: 0, answer: 'refused' },
    ])
    for (const none of ['', '{}', '{"refused":[]}']) assert.deepEqual((await refusing(none)).refused, [])
  })

  test('is not read when nobody asked for it', async () => {
    const { refused } = await send({}, RECORDS, { status: 200, body: '{"refused":[{"index":0}]}' })
    assert.deepEqual(refused, [])
  })

  const wrong = ['ok', '[]', 'null', '{"refused":[{"index":4}]}', '{"refused":[{"index":-1}]}', '{"refused":{}}']
  for (const text of [...wrong, ' '.repeat(300_000)]) {
    test(`that cannot be understood is tried again: ${text.slice(0, 40)}`, async () => {
      await assert.rejects(refusing(text), { name: 'Retryable', reason: 'unexpected-answer', answered: true })
    })
  }

  test('that refuses a batch leaves it to the runtime to find the record; a single one is refused', async () => {
    const given = { status: 422, body: 'what is that?' }
    await assert.rejects(send({}, RECORDS, given), { name: 'Retryable', reason: 'refused', answered: true })
    const { refused } = await send({}, RECORDS.slice(0, 1), given)
    assert.deepEqual(refused, [{ index: 0, answer: 'HTTP 422: what is that?' }])
  })

  test('no secret stands in a message', async () => {
    const settings = { token: Secret.of('t0ken'), headers: { 'x-key': Secret.of('s3cret') } }
    for (const status of [302, 401, 403, 404, 500]) {
      await assert.rejects(send(settings, RECORDS, { status }), error => {
        assert.ok(error instanceof Retryable)
        assert.doesNotMatch(error.message, /t0ken|s3cret|key=k/)
        return true
      })
    }
  })
})

describe('configuration', () => {
  const url = 'https://a.example/in'
  const cases: readonly (readonly [settings: object, path: string])[] = [
    [{}, 'url'],
    [{ url: 'a.example' }, 'url'],
    [{ url: 'http://user:password@a.example' }, 'url'],
    [{ url, method: 'GET' }, 'method'],
    [{ url, topics: [] }, 'topics'],
    [{ url, topics: ['detections', 'detections'] }, 'topics'],
    [{ url, topics: ['segments'] }, 'topics.0'],
    [{ url, shape: 'new-hits', topics: ['detections', 'exchanges'] }, 'topics'],
    [{ url, headers: { 'a b': 'c' } }, 'headers.a b'],
    [{ url, headers: { 'Content-Length': '1' } }, 'headers.Content-Length'],
    [{ url, headers: { 'webhook-id': '1' } }, 'headers.webhook-id'],
    [{ url, headers: { Authorization: 'x' }, token: { env: 'T' } }, 'token'],
    [{ url, token: 'plain' }, 'token'],
    [{ url, sign: [] }, 'sign'],
    [{ url, sign: [{ id: 'a b', secret: { env: 'K' } }] }, 'sign.0.id'],
    [{ url, tls: { cert: { env: 'C' } } }, 'tls'],
    [{ url, retries: 3 }, ''],
  ]
  for (const [settings, path] of cases) {
    test(`refuses ${JSON.stringify(settings)}`, () => {
      const { error } = webhook.config.safeParse(settings)
      assert.deepEqual(
        error?.issues.map(issue => issue.path.join('.')),
        [path],
      )
    })
  }

  test('a header that no header may be is said without its value', async () => {
    await assert.rejects(open({ url, headers: { 'x-key': Secret.of('a\nb: c') } }), {
      name: 'Usage',
      message: /header x-key has characters/,
    })
  })

  test('warns of what crosses the network in the clear', () => {
    const warned = (settings: object): readonly string[] => webhook.warnings!(webhook.config.parse(settings))
    assert.deepEqual(warned({ url }), [])
    assert.deepEqual(warned({ url: 'http://a.example', token: { env: 'T' } }), [
      'url without https: the token and records cross the network in the clear',
    ])
    assert.deepEqual(warned({ url: 'http://a.example', bodies: true, topics: ['exchanges'] }), [
      'url without https: records with bodies cross the network in the clear',
    ])
  })

  test('new-hits are sent in their shape', async () => {
    const detections = RECORDS.slice(2, 3)
    const { asked } = await send({ shape: 'new-hits', format: 'array', client: 'Shop', cloud: 'EU' }, detections)
    const [hit] = JSON.parse(asked.body.toString())
    assert.deepEqual([hit.details.notification_type, hit.details.client_name], ['new_hits', 'Shop'])
  })
})
