import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { LINES, type LineType } from '#schemas/json/contract.ts'
import { anomalyLine, detectionLine, exchangeLine, messageLine } from '#schemas/json/lines.ts'
import { plainAnomaly, plainDetection, plainExchange } from '#schemas/json/plain.ts'
import { publishedSchema } from '#schemas/json/publish.ts'
import { mulberry32 } from '#test/driver/random.ts'
import {
  anomaly,
  CONNECTION,
  detection,
  exchange,
  RandomRecords,
  request,
  response,
  socketMessage,
} from '#test/driver/records.ts'

const WITHOUT = { bodies: false }
const WITH = { bodies: true }

describe('exchange line', () => {
  test('has the keys of the contract, in its order', () => {
    assert.equal(
      exchangeLine(exchange(), WITHOUT),
      '{"type":"exchange","id":"0123456789abcdef01234567","time":"2026-11-21T09:30:35.043374Z",' +
        '"connection":{"id":"8f1d5c0a9b7e46321f00aa55","ordinal":1,"client":{"ip":"10.0.0.1","port":49762},' +
        '"server":{"ip":"10.0.0.2","port":80},"encapsulation":[{"type":"vlan","id":42}],"tls":false,' +
        '"capture":"pcap-file"},"client":{"ip":"10.0.0.1","port":49762},"host":"shop.example","scheme":"http",' +
        '"hops":[{"from":"packet","ip":"10.0.0.1","port":49762,"trusted":true}],"application":-1,"mode":"monitoring",' +
        '"request":{"method":"GET","target":"/a?b=1","path":"/a","query":"b=1","version":"1.1",' +
        '"headers":[["Host","shop.example"]],"bodyBytes":0},"response":{"status":200,"reason":"OK","version":"1.1",' +
        '"headers":[["Content-Type","text/html"]],"bodyBytes":1270},"anomalies":[],' +
        '"origin":{"file":"a.pcap","packets":[4,9]}}',
    )
  })

  test('what is absent has no key; what is unknown is null', () => {
    const line = JSON.parse(exchangeLine(exchange({ response: null, request: request({ query: null }) }), WITHOUT))
    assert.equal(line.response, null)
    assert.equal(line.request.query, null)
    for (const key of ['trailers', 'decodedBytes', 'body']) assert.ok(!(key in line.request), key)
    assert.ok(!('stream' in line.connection))
  })

  test('what is there has one', () => {
    const body = new TextEncoder().encode('hello')
    const whole = exchange({
      stream: 7,
      response: response({ trailers: [['Digest', 'x']], bodyBytes: 25, decodedBytes: 5, body }),
    })
    const line = JSON.parse(exchangeLine(whole, WITH))
    assert.equal(line.connection.stream, 7)
    assert.deepEqual(line.response.trailers, [['Digest', 'x']])
    assert.equal(line.response.decodedBytes, 5)
    assert.equal(line.response.body, 'aGVsbG8=')
    assert.equal(line.request.body, '')
  })

  test('a body is encoded from its own bytes, not from those around it', () => {
    const arena = new TextEncoder().encode('before hello after')
    const line = JSON.parse(exchangeLine(exchange({ response: response({ body: arena.subarray(7, 12) }) }), WITH))
    assert.equal(line.response.body, 'aGVsbG8=')
  })

  test('origin names log and file, frame numbers only of a file', () => {
    const log = { topic: 'segments', partition: 3, offsets: [5, 6] as const }
    const origin = { source: 'a.pcap', packets: [4, 9] as const, log }
    const fromFile = JSON.parse(exchangeLine(exchange({ origin }), WITHOUT))
    assert.deepEqual(fromFile.origin, { ...log, file: 'a.pcap', packets: [4, 9] })
    const live = JSON.parse(exchangeLine(exchange({ origin, connection: { ...CONNECTION, capture: 'pcap' } }), WITHOUT))
    assert.deepEqual(live.origin, log)
  })
})

describe('message line', () => {
  test('has the keys of the contract, in its order', () => {
    assert.equal(
      messageLine(socketMessage({ kind: 'close', code: 1000 }), WITH),
      '{"type":"message","id":"0123456789abcdef01234567","time":"2026-11-21T09:30:35.043374Z",' +
        '"exchange":"8f1d5c0a9b7e46321f00aa55-1","connection":{"id":"8f1d5c0a9b7e46321f00aa55","ordinal":2,' +
        '"client":{"ip":"10.0.0.1","port":49762},"server":{"ip":"10.0.0.2","port":80},' +
        '"encapsulation":[{"type":"vlan","id":42}],"tls":false,"capture":"pcap-file"},' +
        '"client":{"ip":"10.0.0.1","port":49762},"host":"shop.example","application":-1,"mode":"monitoring","path":"/a",' +
        '"from":"client","kind":"close","code":1000,"frames":1,"bytes":5,"body":"aGVsbG8=","anomalies":[],' +
        '"origin":{"file":"a.pcap","packets":[4,9]}}',
    )
  })

  test('of the server: the body is what it sent', () => {
    const line = JSON.parse(messageLine(socketMessage({ from: 'server' }), WITH))
    assert.deepEqual([line.from, line.bytes, line.body], ['server', 5, 'aGVsbG8='])
    assert.ok(!('code' in line) && !('decodedBytes' in line))
  })
})

describe('every line', () => {
  test('equals JSON.stringify of the plain object, for random records', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new RandomRecords(mulberry32(seed))
      const x = random.exchange()
      for (const options of [WITH, WITHOUT]) {
        assert.equal(exchangeLine(x, options), JSON.stringify(plainExchange(x, options)), `seed ${seed}`)
      }
      const d = random.detection()
      assert.equal(detectionLine(d), JSON.stringify(plainDetection(d)), `seed ${seed}`)
      const a = random.anomaly()
      assert.equal(anomalyLine(a), JSON.stringify(plainAnomaly(a)), `seed ${seed}`)
    }
  })

  test('survives one odd text anywhere', () => {
    for (const odd of ['"', '\\', '\n', '\u0000', '\ud800', '\udc00', '😀', '\u2028', 'é']) {
      for (const changes of [
        { id: odd },
        { host: odd },
        { client: { ip: odd } },
        { request: request({ method: odd }) },
        { request: request({ target: odd }) },
        { request: request({ path: odd }) },
        { request: request({ query: odd }) },
        { request: request({ version: odd }) },
        { response: response({ reason: odd }) },
        { response: response({ version: odd }) },
        { response: response({ headers: [[odd, odd]] }) },
        { connection: { ...CONNECTION, id: odd } },
        { anomalies: [odd] },
        { origin: { source: odd, packets: [1, 1] as const, log: null } },
      ]) {
        const x = exchange(changes)
        assert.equal(exchangeLine(x, WITHOUT), JSON.stringify(plainExchange(x, WITHOUT)), JSON.stringify(changes))
      }
    }
  })

  test('is one line', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new RandomRecords(mulberry32(seed))
      const lines = [
        exchangeLine(random.exchange(), WITH),
        messageLine(random.message(), WITH),
        detectionLine(random.detection()),
        anomalyLine(random.anomaly()),
      ]
      for (const line of lines) assert.doesNotMatch(line, /[\r\n]/, `seed ${seed}`)
    }
  })

  test('meets the published schema and has no key that is not in it', () => {
    const lines: string[] = [detectionLine(detection()), anomalyLine(anomaly()), exchangeLine(exchange(), WITH)]
    for (let seed = 1; seed <= 300; seed++) {
      const random = new RandomRecords(mulberry32(seed))
      lines.push(
        exchangeLine(random.exchange(), WITH),
        messageLine(random.message(), WITH),
        detectionLine(random.detection()),
        anomalyLine(random.anomaly()),
      )
    }
    for (const line of lines) {
      const object = JSON.parse(line)
      // zod drops keys it does not know: an equal result means that every key is published.
      assert.deepEqual(LINES[object.type as LineType].parse(object), object)
    }
  })
})

test('a schema refuses what is no such line', () => {
  const object = JSON.parse(detectionLine(detection()))
  for (const changes of [
    { attack: 'nonsense' },
    { time: '2026-11-21T09:30:35Z' },
    { point: 'query' },
    { origin: {} },
  ]) {
    assert.equal(LINES.detection.safeParse({ ...object, ...changes }).success, false, JSON.stringify(changes))
  }
  assert.equal(LINES.detection.safeParse({ ...object, addedLater: 1 }).success, true)
})

test('the committed schemas are up to date', () => {
  for (const type of Object.keys(LINES) as LineType[]) {
    const committed = JSON.parse(readFileSync(new URL(`${type}.schema.json`, import.meta.url), 'utf8'))
    assert.ok(
      isDeepStrictEqual(committed, publishedSchema(type)),
      `${type}.schema.json is stale: run schemas/json/publish.ts`,
    )
  }
})
