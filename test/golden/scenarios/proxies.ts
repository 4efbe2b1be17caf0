/** The PROXY protocol in front of HTTP. */
import { checked, header, INET, tlv } from '#processors/http/protocols/proxy-v2/testdata/header.ts'
import { Clock, type Packet, Talk } from '#test/driver/packets.ts'
import { get, ok, type Scenario, turns } from './scenario.ts'

const LINE = 'PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n'

/** Headers are believed from 10.0.0.0/24. */
const CONFIG = [
  'processors:',
  '  enrich:',
  '    proxy_protocol:',
  '      trusted_networks: [10.0.0.0/24]',
  '    proxy_headers:',
  '      - trusted_networks: [10.0.0.0/24]',
  '        real_ip: [X-Forwarded-For]',
  '',
].join('\n')

const TLVS = [
  tlv(1, 'http/1.1'),
  tlv(2, 'shop.example'),
  tlv(5, 'request-1'),
  tlv(0x20, Buffer.concat([Uint8Array.of(7, 0, 0, 0, 0), tlv(0x21, 'TLSv1.3'), tlv(0x22, 'alice')])),
  tlv(0xea, '\x01vpce-08d2bf15fac5001c9'),
  tlv(0xe5, '?'),
]

function requestBehind(front: Uint8Array, headers = ''): Packet[] {
  return turns(Buffer.concat([front, Buffer.from(get('/behind', headers))]), ok('hello'))
}

export const PROXIES: readonly Scenario[] = [
  {
    name: 'proxy-v1',
    shows:
      'A PROXY header of version 1: from a trusted proxy it names the client, whose own X-Forwarded-For does not count.',
    config: CONFIG,
    packets: () => requestBehind(Buffer.from(LINE), 'X-Forwarded-For: 198.51.100.1\r\n'),
    reorders: true,
  },
  {
    name: 'proxy-v2',
    shows:
      'A PROXY header of version 2 with TLVs (ALPN, authority, unique id, TLS, an AWS endpoint) and a right checksum.',
    config: CONFIG,
    packets: () => requestBehind(checked(0x21, 0x11, INET, ...TLVS)),
    reorders: true,
  },
  {
    name: 'proxy-chain',
    shows: 'Two PROXY headers: of a trusted proxy about another one, and of that one about the client.',
    config: CONFIG,
    packets: () => {
      const near = header(0x21, 0x11, Buffer.from('0a000003' + '0a000002' + '9c4001bb', 'hex'))
      return requestBehind(Buffer.concat([near, Buffer.from(LINE)]))
    },
    reorders: true,
  },
  {
    name: 'proxy-forged',
    shows: 'A PROXY header that a client forged: kept, not believed, and reported.',
    config: CONFIG,
    packets: () => {
      const talk = new Talk(new Clock(), { client: { ip: '198.51.100.66', port: 50_000 } })
      return [...talk.open(), ...talk.client(LINE + get('/forged')), ...talk.server(ok('no')), ...talk.close()]
    },
    reorders: true,
  },
  {
    name: 'proxy-bad-checksum',
    shows:
      'A PROXY header of version 2 whose checksum is wrong: what it says is not believed; the request behind it is read.',
    config: CONFIG,
    packets: () => {
      const damaged = Uint8Array.from(checked(0x21, 0x11, INET))
      damaged[16]! ^= 1
      return requestBehind(damaged)
    },
    reorders: true,
  },
  {
    name: 'proxy-tls',
    shows: 'A PROXY header in front of TLS: the rest is opaque.',
    config: CONFIG,
    packets: () =>
      turns(LINE, '', Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0), Uint8Array.of(0x16, 3, 3, 0, 5, 2, 0, 0, 1, 0)),
    reorders: true,
  },
]
