import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request, response, SECOND, START, Stage } from './messages.test-support.ts'

const otherId = (n: number): string => `other-message-id-${n}`

test('the halves meet in either order, from different ingest servers, and across a restart', () => {
  for (const order of [
    ['request', 'response'],
    ['response', 'request'],
  ] as const) {
    const stage = new Stage()
    for (const [i, half] of order.entries()) {
      stage.feed(half === 'request' ? request() : response(), i, `server-${i}`)
      if (i === 0) assert.deepEqual(stage.exchanges(), [])
      stage.restart()
    }
    const [exchange, ...more] = stage.exchanges()
    assert.deepEqual(more, [])
    assert.equal(exchange!.request.method, 'POST')
    assert.equal(exchange!.response!.status, 200)
    assert.deepEqual(exchange!.anomalies, [])
    assert.equal(exchange!.id, `${exchange!.connection.id}-1`)
    assert.equal(stage.ledger.pending, 0)
  }
})

test('a half whose other one does not come is handed on alone, and says why', () => {
  const stage = new Stage({ responseTimeout: 60, requestTimeout: 10 })
  stage.feed(request(), 0)
  stage.feed(response({ id: otherId(1) }), 0)
  stage.advance(9)
  assert.deepEqual(stage.exchanges(), [])
  stage.advance(10)
  const [alone] = stage.exchanges()
  assert.deepEqual(alone!.anomalies, ['message.no-request'])
  assert.equal(alone!.request.method, '')
  assert.equal(alone!.id, `${alone!.connection.id}-2`)
  stage.advance(60)
  const [asked] = stage.exchanges()
  assert.deepEqual(asked!.anomalies, ['message.no-response'])
  assert.equal(asked!.response, null)
  assert.equal(stage.ledger.pending, 0)
  stage.advance(100)
  assert.equal(stage.size, 1, 'only the source is left')
})

test('a half that comes too late is an exchange of its own', () => {
  const stage = new Stage()
  stage.feed(request(), 0)
  stage.advance(60)
  stage.feed(response({ end: START + 61 * SECOND }), 61)
  const [asked, answered] = stage.exchanges()
  assert.equal(asked!.response, null)
  assert.deepEqual(answered!.anomalies, ['message.late', 'message.no-request'])
  assert.equal(answered!.response!.status, 200)
  assert.notEqual(asked!.id, answered!.id)
  assert.equal(asked!.connection.id, answered!.connection.id)
  assert.equal(stage.counted('messages.late'), 1)
})

test('a half that comes again is counted and said, once', () => {
  const stage = new Stage()
  for (const at of [0, 1, 2]) stage.feed(request(), at)
  stage.feed(response(), 3)
  const [exchange, ...more] = stage.exchanges()
  assert.deepEqual(exchange!.anomalies, ['message.duplicate'])
  assert.deepEqual(more, [])
  for (const at of [4, 5]) stage.feed(response(), at)
  stage.restart()
  stage.feed(request(), 6)
  assert.deepEqual(stage.exchanges(), [])
  const said = stage.anomalies()
  assert.deepEqual(
    said.map(({ anomaly, connection }) => [anomaly, connection.id]),
    [['message.duplicate', exchange!.connection.id]],
  )
  assert.equal(stage.counted('messages.duplicate'), 5)
  assert.equal(stage.ledger.pending, 0)
})

test('the same messages give the same ids again', () => {
  const ids = () => {
    const stage = new Stage()
    stage.feed(request(), 0)
    stage.feed(response(), 1)
    return stage.exchanges().map(({ id, connection }) => [id, connection.id])
  }
  assert.deepEqual(ids(), ids())
})

test('beyond a bound the oldest are handed on as they are', () => {
  const stage = new Stage({ halves: 20 })
  for (let n = 0; n < 30; n++) stage.feed(request({ id: otherId(n) }), 0)
  const evicted = stage.exchanges()
  assert.ok(evicted.length >= 10 && evicted.length < 20, `${evicted.length} evicted`)
  for (const { anomalies } of evicted) assert.deepEqual(anomalies, ['message.evicted', 'message.no-response'])
  assert.equal(stage.counted('messages.evicted'), evicted.length)
  assert.ok(stage.size <= 21)

  const busy = new Stage({ halves: 20 })
  busy.feed(request({ id: otherId(0) }), 0)
  for (let n = 1; n < 40; n++) {
    busy.feed(request({ id: otherId(n) }), 0)
    busy.feed(response({ id: otherId(n) }), 0)
  }
  assert.equal(busy.counted('messages.evicted'), 0, 'what is only remembered goes first')
  assert.ok(busy.size <= 21)

  const small = new Stage({ memory: 65_536 })
  const body = new Uint8Array(20_000)
  for (let n = 0; n < 10; n++) small.feed(request({ id: otherId(n), body, bodyBytes: body.length }), 0)
  assert.ok(small.counted('messages.evicted') > 0)
  small.end()
  assert.equal(small.exchanges().length, 10)
  assert.equal(small.ledger.pending, 0)
})

test('the end of the last source ends all waiting', () => {
  const stage = new Stage()
  stage.feed(request(), 0, 'one')
  stage.feed(request({ id: otherId(1) }), 0, 'two')
  stage.end('one')
  stage.restart()
  assert.deepEqual(stage.exchanges(), [])
  stage.feed(response(), 1, 'two')
  assert.equal(stage.exchanges().length, 1)
  stage.end('two')
  assert.deepEqual(stage.exchanges()[0]!.anomalies, ['message.no-response'])
  assert.equal(stage.ledger.pending, 0)
})

test('what the log holds and is no message is an anomaly, and damaged', () => {
  const stage = new Stage()
  stage.bytes(request(), Uint8Array.of(0xc1, 0xc1), 0)
  const [said] = stage.anomalies()
  assert.equal(said!.anomaly, 'message.malformed')
  assert.deepEqual([said!.connection.client.ip, said!.connection.server.ip].toSorted(), ['10.0.0.2', '203.0.113.7'])
  assert.equal(stage.ledger.get('damaged'), 2)
})

test('without responses a request is an exchange by itself', () => {
  const stage = new Stage({ responses: false })
  stage.feed(response(), 0)
  stage.feed(request(), 1)
  const [exchange] = stage.exchanges()
  assert.equal(exchange!.response, null)
  assert.deepEqual(exchange!.anomalies, ['http.response-not-kept'])
  stage.feed(request(), 2)
  assert.equal(stage.counted('messages.duplicate'), 1)
  assert.equal(stage.ledger.pending, 0)
})
