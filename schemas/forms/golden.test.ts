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

  for (const [method, activity, name] of [
    ['POST', 6, undefined],
    ['PATCH', 99, 'PATCH'],
    ['get', 99, 'get'],
  ] as const) {
    test(`of OCSF: the activity of ${method}`, () => {
      const value = exchange({ request: request({ method }) })
      const read = JSON.parse(formLine('ocsf', { topic: 'exchanges', value }, PLAIN)!)
      assert.deepEqual(
        [read.activity_id, read.type_uid, read.activity_name, read.http_request.http_method],
        [activity, 400200 + activity, name, method],
      )
    })
  }

  test('that is no address is a name in OCSF, and no `ip` in ECS', () => {
    const record = { topic: 'detections', value: detection({ client: { ip: 'unknown', port: 5 } }) } as const
    assert.deepEqual(JSON.parse(formLine('ocsf', record, PLAIN)!).evidences[0].src_endpoint, {
      name: 'unknown',
      port: 5,
    })
    assert.deepEqual(JSON.parse(formLine('ecs', record, PLAIN)!).client, { address: 'unknown', port: 5 })
  })

  test('that is a host may have a port, also of an IPv6 address', () => {
    for (const [host, domain, port] of [
      ['shop.example', 'shop.example', undefined],
      ['shop.example:8080', 'shop.example', 8080],
      ['[::1]:80', '[::1]', 80],
      ['::1', '::1', undefined],
    ] as const) {
      const { url } = JSON.parse(formLine('ecs', { topic: 'detections', value: detection({ host }) }, PLAIN)!)
      assert.deepEqual([url.domain, url.port], [domain, port])
    }
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
