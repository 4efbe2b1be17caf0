import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Bench, exchangeOf } from '../testdata/exchange.ts'
import { RULES } from './rules.ts'

const headers = [
  ['Host', 'shop.example'],
  ['content-length', '5'],
  ['Transfer-Encoding', 'chunked'],
] as const

function found(anomalies: readonly string[], parts = {}) {
  return new Bench().inspect({ ...exchangeOf({ method: 'POST', target: '/a', headers, ...parts }), anomalies })
}

test('an anomaly with a row is a detection, with the lines that show it', () => {
  const [detection, ...more] = found(['http1.te-and-cl', 'http1.bare-lf'])
  assert.deepEqual(more, [])
  assert.equal(detection?.attack, 'smuggling')
  assert.equal(detection.rule, 'smuggling.te-and-cl')
  assert.deepEqual(detection.point, ['header', 'TRANSFER-ENCODING'])
  assert.equal(detection.evidence, 'content-length: 5\r\nTransfer-Encoding: chunked')
})

test('a rule is said once, whichever of its anomalies came first', () => {
  const rules = found(['http1.bad-content-length', 'http1.content-length-overflow']).map(({ rule }) => rule)
  assert.deepEqual(rules, ['smuggling.bad-length'])
})

test('without the lines, the request line is the evidence', () => {
  assert.equal(found(['http1.te-and-cl'], { headers: [] })[0]?.evidence, 'POST /a HTTP/1.1')
})

test('an odd name does not hide its line, nor does another one before it', () => {
  const hidden = [
    ['Host', 'h'],
    ['Transfer_Encoding\v', 'chunked'],
    ['X', 'y\rContent-Length: 5'],
  ] as const
  const [detection] = found(['http1.hidden-framing-field'], { headers: hidden })
  assert.equal(detection?.evidence, 'Transfer_Encoding\v: chunked\r\nX: y\rContent-Length: 5')
})

test('where detection is off, nothing is said', () => {
  assert.deepEqual(found(['http1.te-and-cl'], { mode: 'off' }), [])
})

test('what values hold is found beside it', () => {
  const rules = found(['http1.te-and-cl'], { target: '/?id=1%27%20union%20select%20a,b%20from%20c--' }).map(
    ({ attack }) => attack,
  )
  assert.deepEqual(rules, ['smuggling', 'sqli'])
})

describe('the table', () => {
  test('has each anomaly once, and a rule that begins with its attack', () => {
    assert.equal(new Set(RULES.map(({ anomaly }) => anomaly)).size, RULES.length)
    for (const { rule, attack, why, point } of RULES) {
      assert.ok(rule.startsWith(`${attack}.`), rule)
      assert.ok(why.endsWith('.') && why.length > 20, why)
      assert.ok(point.length > 0, rule)
    }
  })

  test('gives one rule one severity and one point: which anomaly came first changes neither', () => {
    for (const one of RULES) {
      const same = RULES.find(({ rule }) => rule === one.rule)!
      assert.deepEqual([one.severity, one.point, one.attack], [same.severity, same.point, same.attack], one.anomaly)
    }
  })
})
