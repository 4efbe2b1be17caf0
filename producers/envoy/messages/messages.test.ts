import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Secret } from '#schemas/config/secret.ts'
import { requestHalf, responseHalf } from '#schemas/message/message.test-support.ts'
import { encodeMessage } from '#schemas/message/message.ts'
import { http1, http2, openIngest, pair, readUntil, session, TOKEN } from '../ingest.test-support.ts'

const ID = 'AbCdEfGhIjKlMnOpQrSt'

describe('messages', () => {
  test('are accepted over HTTP/1.1 and HTTP/2 on one address, and come out as they were sent', async () => {
    await using ingest = await openIngest()
    const [port] = ingest.ports as [number]
    await using client = session(port)
    assert.equal((await http1(port, pair(`${ID}-1`))).status, 202)
    assert.equal((await http2(client, pair(`${ID}-2`))).status, 202)
    const seen = await readUntil(ingest, ({ halves }) => halves.length === 4)
    assert.deepEqual(
      seen.halves.toSorted((a, b) => (a.id + a.half < b.id + b.half ? -1 : 1)),
      [1, 2].flatMap(n => [requestHalf({ id: `${ID}-${n}` }), responseHalf({ id: `${ID}-${n}` })]),
    )
    assert.equal(seen.ledger.pending, 0)
    assert.deepEqual(ingest.stats(), {
      'connections.accepted': 2,
      'messages.request': 2,
      'messages.response': 2,
      'requests.accepted': 2,
    })
  })

  test('a second address serves the same', async () => {
    await using ingest = await openIngest({ grpcListen: '127.0.0.1:0' })
    const answers = await Promise.all(ingest.ports.map((port, n) => http1(port, pair(`${ID}-${n}`))))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202],
    )
    const { halves } = await readUntil(ingest, seen => seen.halves.length === 4)
    assert.equal(new Set(halves.map(({ id }) => id)).size, 2)
  })

  test('what filters left out is counted, and so are keys that nobody knows', async () => {
    await using ingest = await openIngest()
    const half = { ...requestHalf({ dropped: { errors: 2, sampledOut: 40, 'no name!': 1 } }), newer: 1, newest: 2 }
    assert.equal((await http1(ingest.ports[0]!, encodeMessage(half))).status, 202)
    const stats = ingest.stats()
    assert.deepEqual(
      ['filter.errors', 'filter.sampledOut', 'filter.other', 'keys.unknown'].map(name => stats[name]),
      [2, 40, 1, 2],
    )
  })

  test('a thousand in one body', async () => {
    await using ingest = await openIngest()
    const body = Buffer.concat(Array.from({ length: 500 }, (_, n) => pair(`${ID}-${n}`)))
    assert.equal((await http1(ingest.ports[0]!, body)).status, 202)
    assert.equal((await readUntil(ingest, seen => seen.halves.length === 1000)).ledger.pending, 0)
  })

  test('many in one body do not keep others waiting', async () => {
    await using ingest = await openIngest()
    await using client = session(ingest.ports[0]!)
    const answered: string[] = []
    const body = Buffer.concat(Array.from({ length: 2000 }, (_, n) => pair(`${ID}-${n}`)))
    const many = http2(client, body).then(() => answered.push('many'))
    while (ingest.stats()['messages.request'] === undefined) await new Promise(resolve => setImmediate(resolve))
    await http2(client, pair(ID)).then(() => answered.push('one'))
    await many
    assert.deepEqual(answered, ['one', 'many'])
  })
})

describe('malformed messages', () => {
  const good = encodeMessage(requestHalf())
  const bad = encodeMessage({ ...requestHalf(), path: 7 } as never)

  test('are answered 400 with what is wrong, counted, and kept; the others are accepted', async () => {
    await using ingest = await openIngest()
    const answer = await http1(ingest.ports[0]!, Buffer.concat([good, bad, good]))
    assert.equal(answer.status, 400)
    assert.match(answer.text, /^message 2: message: path: .*expected string.* \(1 malformed, 2 accepted\)\n$/)
    const seen = await readUntil(ingest, ({ halves }) => halves.length === 2)
    const [letter] = seen.rejected
    assert.equal(letter?.reason, 'message-malformed')
    assert.deepEqual(Buffer.from(letter.value), Buffer.from(bad))
    assert.equal(seen.ledger.get('damaged'), bad.length)
    assert.equal(seen.ledger.pending, 0)
    assert.equal(ingest.stats()['messages.malformed'], 1)
  })

  test('what is cut off or no MessagePack ends the body there', async () => {
    await using ingest = await openIngest()
    for (const [rest, text] of [
      [good.subarray(0, 100), /^message 2: message: cut off after 100 bytes/],
      [Uint8Array.of(0xc1), /^message 2: message: no MessagePack/],
    ] as const) {
      const answer = await http1(ingest.ports[0]!, Buffer.concat([good, rest]))
      assert.equal(answer.status, 400)
      assert.match(answer.text, text)
    }
    assert.equal(ingest.stats()['messages.request'], 2)
  })

  test('only a few of them are kept, and only the first are looked at', async () => {
    await using ingest = await openIngest({ limits: { deadPerSecond: 3 } })
    const answer = await http1(ingest.ports[0]!, new Uint8Array(10_000).fill(0x80)) // empty maps
    assert.match(answer.text, /\(17 malformed, 0 accepted\)/)
    const seen = await readUntil(ingest, ({ ledger }) => ledger.get('damaged') === 10_000)
    assert.equal(seen.rejected.length, 3)
    assert.equal(new Set(seen.rejected.map(({ time }) => time)).size, 3)
    assert.deepEqual([ingest.stats()['messages.malformed'], ingest.stats()['messages.rest']], [16, 1])
  })

  test('of a longer one the first 64 KiB are kept', async () => {
    await using ingest = await openIngest()
    const long = encodeMessage({ ...requestHalf({ body: new Uint8Array(100_000), bodyBytes: 100_000 }), id: '' })
    assert.equal((await http1(ingest.ports[0]!, long)).status, 400)
    const seen = await readUntil(ingest, ({ rejected }) => rejected.length === 1)
    assert.deepEqual(Buffer.from(seen.rejected[0]!.value), Buffer.from(long.subarray(0, 65_536)))
  })

  test('other limits than the default hold', async () => {
    await using ingest = await openIngest({ limits: { messageBytes: 65_536, messageText: 16_384, messageValues: 256 } })
    const of = async (changes: Parameters<typeof requestHalf>[0]): Promise<string> =>
      (await http1(ingest.ports[0]!, encodeMessage(requestHalf(changes)))).text
    assert.match(await of({ body: new Uint8Array(70_000), bodyBytes: 70_000 }), /more than 65536 bytes/)
    assert.match(await of({ path: `/${'a'.repeat(17_000)}` }), /more than 16384 bytes of text/)
    assert.match(await of({ headers: Array.from({ length: 90 }, () => ['a', 'b']) }), /more than 256 values/)
    assert.equal(ingest.stats()['messages.too-large'], 3)
  })
})

describe('requests that are none of messages', () => {
  test('are told what is expected', async () => {
    await using ingest = await openIngest()
    const [port] = ingest.ports as [number]
    const status = async (headers: Record<string, string>, to: Parameters<typeof http1>[3] = {}): Promise<number> =>
      (await http1(port, pair(ID), headers, to)).status
    assert.equal(await status({}, { method: 'PUT' }), 405)
    assert.equal(await status({ 'content-type': 'application/json' }), 415)
    assert.equal(await status({ 'content-encoding': 'gzip' }), 415)
    assert.equal(await status({}, { path: '/v1/other' }), 404)
    assert.equal(await status({}, { path: '/v1/messages?who=cares' }), 202)
    assert.equal((await http1(port, new Uint8Array(0))).status, 400)
    assert.deepEqual([ingest.stats()['requests.not-understood'], ingest.stats()['requests.accepted']], [5, 1])
  })

  test('need the token', async () => {
    await using ingest = await openIngest({ token: Secret.of(TOKEN) })
    const [port] = ingest.ports as [number]
    const missing = await http1(port, pair(ID))
    assert.deepEqual([missing.status, missing.headers['www-authenticate']], [401, 'Bearer'])
    assert.equal((await http1(port, pair(ID), { authorization: `Bearer ${TOKEN}x` })).status, 401)
    assert.equal((await http1(port, pair(ID), { authorization: `Basic ${TOKEN}` })).status, 401)
    assert.equal((await http1(port, pair(ID), { authorization: `bearer ${TOKEN}` })).status, 202)
    assert.equal((await http1(port, new Uint8Array(0), {}, { method: 'GET', path: '/health' })).status, 200)
    assert.equal(ingest.stats()['refused.token'], 3)
  })
})

describe('overload', () => {
  test('when nobody takes what was accepted, the next is answered 503 at once', async () => {
    await using ingest = await openIngest({ limits: { pendingBytes: 4 * 1024 * 1024 } })
    const [port] = ingest.ports as [number]
    const body = encodeMessage(requestHalf({ body: new Uint8Array(1_500_000), bodyBytes: 1_500_000 }))
    for (const expected of [202, 202, 202, 503]) {
      const { status, headers } = await http1(port, body)
      assert.deepEqual([status, headers['retry-after']], [expected, expected === 503 ? '1' : undefined])
    }
    assert.equal((await http1(port, new Uint8Array(0), {}, { method: 'GET', path: '/health' })).status, 503)
    const seen = await readUntil(ingest, ({ halves }) => halves.length === 3)
    assert.equal((await http1(port, body)).status, 202)
    assert.equal(ingest.stats()['requests.overload'], 1)
    assert.equal(seen.ledger.pending, 0)
  })

  test('a body for which there is no memory is not read to its end', async () => {
    await using ingest = await openIngest({ limits: { heldBytes: 1024 * 1024 } })
    const [port] = ingest.ports as [number]
    const body = encodeMessage(requestHalf({ body: new Uint8Array(3_000_000), bodyBytes: 3_000_000 }))
    await using client = session(port)
    assert.equal((await http2(client, body)).status, 503)
    assert.equal((await http2(client, pair(ID))).status, 202, 'and its memory is free again')
    assert.equal(ingest.stats()['requests.no-memory'], 1)
  })

  test('one that is too long is refused by its announced length, or when it gets there', async () => {
    await using ingest = await openIngest({ limits: { requestBytes: 65_536 } })
    await using client = session(ingest.ports[0]!)
    for (const headers of [{ 'content-length': '70000' }, {}]) {
      const answer = await http2(client, new Uint8Array(70_000), headers)
      assert.equal(answer.status, 413)
      assert.match(answer.text, /longer than 65536 bytes/)
    }
    assert.equal(ingest.stats()['requests.too-long'], 2)
  })
})
