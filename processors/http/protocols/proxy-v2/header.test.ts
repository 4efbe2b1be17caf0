import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Hop, ProxyDetails } from '#schemas/records/exchange.ts'
import { type PlayOptions, play, type Step } from '#test/driver/http.ts'
import http1 from '../http1/index.ts'
import proxyV1 from '../proxy-v1/index.ts'
import { crc32c } from './crc32c.ts'
import proxyV2 from './index.ts'
import { checked, header, INET, INET6, SIGNATURE, tlv } from './testdata/header.ts'

const OPTIONS: PlayOptions = { protocols: [proxyV1, proxyV2, http1] }
const GET = Buffer.from('GET /behind HTTP/1.1\r\nHost: h\r\n\r\n')
const OK = 'HTTP/1.1 204 No Content\r\n\r\n'

const SERVER = { server: { ip: '192.0.2.1', port: 443 } }
const NAMED: Hop = { from: 'proxy-v2', ip: '203.0.113.7', port: 56_324, trusted: false, proxy: SERVER }
const NOBODY: Hop = { from: 'proxy-v2', ip: '', trusted: false }
const told = (more: ProxyDetails): Hop => ({ ...NAMED, proxy: { ...SERVER, ...more } })

/** What a header in front of a request gives, in one piece and byte by byte. */
function readsAs(bytes: Uint8Array, hops: readonly Hop[], anomalies: readonly string[] = [], config = {}): void {
  const steps: Step[] = [{ c: Buffer.concat([bytes, GET]) }, { s: OK }, { end: 'both' }]
  for (const options of [OPTIONS, { ...OPTIONS, cut: () => 1, restart: () => true }]) {
    const played = play(steps, { ...options, config })
    const [exchange] = played.exchanges
    assert.equal(exchange?.request.target, '/behind')
    assert.deepEqual(exchange.hops.slice(1), hops)
    assert.deepEqual(
      played.anomalies.map(({ anomaly }) => anomaly),
      anomalies,
    )
    assert.equal(
      Object.values(played.ledger).reduce((sum, n) => sum + n, 0),
      played.fed,
    )
  }
}

describe('addresses', () => {
  test('IPv4', () => readsAs(header(0x21, 0x11, INET), [NAMED]))
  test('IPv6', () => {
    const server = { ip: '2001:db8::1', port: 2 }
    readsAs(header(0x21, 0x21, INET6), [{ ...NOBODY, ip: '2001:db8::7', port: 1, proxy: { server } }])
  })
  test('an IPv4-mapped address is the IPv4 address', () => {
    const mapped = Buffer.from(`${'00'.repeat(10)}ffffcb007107`, 'hex')
    const bytes = header(0x21, 0x21, mapped, INET6.subarray(16))
    readsAs(bytes, [{ ...NOBODY, ip: '203.0.113.7', port: 1, proxy: { server: { ip: '2001:db8::1', port: 2 } } }])
  })
  test('UNIX sockets, one of them abstract', () => {
    const path = (name: string) => Buffer.concat([Buffer.from(name), Buffer.alloc(108 - name.length)])
    const unix = { client: '/run/a.sock', server: '@b' }
    readsAs(header(0x21, 0x31, path('/run/a.sock'), path('\0b')), [{ ...NOBODY, proxy: { unix } }])
  })
  test('UNSPEC', () => readsAs(header(0x21, 0x00), [NOBODY]))
  test('LOCAL: what it says is ignored', () => {
    readsAs(header(0x20, 0x11, INET, tlv(2, 'x')), [NOBODY])
    readsAs(header(0x20, 0x00), [NOBODY])
    readsAs(header(0x20, 0xff, Buffer.from('?')), [NOBODY])
  })
  test('datagrams', () => readsAs(header(0x21, 0x12, INET), [NAMED], ['proxy.v2-datagram']))
  test('two headers, of both versions', () => {
    const second = Buffer.from('PROXY TCP4 198.51.100.9 192.0.2.2 1 2\r\n')
    const hop = { ip: '198.51.100.9', port: 1, trusted: false, proxy: { server: { ip: '192.0.2.2', port: 2 } } }
    readsAs(Buffer.concat([header(0x21, 0x11, INET), second]), [NAMED, { from: 'proxy-v1', ...hop }])
  })
})

describe('TLVs', () => {
  const withTlvs = (...tlvs: readonly Uint8Array[]) => header(0x21, 0x11, INET, ...tlvs)

  test('names, ids, namespaces', () => {
    const bytes = withTlvs(tlv(1, 'h2'), tlv(2, 'shop.example'), tlv(5, Uint8Array.of(0, 255, 16)), tlv(0x30, 'blue'))
    readsAs(bytes, [told({ alpn: 'h2', authority: 'shop.example', uniqueId: '00ff10', netns: 'blue' })])
  })

  test('of clouds', () => {
    const vpce = Buffer.concat([Uint8Array.of(1), Buffer.from('vpce-08d2bf15fac5001c9')])
    const link = Uint8Array.of(1, 0x78, 0x56, 0x34, 0x12)
    const psc = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2)
    readsAs(withTlvs(tlv(0xea, vpce), tlv(0xee, link), tlv(0xe0, psc)), [
      told({ vpcEndpoint: 'vpce-08d2bf15fac5001c9', linkId: 0x12345678, pscConnectionId: '4294967298' }),
    ])
  })

  test('SSL with all its parts', () => {
    const parts = [
      [0x21, 'TLSv1.3'],
      [0x22, 'alice'],
      [0x23, 'TLS_AES_256_GCM_SHA384'],
      [0x24, 'SHA256'],
      [0x25, 'RSA2048'],
      [0x29, 'later'],
    ] as const
    const ssl = tlv(
      0x20,
      Buffer.concat([Uint8Array.of(7, 0, 0, 0, 0), ...parts.map(([type, text]) => tlv(type, text))]),
    )
    const names = { version: 'TLSv1.3', commonName: 'alice', cipher: 'TLS_AES_256_GCM_SHA384' }
    readsAs(withTlvs(ssl), [
      told({ ssl: { tls: true, verified: true, ...names, signature: 'SHA256', key: 'RSA2048' } }),
    ])
  })

  test('SSL without a certificate, and with one that was refused', () => {
    readsAs(withTlvs(tlv(0x20, Uint8Array.of(1, 0, 0, 0, 0))), [told({ ssl: { tls: true, verified: null } })])
    readsAs(withTlvs(tlv(0x20, Uint8Array.of(3, 0, 0, 0, 9))), [told({ ssl: { tls: true, verified: false } })])
  })

  test('padding is nothing, other types are counted', () => {
    readsAs(withTlvs(tlv(4, 'xxx'), tlv(0xe5, 'a'), tlv(0xf0, 'b'), tlv(0xea, 'c')), [told({ others: 3 })])
  })

  test('of two of a type the first one counts', () => {
    readsAs(withTlvs(tlv(2, 'first'), tlv(2, 'second')), [told({ authority: 'first' })])
  })

  test('text that is no UTF-8, and too much of it', () => {
    readsAs(withTlvs(tlv(2, Buffer.from([0xe9, 0x41]))), [told({ authority: 'éA' })])
    readsAs(withTlvs(tlv(2, 'x'.repeat(1000))), [told({ authority: 'x'.repeat(256) })])
  })

  test('behind an unspecified family', () => {
    readsAs(header(0x21, 0x00, tlv(2, 'a')), [{ ...NOBODY, proxy: { authority: 'a' } }])
  })

  for (const [what, bytes] of [
    ['a TLV that goes beyond the header', Uint8Array.of(2, 0, 5, 97)],
    ['half a TLV', Uint8Array.of(2, 0)],
    ['SSL without its flags', tlv(0x20, Uint8Array.of(1))],
    ['SSL with half a TLV', tlv(0x20, Uint8Array.of(1, 0, 0, 0, 0, 0x21, 0, 9))],
    ['a checksum of two bytes', tlv(3, Uint8Array.of(1, 2))],
    ['a LINKID of two bytes', tlv(0xee, Uint8Array.of(1, 2, 3))],
    ['a connection id of two bytes', tlv(0xe0, Uint8Array.of(1, 2))],
    ['a unique id too long', tlv(5, new Uint8Array(129))],
  ] as const) {
    test(`${what}: the addresses stand`, () => readsAs(withTlvs(bytes), [NAMED], ['proxy.v2-bad-tlv']))
  }
})

describe('checksum', () => {
  test('published vectors of CRC-32C', () => {
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa)
    assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43)
  })
  test('right', () => readsAs(checked(0x21, 0x11, INET, tlv(2, 'a')), [told({ authority: 'a' })]))
  test('wrong: nothing of it is believed', () => {
    const bytes = checked(0x21, 0x11, INET)
    bytes[16]! ^= 1
    readsAs(bytes, [NOBODY], ['proxy.v2-bad-checksum'])
  })
})

describe('what no receiver may accept is skipped, and names nobody', () => {
  for (const [what, bytes, anomaly] of [
    ['another version', header(0x31, 0x11, INET), 'proxy.v2-bad-version'],
    ['another command', header(0x22, 0x11, INET), 'proxy.v2-bad-command'],
    ['another family', header(0x21, 0x41, INET), 'proxy.v2-bad-family'],
    ['another transport', header(0x21, 0x13, INET), 'proxy.v2-bad-family'],
    ['too short for its addresses', header(0x21, 0x21, INET), 'proxy.v2-bad-length'],
    ['no addresses at all', header(0x21, 0x11), 'proxy.v2-bad-length'],
  ] as const) {
    test(what, () => readsAs(bytes, [NOBODY], [anomaly]))
  }

  test('longer than a head may be: it is not kept', () => {
    const bytes = header(0x21, 0x11, INET, new Uint8Array(500))
    readsAs(bytes, [NOBODY], ['proxy.v2-too-long'], { head: 400 })
    const { stage, ledger } = play([{ c: bytes.subarray(0, 300) }], { ...OPTIONS, config: { head: 400 } })
    assert.deepEqual([stage.size(), ledger], [1, { cap: 300 }])
  })
})

describe('holes and ends', () => {
  const bytes = header(0x21, 0x11, INET, tlv(2, 'shop.example'))
  const after = (...steps: Step[]) => play([...steps, { c: GET }, { s: OK }, { end: 'both' }], OPTIONS)

  test('a hole inside: what comes behind its end is read', () => {
    const { exchanges, ledger, anomalies } = after(
      { c: bytes.subarray(0, 20) },
      { gap: 'c', missing: 10 },
      { c: bytes.subarray(30) },
    )
    assert.deepEqual(exchanges[0]?.hops.slice(1), [NOBODY])
    assert.equal(exchanges[0].request.target, '/behind')
    assert.deepEqual([ledger.gap, anomalies.length], [bytes.length - 10, 1])
  })

  test('a hole up to its end, and beyond it', () => {
    for (const missing of [bytes.length - 20, bytes.length]) {
      const { exchanges, anomalies } = after({ c: bytes.subarray(0, 20) }, { gap: 'c', missing })
      assert.deepEqual([exchanges[0]?.request.target, exchanges[0]?.hops.slice(1)], ['/behind', [NOBODY]])
      assert.equal(anomalies[0]?.anomaly, 'proxy.gap')
    }
  })

  test('an end inside', () => {
    for (const length of [1, 12, 14, 20]) {
      const { anomalies, stage } = play([{ c: bytes.subarray(0, length) }, { end: 'both' }], OPTIONS)
      assert.equal(stage.size(), 0)
      assert.deepEqual(
        anomalies.map(({ anomaly }) => anomaly),
        length < 12 ? [] : ['proxy.truncated'],
      )
    }
  })

  test('what the server says before its end waits', () => {
    const steps: Step[] = [{ c: bytes.subarray(0, 20) }, { s: OK }, { c: Buffer.concat([bytes.subarray(20), GET]) }]
    const { exchanges } = play([...steps, { end: 'both' }], OPTIONS)
    assert.equal(exchanges.at(-1)?.hops[1]?.ip, '203.0.113.7')
  })

  test('from the server', () => {
    const { exchanges, anomalies } = play([{ s: bytes }, { c: GET }, { s: OK }, { end: 'both' }], OPTIONS)
    assert.deepEqual([exchanges[0]?.response?.status, exchanges[0]?.hops.length], [204, 1])
    assert.deepEqual(
      anomalies.map(({ anomaly }) => anomaly),
      ['proxy.from-server'],
    )
  })

  test('the signature alone is not enough for a hop', () => {
    assert.deepEqual(play([{ c: SIGNATURE }], OPTIONS).anomalies, [])
  })
})
