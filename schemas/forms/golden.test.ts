/** The lines of golden.json, read by people before they were put there, and what does not show in them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exchangeLine, messageLine } from '#schemas/json/lines.ts'
import { detection, exchange, request } from '#test/driver/records.ts'
import { beginsLine, FORMS, formLine, misfit } from './form.ts'
import golden from './golden.json' with { type: 'json' }
import { readCef } from './readers.test-support.ts'
import { GOLDEN } from './records.test-support.ts'

const PLAIN = { bodies: false }

describe('golden lines', () => {
  for (const form of ['ecs', 'ocsf', 'cef', 'leef', 'combined'] as const) {
    for (const kind of ['exchange', 'detection', 'anomaly', 'message'] as const) {
      test(`${form}: ${kind}`, () => assert.equal(formLine(form, GOLDEN[kind]!, PLAIN), golden[form][kind]))
    }
  }

  test('lines: those of the JSON contract, bodies too when asked for', () => {
    const value = exchange({ request: request({ body: new Uint8Array([1]) }) })
    for (const bodies of [false, true]) {
      assert.equal(formLine('lines', { topic: 'exchanges', value }, { bodies }), exchangeLine(value, { bodies }))
    }
    const { value: message } = GOLDEN['message']!
    assert.equal(formLine('lines', GOLDEN['message']!, PLAIN), messageLine(message as typeof value, PLAIN))
  })
})

describe('a value', () => {
  const cef = (changes: Parameters<typeof detection>[0]) =>
    formLine('cef', { topic: 'detections', value: detection(changes) }, PLAIN)!

  for (const [text, field] of [
    ['a|b', 'a|b'],
    ['a\\b', 'a\\\\b'],
    ['a=b', 'a\\=b'],
    ['a\nb\rc', 'a\\nb\\rc'],
    ['a\u2028b', 'a\\nb'],
    ['a\0b\tc', 'a\u2400b\u2409c'],
    ['a\\nb', 'a\\\\nb'],
  ] as const) {
    test(`of CEF: ${JSON.stringify(text)}`, () =>
      assert.ok(cef({ evidence: text }).includes(` cs2=${field} cs2Label=`)))
  }

  test('of the header of CEF escapes the bar, not the equals sign', () => {
    assert.ok(cef({ rule: 'a|b=c\\d\ne' }).startsWith('CEF:0|Tapwire|Tapwire|1|a\\|b=c\\\\d\u240ae|'))
  })

  test('is cut at 1023 characters, not within one', () => {
    const { fields } = readCef(cef({ evidence: `${'x'.repeat(1022)}😀` }))
    assert.equal(fields.get('cs2'), `${'x'.repeat(1022)}\ufffd`)
  })

  test('of an access log without a response', () => {
    const value = exchange({ response: null, request: request({ method: 'GET', target: '/"\\\n é' }) })
    assert.equal(
      formLine('combined', { topic: 'exchanges', value }, PLAIN),
      '10.0.0.1 - - [21/Nov/2026:09:30:35 +0000] "GET /\\"\\\\\\n \\xc3\\xa9 HTTP/1.1" - - "-" "-"',
    )
  })
})

test('an access log fits exchanges only, the others fit all', () => {
  const all = ['detections', 'exchanges', 'anomalies'] as const
  for (const form of FORMS) assert.equal(misfit(form, all) === null, form !== 'combined', form)
  assert.equal(misfit('combined', ['exchanges']), null)
  assert.equal(
    misfit('combined', all),
    'form combined is an access log: it can hold topic exchanges only, not detections and anomalies',
  )
})

test('every beginning of a line is known as one, and other texts are not', () => {
  for (const form of FORMS) {
    const line = formLine(form, GOLDEN['exchange']!, PLAIN)!
    for (let end = 0; end <= 40; end++) assert.ok(beginsLine(form, line.slice(0, end)), line.slice(0, end))
    for (const other of ['my notes', '{"name":1}', '<html>']) assert.equal(beginsLine(form, other), false, form)
  }
})
