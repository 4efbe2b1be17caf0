import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  attributes,
  decodeResponse,
  encodeRequest,
  MODE,
  modes,
  OBSERVED,
  requestBody,
  requestHeaders,
  responseTrailers,
} from '#test/driver/ext-proc.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { sameBody, unchanged } from './answers.ts'
import { Attributes } from './attributes.ts'
import { PART, readBodyPart, readEnvelope, readHeaders } from './processing-request.ts'
import { Fields } from './protobuf.ts'

const SEED = 6

describe('requests that protobufjs encodes', () => {
  test('headers, with values that are no UTF-8', () => {
    const headers = [
      [':method', 'GET'],
      ['x-latin', 'caf\u00e9'],
      ['x-empty', ''],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ] as const
    const envelope = readEnvelope(encodeRequest({ ...requestHeaders(headers, true), ...OBSERVED }))
    assert.deepEqual([envelope.part, envelope.observed, envelope.modes], [PART.requestHeaders, true, null])
    assert.deepEqual(readHeaders(envelope.content), { headers, endOfStream: true })
    const utf8 = [['x-utf8', Buffer.from('日本').toString('latin1')]] as const
    const trailers = readEnvelope(encodeRequest(responseTrailers(utf8)))
    assert.equal(trailers.part, PART.responseTrailers)
    assert.deepEqual(readHeaders(trailers.content).headers, [['x-utf8', '日本']])
  })

  test('bodies of every length around a step of a varint', () => {
    for (const length of [0, 1, 127, 128, 16_383, 16_384, 100_000]) {
      const body = Buffer.alloc(length, 'x')
      const { part, content } = readEnvelope(encodeRequest(requestBody(body, length % 2 === 0)))
      assert.equal(part, PART.requestBody)
      assert.deepEqual(readBodyPart(content), { body, endOfStream: length % 2 === 0 })
    }
  })

  test('how bodies are sent', () => {
    const read = (request: number, response: number) =>
      readEnvelope(encodeRequest({ ...requestHeaders([]), ...modes(request, response) })).modes
    assert.deepEqual(read(MODE.NONE, MODE.STREAMED), { request: 'none', response: 'answered' })
    assert.deepEqual(read(MODE.BUFFERED, MODE.BUFFERED_PARTIAL), { request: 'answered', response: 'answered' })
    assert.deepEqual(read(MODE.FULL_DUPLEX_STREAMED, MODE.GRPC), { request: 'replaced', response: 'unknown' })
    assert.deepEqual(read(MODE.GRPC + 1, MODE.NONE), { request: 'unknown', response: 'none' })
  })

  test('attributes', () => {
    const of = (values: Parameters<typeof attributes>[0]): Attributes => {
      const read = new Attributes()
      const envelope = readEnvelope(encodeRequest({ ...requestHeaders([]), ...attributes(values) }))
      for (const struct of envelope.attributes) read.add(struct)
      return read
    }
    const whole = of({
      'request.time': '2026-11-22T00:20:40.170544123Z',
      'request.protocol': 'HTTP/2',
      'source.address': '[2001:db8::7]:50123',
      'destination.address': '10.0.0.2',
      'destination.port': 8443,
      'connection.tls_version': 'TLSv1.3',
      'connection.requested_server_name': 'shop.example',
      'connection.mtls': true,
      'connection.uri_san_peer_certificate': 'spiffe://cluster.local/ns/shop/sa/web',
      'connection.peer_certificate_valid': true,
      'xds.route_name': 'shop',
      'xds.cluster_name': '',
      'upstream.address': '10.0.0.5:8080',
      'nobody.asked': 'for this',
    })
    assert.equal(whole.requestTime, Date.parse('2026-11-22T00:20:40.170Z') * 1000 + 544)
    const source = { ip: '2001:db8::7', port: 50_123 }
    assert.deepEqual(whole.downstream, {
      source,
      peer: source,
      local: { ip: '10.0.0.2', port: 8443 },
      protocol: 'HTTP/2',
      tls: {
        version: 'TLSv1.3',
        sni: 'shop.example',
        peerCertificate: {
          ...{ subject: '', issuer: null, uris: ['spiffe://cluster.local/ns/shop/sa/web'], dns: [] },
          ...{ sha256: '', serial: '', validated: true },
        },
      },
    })
    assert.deepEqual(whole.routed, { route: 'shop', cluster: null, virtualHost: null })
    assert.deepEqual(whole.upstream, { ip: '10.0.0.5', port: 8080 })
    const none = of({})
    const nowhere = { ip: '', port: 0 }
    assert.deepEqual(none.downstream, {
      ...{ source: nowhere, peer: nowhere, local: nowhere, protocol: 'HTTP/1.1', tls: null },
    })
    assert.deepEqual([none.requestTime, none.upstream], [null, null])
    // An address out of X-Forwarded-For; a UNIX socket.
    const odd = of({ 'source.address': '203.0.113.7:0', 'destination.address': '/run/envoy.sock' }).downstream
    assert.deepEqual([odd.source.ip, odd.peer, odd.local], ['203.0.113.7', nowhere, nowhere])
  })
})

describe('answers that protobufjs decodes', () => {
  test('nothing is changed', () => {
    const names = [
      'requestHeaders',
      'responseHeaders',
      'requestBody',
      'responseBody',
      'requestTrailers',
      'responseTrailers',
    ]
    for (const [i, part] of Object.values(PART).entries()) {
      const answer = unchanged(part)
      assert.equal(answer.readUInt32BE(1), answer.length - 5)
      assert.deepEqual(Object.keys(decodeResponse(answer.subarray(5))), [names[i]])
    }
  })

  test('a body comes back as it was', () => {
    for (const length of [0, 1, 100, 127, 128, 20_000]) {
      for (const endOfStream of [false, true]) {
        const body = Buffer.alloc(length, 'y')
        const answer = sameBody(PART.responseBody, { body, endOfStream })
        assert.equal(answer.readUInt32BE(1), answer.length - 5)
        const { responseBody } = decodeResponse(answer.subarray(5)) as { readonly responseBody: Mutated }
        const back = responseBody.response.bodyMutation.streamedResponse
        assert.deepEqual(Buffer.from(back.body ?? []), body)
        assert.equal(back.endOfStream ?? false, endOfStream)
      }
    }
  })
})

interface Mutated {
  readonly response: {
    readonly bodyMutation: { readonly streamedResponse: { readonly body?: Uint8Array; readonly endOfStream?: boolean } }
  }
}

describe('bytes that are no message', () => {
  const read = (bytes: readonly number[]) => () => readEnvelope(Buffer.from(bytes))

  test('are refused with the place', () => {
    assert.throws(read([0x12, 5, 1]), /a field of 5 bytes, 1 are left at byte 2/)
    assert.throws(read([0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), /a field of \d+ bytes/)
    assert.throws(read(new Array(11).fill(0xff)), /a number of more than ten bytes/)
    assert.throws(read([0x50, 0x80]), /a number that is cut off/)
    assert.throws(read([0x13]), /wire type 3/)
    assert.throws(read([0x50, 1]), /a kind that is not known/)
    assert.throws(read([]), /a kind that is not known/)
  })

  test('whatever they are, they are read or refused, and nothing outside of them is', () => {
    const random = mulberry32(SEED)
    const whole = encodeRequest({
      ...requestHeaders([[':path', '/a']]),
      ...attributes({ 'source.address': '10.0.0.1:1' }),
      ...modes(1, 1),
    })
    for (let i = 0; i < 5000; i++) {
      const around = Buffer.alloc(whole.length + 20, 0xff)
      whole.copy(around, 10)
      for (let n = 0; n < 1 + random() * 4; n++) around[10 + Math.floor(random() * whole.length)] = random() * 256
      const bytes = around.subarray(10, 10 + Math.floor(random() * (whole.length + 1)))
      try {
        const { content, attributes: structs } = readEnvelope(bytes)
        for (const part of [content, ...structs]) {
          assert.ok(part.byteOffset >= bytes.byteOffset, `seed ${SEED}, ${i}`)
          assert.ok(part.byteOffset + part.length <= bytes.byteOffset + bytes.length, `seed ${SEED}, ${i}`)
        }
        readHeaders(content)
        readBodyPart(content)
        for (const struct of structs) new Attributes().add(struct)
      } catch (error) {
        assert.equal((error as Error).name, 'Refused', `seed ${SEED}, ${i}: ${error}`)
      }
    }
  })

  test('fields of all wire types are passed over', () => {
    const fields = new Fields(Buffer.from([0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4, 0x18, 0x96, 0x01]))
    const seen: unknown[] = []
    while (fields.next()) seen.push([fields.number, fields.value, fields.end - fields.start])
    assert.deepEqual(seen, [
      [1, 0, 8],
      [2, 0, 4],
      [3, 150, 0],
    ])
  })
})
