import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import { blankChunk, type Chunk, type Connection } from '#schemas/records/chunk.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { connectionOf, httpStage, play, type Step } from '#test/driver/http.ts'
import http1 from './protocols/http1/index.ts'
import websocket from './protocols/websocket/index.ts'

const GET = 'GET /a HTTP/1.1\r\nHost: Shop.Example:81\r\n\r\n'
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Feeds single chunks of several connections. */
function feeder(config: unknown) {
  const stage = httpStage(config)
  let time = 1_000_000
  const feed = (number: number, dir: 0 | 1, what: string | Partial<Chunk>, changes: Partial<Chunk> = {}) => {
    const chunk = { ...blankChunk(connectionOf(0, [40_000, 80], number)), dir, time: ++time, packet: time - 1_000_000 }
    const rest = typeof what === 'string' ? { bytes: new Uint8Array(Buffer.from(what)) } : what
    stage.feed({ ...chunk, ...rest, ...changes }, time)
  }
  return { stage, feed }
}

test('the record: who, where from, in what order', () => {
  const { exchanges } = play([{ c: GET }, { s: OK }, { c: GET }, { s: OK }, { end: 'both' }])
  const [first, second] = exchanges
  assert.equal(first?.id, 'c1-1')
  assert.equal(second?.id, 'c1-2')
  assert.equal(first?.host, 'shop.example:81')
  assert.deepEqual(first?.client, { ip: '10.0.0.1', port: 40_000 })
  assert.deepEqual(first?.hops, [{ from: 'packet', ip: '10.0.0.1', port: 40_000, trusted: true }])
  assert.deepEqual([first?.time, first?.end], [1_001_000, 1_002_000])
  assert.deepEqual(first?.origin, { source: 'test.pcap', packets: [1, 2], log: null })
})

test('log offsets of the segments are in the origin, without the partition', () => {
  const { stage, feed } = feeder({})
  feed(1, 0, GET, { offset: 70 })
  feed(1, 1, OK, { offset: 72 })
  const [exchange] = stage.take<Exchange>('decoded')
  assert.deepEqual(exchange?.origin.log, { topic: 'segments', partition: -1, offsets: [70, 72] })
})

test('responses: false pairs them and keeps nothing of them but their time', () => {
  const { stage, feed } = feeder({ responses: false })
  feed(1, 0, GET)
  feed(1, 1, OK)
  const [exchange] = stage.take<Exchange>('decoded')
  assert.equal(exchange?.response, null)
  assert.deepEqual(exchange?.anomalies, ['http.response-not-kept'])
  assert.deepEqual([exchange?.time, exchange?.end], [1_000_001, 1_000_002])
  assert.equal(stage.ledger.get('inspected'), GET.length + OK.length)
})

test('a key that a new connection took over ends the old one', () => {
  const { stage, feed } = feeder({})
  feed(1, 0, GET)
  const next = { ...connectionOf(0, [40_001, 80], 1), id: 'next' }
  feed(1, 0, GET, { connection: next })
  feed(1, 1, OK, { connection: next })
  const [old, fresh] = stage.take<Exchange>('decoded')
  assert.equal(old?.connection.id, 'c1')
  assert.ok(old?.anomalies.includes('http.no-response.one-way'))
  assert.equal(fresh?.connection.id, 'next')
  assert.equal(fresh?.response?.status, 200)
})

test('connections beyond the limit are refused and counted as budget', () => {
  const { stage, feed } = feeder({ connections: 2 })
  for (const number of [1, 2, 3]) feed(number, 0, GET)
  assert.equal(stage.size(), 2)
  assert.equal(stage.counted('http.connections.refused'), 1)
  assert.equal(stage.ledger.get('budget'), GET.length)
})

test('memory beyond the limit gives up the oldest connections, also after a restart', () => {
  const { stage, feed } = feeder({ memory: 65_536 })
  const head = `POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n${'x'.repeat(10_000)}`
  for (let number = 1; number <= 5; number++) feed(number, 0, head)
  assert.equal(stage.counted('http.connections.evicted'), 0)
  stage.restart()
  feed(6, 0, head)
  feed(7, 0, head)
  const evicted = stage.take<Exchange>('decoded')
  assert.deepEqual(
    evicted.map(({ connection }) => connection.id),
    ['c1', 'c2'].slice(0, evicted.length),
  )
  assert.ok(stage.counted('http.connections.evicted') >= 1)
  assert.ok(evicted[0]?.anomalies.includes('http1.truncated-body'))
  feed(1, 0, 'more')
  assert.equal(stage.ledger.get('budget'), 4, 'what still comes on a connection that was given up')
  for (let number = 1; number <= 7; number++) {
    for (const dir of [0, 1] as const) feed(number, dir, { kind: 'end', reason: 'fin' })
  }
  assert.equal(stage.size(), 0)
})

test('an endless head, an endless body and endless empty lines keep memory within their limits', () => {
  const { stage, feed } = feeder({ memory: 400_000, head: 8192, body: { keep: 8192 } })
  feed(1, 0, 'GET / HTTP/1.1\r\nX: ')
  feed(2, 0, 'POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n')
  feed(3, 0, GET)
  for (let n = 0; n < 200; n++) {
    feed(1, 0, 'y'.repeat(10_000))
    feed(2, 0, 'y'.repeat(10_000))
    feed(3, 0, '\r\n'.repeat(5000))
  }
  assert.equal(stage.counted('http.connections.evicted'), 0)
  assert.equal(stage.ledger.get('cap'), 2_000_000 - 8192 + (2_000_000 - 8192 + 19) - 2)
})

test('tunnels in tunnels end at the limit', () => {
  const open = 'CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n'
  const yes = 'HTTP/1.1 200 OK\r\n\r\n'
  const { exchanges, ledger, fed, stage } = play([{ c: open.repeat(100) }, { s: yes.repeat(100) }, { end: 'both' }], {
    config: { protocols: 5 },
  })
  assert.equal(exchanges.length, 5)
  assert.equal(stage.counted('http.protocols.limit'), 1)
  assert.equal((ledger.inspected ?? 0) + (ledger.unsupported ?? 0), fed)
})

test('an anomaly is said once per connection and kind, and counted always', () => {
  const steps = [
    { c: GET },
    { s: OK },
    { note: 's', anomaly: 'tcp.x' } as const,
    { note: 's', anomaly: 'tcp.x' } as const,
  ]
  const { stage, anomalies } = play([...steps, { end: 'both' }])
  assert.deepEqual(
    anomalies.map(({ anomaly }: Anomaly) => anomaly),
    ['tcp.x'],
  )
  assert.equal(stage.counted('tcp.x'), 2)
})

test('midstream, one-way: the server is the end that answers', () => {
  const { exchanges } = play([{ c: OK }, { end: 'both', reason: 'source' }], { opener: null, ports: [8080, 40_000] })
  assert.deepEqual(exchanges[0]?.connection.server, { ip: '10.0.0.1', port: 8080 })
})

test('messages of a WebSocket belong to the exchange that opened it, even if that was reported before its 101 came', () => {
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
  const steps: readonly Step[] = [
    { c: `GET /chat HTTP/1.1\r\nHost: h\r\n${upgrade}` },
    { wait: 61 },
    { s: `HTTP/1.1 101 Switching Protocols\r\n${upgrade}` },
    { s: '\x81\x05Hello' },
    { end: 'both' },
  ]
  const { exchanges } = play(steps, { protocols: [http1, websocket] })
  const [opened, message] = exchanges
  assert.deepEqual(opened?.anomalies, ['http.no-response.timeout'])
  assert.equal(message?.message?.exchange, opened?.id)
  assert.equal(message?.request.path, '/chat')
})

test('what is known of the connection is in its exchanges, from when it is known', () => {
  const { stage, feed } = feeder({})
  const known: Connection = {
    ...connectionOf(0, [40_000, 80], 1),
    about: { tls: { library: 'openssl' }, process: { pid: 7, name: 'nginx', side: 'server' } },
  }
  feed(1, 0, GET)
  feed(1, 1, OK)
  feed(1, 0, GET, { connection: known })
  stage.restart()
  feed(1, 1, OK, { connection: known })
  const [before, after] = stage.take<Exchange>('decoded')
  assert.equal(before?.connection.tls, false)
  assert.equal(before?.scheme, 'http')
  const { tls, tlsDetails, process } = after!.connection
  assert.deepEqual(
    { tls, tlsDetails, process },
    { tls: true, tlsDetails: known.about!.tls, process: known.about!.process },
  )
  assert.equal(after?.scheme, 'https')
  assert.equal(after?.id, 'c1-2')
})

test('in the middle of a connection, whose ports say nothing, the client is whom the system says', () => {
  for (const client of [0, 1] as const) {
    const stage = httpStage()
    const connection = { ...connectionOf(null, [40_001, 40_000]), about: { client } }
    const chunk = { ...blankChunk(connection), time: 1_000_000, packet: 1 }
    stage.feed({ ...chunk, dir: client, bytes: new TextEncoder().encode(`rest\r\n${GET}`) }, 1_000_000)
    stage.feed({ ...chunk, dir: client === 0 ? 1 : 0, bytes: new TextEncoder().encode(`rest\r\n${OK}`) }, 1_000_001)
    const [exchange] = stage.take<Exchange>('decoded')
    assert.equal(exchange?.connection.client.port, [40_001, 40_000][client])
    assert.equal(exchange?.response?.status, 200)
  }
})
