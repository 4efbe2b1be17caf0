import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Config, PARSERS } from './config.ts'
import { headerPoints } from './points.ts'
import { echoed } from './testdata/echo.ts'
import { DECODERS, exchangeOf } from './testdata/exchange.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const json = [['Content-Type', 'application/json']] as const

describe('headers', () => {
  const { request } = exchangeOf({
    headers: [
      ['cookie', 'a=1'],
      ['X', 'x'],
      ['Cookie', 'b=2'],
    ],
  })

  test('a header that comes twice is an array, and polluted, which is said once', () => {
    const points = headerPoints(request)
    assert.deepEqual(points(2), [
      { point: ['header', 'COOKIE', 'array', '1'], text: 'b=2' },
      { point: ['header', 'COOKIE', 'pollution'], text: 'a=1,b=2' },
    ])
    assert.deepEqual(points(0), [{ point: ['header', 'COOKIE', 'array', '0'], text: 'a=1' }])
    assert.deepEqual(points(1), [{ point: ['header', 'X'], text: 'x' }])
  })

  test('cookies of HTTP/2, each in a field of its own, are one header (RFC 9113 §8.2.3)', () => {
    assert.deepEqual(headerPoints({ ...request, version: '2' })(2), [{ point: ['header', 'COOKIE'], text: 'b=2' }])
  })
})

/** The vectors that the reference product documents, with a mark in each value. */
describe('worked vectors', () => {
  test('the parts of a target', () => {
    assert.deepEqual(echoed({ target: '/zzblogs/zz123/zzindex.zzphp?q=zzaaa' }), {
      'path 0': 'zzblogs',
      'path 1': 'zz123',
      action_name: 'zzindex',
      action_ext: 'zzphp',
      'query q': 'zzaaa',
      uri: '/zzblogs/zz123/zzindex.zzphp',
    })
  })

  test('of several dots the last one begins the extension', () => {
    assert.deepEqual(echoed({ target: '/zz.tar.zz' }), { action_name: 'zz.tar', action_ext: 'zz', uri: '/zz.tar.zz' })
  })

  test('hashes and arrays in names', () => {
    assert.deepEqual(echoed({ target: '/?p1[x]=zz1&p1[y]=zz2&p2[]=zzaaa&p2[]=zzbbb' }), {
      'query p1 hash x': 'zz1',
      'query p1 hash y': 'zz2',
      'query p2 array 0': 'zzaaa',
      'query p2 array 1': 'zzbbb',
      'query p2 pollution': 'zzaaa,zzbbb',
    })
  })

  test('pollution', () => {
    assert.deepEqual(echoed({ target: '/?p3=zz1&p3=zz2' }), {
      'query p3 array 0': 'zz1',
      'query p3 array 1': 'zz2',
      'query p3 pollution': 'zz1,zz2',
    })
  })

  test('a header given twice', () => {
    const headers = [
      ['X-Test', 'zz1'],
      ['x-test', 'zz2'],
    ] as const
    assert.deepEqual(echoed({ headers }), {
      'header X-TEST array 0': 'zz1',
      'header X-TEST array 1': 'zz2',
      'header X-TEST pollution': 'zz1,zz2',
    })
  })

  test('a JSON document', () => {
    const body = '{"p1":"zzvalue","p2":["zzv1","zzv2"],"p3":{"somekey":"zzsomevalue"}}'
    assert.deepEqual(echoed({ method: 'POST', headers: json, body }), {
      'post json_doc hash p1': 'zzvalue',
      'post json_doc hash p2 array 0': 'zzv1',
      'post json_doc hash p2 array 1': 'zzv2',
      'post json_doc hash p3 hash somekey': 'zzsomevalue',
    })
  })

  test('character references', () => {
    const text = encodeURIComponent('&#x22;&#122;&#122;&#97;&#x22;')
    assert.deepEqual(echoed({ target: `/?q=${text}` }), { 'query q htmljs': '"zza"' })
  })

  test('tokens with each prefix, in either case of letters', () => {
    const parts = [{ alg: 'zzHS256' }, { name: 'zz top' }].map(part => base64(JSON.stringify(part)).replace(/=+$/, ''))
    for (const prefix of ['Bearer', 'bearer', 'lsapi2', 'LSAPI2', 'mobapp2', 'MobApp2']) {
      assert.deepEqual(echoed({ headers: [['Authorization', `${prefix} ${parts.join('.')}.zz`]] }), {
        'header AUTHORIZATION': `${prefix} ${parts.join('.')}.zz`,
        'header AUTHORIZATION jwt jwt_header base64 json_doc hash alg': 'zzHS256',
        'header AUTHORIZATION jwt jwt_payload base64 json_doc hash name': 'zz top',
      })
    }
  })

  test('XML', () => {
    const headers = [['Content-Type', 'text/xml']] as const
    assert.deepEqual(echoed({ method: 'POST', headers, body: '<a b="zz1"><c>zz2</c></a>' }), {
      'post xml xml_tag a xml_attr b': 'zz1',
      'post xml xml_tag a xml_tag c': 'zz2',
    })
  })
})

describe('parsers switched off', () => {
  const off = (...parsersOff: Partial<Config>['parsersOff'] & object) => ({ parsersOff })

  test('values are inspected as they stand there', () => {
    const body = `{"a":"zz","b":"${base64('inside is zz')}"}`
    const request = { method: 'POST', headers: json, body }
    assert.deepEqual(echoed(request), {
      'post json_doc hash a': 'zz',
      'post json_doc hash b base64': 'inside is zz',
    })
    assert.deepEqual(echoed(request, off('base64')), { 'post json_doc hash a': 'zz' })
    assert.deepEqual(echoed(request, off('json_doc')), { post: body, 'post base64': 'inside is zz' })
    assert.deepEqual(echoed(request, off('json_doc', 'base64')), { post: body })
  })

  test('everything but the query can be', () => {
    const names = DECODERS.map(({ name }) => name).filter(name => name !== 'query')
    assert.deepEqual(
      names.filter(name => !(PARSERS as readonly string[]).includes(name)),
      [],
    )
  })
})
