import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Detection } from '#schemas/records/detection.ts'
import { drive } from '#test/driver/stage.ts'
import { config } from './config.ts'
import detect from './index.ts'
import { ECHO, echoed } from './testdata/echo.ts'
import { Bench, DECODERS, DETECTORS, exchangeOf, type RequestParts } from './testdata/exchange.ts'

const form = [['Content-Type', 'application/x-www-form-urlencoded']] as const
const json = [['Content-Type', 'application/json']] as const
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('WebSocket messages', () => {
  const message = (from: 'client' | 'server', body: string, parts: RequestParts = {}) => {
    const { request, ...rest } = exchangeOf({ ...parts, ...(from === 'client' ? { body } : {}) })
    const socket = { from, kind: 'text', exchange: 'c-1', frames: 1, code: null, handshake: [] } as const
    const bytes = Buffer.from(body)
    const answer = { ...request, status: 101, reason: '', bodyBytes: bytes.length, body: bytes, content: bytes }
    return { ...rest, request, response: from === 'server' ? answer : null, message: socket }
  }
  const points = (exchange: ReturnType<typeof message>) =>
    new Bench({}, DECODERS, [ECHO]).inspect(exchange).map(({ point, evidence }) => `${point.join(' ')}: ${evidence}`)

  test('only the message is inspected, decoded as any body', () => {
    const handshake = { target: '/zz?q=zz1', headers: [['X-A', 'zz2']] } as const
    assert.deepEqual(points(message('client', 'plain zz text', handshake)), ['websocket: plain zz text'])
    assert.deepEqual(points(message('client', '{"a":{"b":"zz3"}}', handshake)), [
      'websocket json_doc hash a hash b: zz3',
    ])
    assert.deepEqual(points(message('client', 'a=zz4&b=1')), ['websocket: a=zz4&b=1'])
    assert.deepEqual(points(message('client', '%7a%7a5')), ['websocket percent: zz5'])
  })

  test('those of servers are not', () => assert.deepEqual(points(message('server', 'zz')), []))

  test('detections name the message', () => {
    const exchange = message('client', "1' UNION SELECT password FROM users--")
    const [detection] = new Bench().inspect(exchange)
    assert.deepEqual([detection?.attack, detection?.exchange, detection?.point], ['sqli', exchange.id, ['websocket']])
  })
})

describe('points (the worked vectors: points.test.ts)', () => {
  test('JSON', () => {
    const body = '{"p1":"zzvalue","p2":["zzv1","zzv2"],"p3":{"somekey":"zzsomevalue"},"p1":"zzagain","a zz":1,"n":1.5}'
    assert.deepEqual(echoed({ method: 'POST', headers: json, body }), {
      'post json_doc hash p1': 'zzagain',
      'post json_doc hash p2 array 0': 'zzv1',
      'post json_doc hash p2 array 1': 'zzv2',
      'post json_doc hash p3 hash somekey': 'zzsomevalue',
      'post json_doc hash _name': 'a zz',
    })
  })

  test('the example of the JSON contract: JSON in base64 in the query', () => {
    assert.deepEqual(echoed({ target: `/?id=${base64('{"name":"zz top"}')}` }), {
      'query id base64 json_doc hash name': 'zz top',
    })
  })

  test('cookies, forms, names, methods', () => {
    assert.deepEqual(echoed({ headers: [['Cookie', 'a=1; session=zz%20x; zz y=2']] }), {
      'header COOKIE cookie session': 'zz x',
      'header COOKIE cookie _name': 'zz y',
    })
    assert.deepEqual(echoed({ method: 'POST', headers: form, body: 'a=zz+1%2B1&b=2' }), {
      'post form_urlencoded a': 'zz 1+1',
    })
    assert.deepEqual(echoed({ method: 'ZZ' }), { method: 'ZZ' })
    assert.deepEqual(echoed({ method: 'POST', body: 'plain zz text' }), { post: 'plain zz text' })
  })
})

describe('XML and multipart', () => {
  const xml = [['Content-Type', 'text/xml']] as const

  test('texts, attributes, comments, CDATA, document type', () => {
    const body = [
      '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e "zz0">]>',
      '<a p="zz&#x31;"><b>zz&lt;2&gt;</b><!-- zz3 --><c><![CDATA[zz<4>]]></c><d/>zz5</a>',
    ].join('')
    assert.deepEqual(echoed({ method: 'POST', headers: xml, body }), {
      'post xml xml_dtd': '<!DOCTYPE a [<!ENTITY e "zz0">]>',
      'post xml xml_dtd_entity 0 value': 'zz0',
      'post xml xml_tag a xml_attr p': 'zz1',
      'post xml xml_tag a xml_tag b': 'zz<2>',
      'post xml xml_tag a xml_comment 0': ' zz3 ',
      'post xml xml_tag a xml_tag c': 'zz<4>',
      'post xml xml_tag a': 'zz5',
    })
  })

  test('XML that is none is inspected as it stands too', () => {
    for (const body of ['<a p="zz"', '<a>zz', '<a>zz</b></a></a>', '<a>zz<', '<!-- zz', '<![CDATA[zz', '<?zz']) {
      assert.equal(echoed({ method: 'POST', headers: xml, body })['post'], body)
    }
    assert.deepEqual(echoed({ method: 'POST', body: '<p>zz</p>' }), { post: '<p>zz</p>' })
  })

  test('comments and CDATA marks do not part a text', () => {
    const body = '<?xml version="1.0"?><a>z<![CDATA[z&amp;]]>1<!-- no -->z<b/>z</a>'
    assert.deepEqual(echoed({ method: 'POST', headers: xml, body }), {
      'post xml xml_tag a': 'zz&amp;1z',
      'post xml xml_tag a htmljs': 'zz&1z',
    })
  })

  test('a part behind the end: the header may name another boundary', () => {
    const body = '--x\r\n\r\n--x--\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nzz\r\n--b--\r\n'
    const type = 'multipart/form-data; boundary=b'
    const found = echoed({ method: 'POST', headers: [['Content-Type', type]], body })
    assert.equal(found['post multipart a'], 'zz')
  })

  test('parts with their names, file names and headers', () => {
    const headers = [['Content-Type', 'multipart/form-data; boundary=xyz']] as const
    const body = [
      '--xyz',
      'Content-Disposition: form-data; name="a"',
      '',
      'zz1',
      '--xyz',
      'Content-Disposition: form-data; name="zzf"; filename="../zz2"',
      'Content-Type: text/zz3',
      '',
      'zz4\r\nzz5',
      '--xyz--',
      '',
    ].join('\r\n')
    assert.deepEqual(echoed({ method: 'POST', headers, body }), {
      'post multipart a': 'zz1',
      'post multipart zzf _filename': '../zz2',
      'post multipart _name': 'zzf',
      'post multipart zzf header CONTENT-TYPE': 'text/zz3',
      'post multipart zzf file': 'zz4\r\nzz5',
    })
    const cut = body.slice(0, body.indexOf('zz4') + 3)
    assert.equal(echoed({ method: 'POST', headers, body: cut })['post multipart zzf file'], 'zz4')
  })
})

describe('decoders on top of each other', () => {
  test('percent twice, in JSON, in base64url', () => {
    assert.deepEqual(echoed({ target: '/?a=%25257a%25257a' }), { 'query a percent percent': 'zz' })
    const inner = Buffer.from('{"q":"%7a%7a!!"}').toString('base64url')
    assert.deepEqual(echoed({ method: 'POST', headers: json, body: `{"x":"${inner}"}` }), {
      'post json_doc hash x base64 json_doc hash q percent': 'zz!!',
    })
  })

  test('%u, overlong UTF-8, Latin-1 and broken escapes', () => {
    assert.deepEqual(echoed({ target: '/?a=%u007az' }), { 'query a': 'zz' })
    assert.deepEqual(echoed({ target: '/?a=%c1%ba%c1%ba' }), { 'query a': 'zz' })
    assert.deepEqual(echoed({ target: '/?a=zz%e9%zz%' }), { 'query a': 'zzé%zz%' })
  })

  test('escapes, NDJSON, comments and broken JSON', () => {
    assert.deepEqual(echoed({ method: 'POST', body: '{"a":"\\u007az"}\n{"a":"b","c":"zz"}' }), {
      'post json_doc hash a': 'zz',
      'post json_doc hash c': 'zz',
    })
    assert.deepEqual(echoed({ method: 'POST', body: '{/* zz */"a":\'zz1\'}' }), {
      'post json_doc hash _comment': '/* zz */',
      'post json_doc hash a': 'zz1',
    })
    const broken = '{"a":"zz" ??? "b":]'
    assert.deepEqual(echoed({ method: 'POST', body: broken }), { 'post json_doc hash a': 'zz', post: broken })
  })

  test('bytes that are no UTF-8 are Latin-1, UTF-16 is read by its mark', () => {
    assert.deepEqual(echoed({ method: 'POST', body: Buffer.from('zz \xe9', 'latin1') }), { post: 'zz é' })
    assert.deepEqual(echoed({ method: 'POST', body: Buffer.from('\ufeffzz', 'utf16le') }), { post: 'zz' })
  })

  test('UTF-16 without a mark is read as JSON and XML parsers do', () => {
    const little = Buffer.from('{"a":"zz"}', 'utf16le')
    for (const body of [little, Buffer.from(little).swap16()]) {
      assert.deepEqual(echoed({ method: 'POST', headers: json, body }), { 'post json_doc hash a': 'zz' })
    }
  })

  test('a body that only begins like UTF-16 is read as bytes too', () => {
    for (const start of ['\xff\xfe', '\xfe\xff', 'x\0y\0', '\0x\0y']) {
      const body = Buffer.from(`${start}=1&a=zz`, 'latin1')
      assert.deepEqual(echoed({ method: 'POST', headers: form, body }), { 'post form_urlencoded a': 'zz' })
    }
  })

  test('a JSON string is a document', () => {
    assert.deepEqual(echoed({ method: 'POST', headers: json, body: '"\\u007az"' }), { 'post json_doc': 'zz' })
  })

  test('base64 of bytes that are no text stays as it is', () => {
    const image = Buffer.from([122, 122, 122, 122, 122, 122, 122, 122, 122, ...new Uint8Array(90).fill(1)]).toString(
      'base64',
    )
    assert.deepEqual(echoed({ target: `/?a=${image}` }), {})
  })
})

describe('what is reported', () => {
  const inspect = (parts: RequestParts, settings = {}) => new Bench(settings).inspect(exchangeOf(parts))
  const said = (parts: RequestParts) => inspect(parts).map(({ rule, point }) => `${rule} ${point.join(' ')}`)

  test('the smoke tests of every product of this kind', () => {
    assert.deepEqual(said({ target: '/etc/passwd' }), ['ptrav.sensitive-file uri'])
    assert.deepEqual(said({ target: '/../../etc/passwd' }), ['ptrav.sensitive-file uri'])
    assert.deepEqual(said({ target: "/?id=1'%20OR%20'1'='1" }), ['sqli.condition query id'])
    assert.deepEqual(said({ target: '/?q=%3Cscript%3Ealert(1)%3C/script%3E' }), ['xss.script query q'])
  })

  test('a rule that matches a value and its decoded form is said once, at the most decoded point', () => {
    const files = said({ target: '/?f=..%252f..%252f..%252fetc/passwd' }).filter(one =>
      one.startsWith('ptrav.sensitive'),
    )
    assert.deepEqual(files, ['ptrav.sensitive-file query f percent'])
    assert.deepEqual(said({ target: '/?a=x&a=1%20union%20select%201,2' }), ['sqli.union-select query a array 1'])
  })

  test('a record holds what the contract promises', () => {
    const stage = drive(detect.create(config.parse({}), { decoders: DECODERS, detectors: DETECTORS }), {
      outputs: ['detections'],
    })
    const exchange = exchangeOf({ target: `/a?id=1;DROP TABLE users--${'x'.repeat(400)}` })
    stage.feed(exchange, exchange.time)
    const [detection, ...others] = stage.take<Detection>('detections')
    assert.deepEqual(others, [])
    assert.equal(detection!.id.length, 24)
    assert.equal(detection!.rule, 'sqli.stacked')
    assert.equal(detection!.severity, 'critical')
    assert.deepEqual(detection!.point, ['query', 'id'])
    assert.equal(detection!.path, '/a')
    assert.equal(detection!.exchange, exchange.id)
    assert.ok(detection!.evidence.startsWith('1;DROP TABLE users') && detection!.evidence.length <= 256)
    stage.feed(exchange, exchange.time)
    assert.equal(stage.take<Detection>('detections')[0]!.id, detection!.id)
    assert.equal(stage.counted('detect.found.sqli'), 2)
  })

  test('mode off: nothing is inspected, and that is counted', () => {
    const bench = new Bench()
    assert.deepEqual(bench.inspect(exchangeOf({ target: '/etc/passwd', mode: 'off' })), [])
    assert.equal(bench.counts.get('detect.skipped.off'), 1)
    assert.equal(bench.counts.get('detect.exchanges'), undefined)
  })
})

test('a body that does not decode to its end is read both ways', () => {
  const raw = Buffer.from("id=1' union select a,b from c--")
  const exchange = exchangeOf({ method: 'POST', headers: form, body: raw })
  const request = { ...exchange.request, content: Buffer.from('id=1') }
  const found = (anomalies: readonly string[]) => new Bench().inspect({ ...exchange, request, anomalies }).length
  assert.equal(found([]), 0)
  assert.ok(found(['http1.bad-content-coding']) > 0)
})
