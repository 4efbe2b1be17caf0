import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { renderSummary } from './summary.ts'
import { emptyTally, mergeTally, tallyValue } from './tally.ts'

const exchange = (host: string, answered = true): Exchange =>
  ({
    host,
    response: answered ? {} : null,
    message: null,
    anomalies: answered ? [] : ['http.no-response.closed'],
  }) as unknown as Exchange
const detection = (attack: string, evidence: string, time = 0): Detection =>
  ({
    attack,
    time,
    evidence,
    id: 'd',
    method: 'GET',
    host: 'h',
    path: '/p',
    point: ['query', 'q'],
    severity: 'high',
    rule: `${attack}.x`,
    client: { ip: '203.0.113.7' },
  }) as unknown as Detection

test('WebSocket messages are no exchanges', () => {
  const tally = emptyTally()
  tallyValue(tally, 'exchanges', { ...exchange('a', false), message: {}, anomalies: ['websocket.bad-utf8'] })
  assert.deepEqual([tally.exchanges, tally.unanswered, tally.messages, tally.hosts.size], [0, 0, 1, 0])
  assert.deepEqual([...tally.anomalies.keys()], ['websocket.bad-utf8'])
  const summary = renderSummary({ packets: 0, files: 1, ledger: {}, tally })
  assert.match(summary, /^Messages {4}1 of WebSockets$/m)
})

test('counts exchanges, hosts, attacks with the first example, anomalies', () => {
  const one = emptyTally()
  const two = emptyTally()
  for (const host of ['a', 'b', 'a']) tallyValue(one, 'exchanges', exchange(host))
  tallyValue(two, 'exchanges', exchange('a', false))
  tallyValue(one, 'detections', detection('sqli', 'first'))
  tallyValue(two, 'detections', detection('sqli', 'earlier', -1))
  tallyValue(two, 'detections', detection('xss', 'third'))
  mergeTally(one, two)
  assert.equal(one.exchanges, 4)
  assert.equal(one.unanswered, 1)
  assert.deepEqual(
    [...one.hosts],
    [
      ['a', 3],
      ['b', 1],
    ],
  )
  assert.deepEqual([...one.anomalies], [['http.no-response.closed', 1]])
  assert.deepEqual(
    [...one.attacks].map(([attack, { count, example }]) => [attack, count, example.evidence]),
    [
      ['sqli', 2, 'earlier'],
      ['xss', 1, 'third'],
    ],
  )
})

test('the summary shows coverage to the byte, and what is still open', () => {
  const ledger = { captured: 1000, framing: 300, inspected: 600, unsupported: 90, missing: 5 }
  const text = renderSummary({ packets: 10, files: 1, ledger, tally: emptyTally() })
  assert.match(text, /1,000 bytes captured in 10 packets/)
  assert.match(text, /600 +60\.0 % {2}decoded and inspected/)
  assert.match(text, /10 +1\.0 % {2}still open/)
  assert.match(text, /5 +never seen/)
})

test('nothing from the wire can steer the terminal', () => {
  const tally = emptyTally()
  tallyValue(tally, 'exchanges', exchange('\x1b[2Jevil\u202e'))
  tallyValue(tally, 'detections', detection('xss', `\x1b]0;title\x07${'x'.repeat(500)}`))
  const text = renderSummary({ packets: 1, files: 1, ledger: {}, tally })
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  assert.ok(text.split('\n').every(line => line.length < 200))
})
