/** Addresses: who talks to whom, in which network, and through which proxy. */
import { Clock, type Packet, Talk, type TalkOptions } from '#test/driver/packets.ts'
import { get, ok, type Scenario } from './scenario.ts'

function exchange(clock: Clock, request: string, response: string, options: TalkOptions = {}): Packet[] {
  const talk = new Talk(clock, options)
  return [...talk.open(), ...talk.client(request), ...talk.server(response), ...talk.close()]
}

export const NETWORK: readonly Scenario[] = [
  {
    name: 'vlan',
    shows: 'The same addresses and ports in two VLANs at once: two connections that never mix.',
    packets: () => {
      const clock = new Clock()
      const [red, blue] = [new Talk(clock, { vlan: 10 }), new Talk(clock, { vlan: 20 })]
      return [
        ...red.open(),
        ...blue.open(),
        ...red.client(get('/red')),
        ...blue.client(get('/blue')),
        ...blue.server(ok('blue')),
        ...red.server(ok('red')),
        ...red.close(),
        ...blue.close(),
      ]
    },
    reorders: true,
  },
  {
    name: 'ipv6',
    shows: 'HTTP over IPv6.',
    packets: () =>
      exchange(new Clock(), get('/six'), ok('v6'), {
        client: { ip: '2001:db8::1', port: 40_000 },
        server: { ip: '2001:db8:0:1::80', port: 8080 },
      }),
    reorders: true,
  },
  {
    name: 'forwarded-for',
    shows: 'X-Forwarded-For through a trusted proxy, and forged by a client that is none.',
    config: [
      'processors:',
      '  enrich:',
      '    proxy_headers:',
      '      - trusted_networks: [10.0.0.0/24]',
      '        real_ip: [X-Forwarded-For]',
      '        original_host: [X-Forwarded-Host]',
      '',
    ].join('\n'),
    packets: () => {
      const clock = new Clock()
      const headers = 'X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\nX-Forwarded-Host: api.example\r\n'
      const forger = { ip: '192.0.2.66', port: 50_000 }
      return [
        ...exchange(clock, get('/proxied', headers), ok('yes')),
        ...exchange(clock, get('/forged', headers), ok('no'), { client: forger }),
      ]
    },
    reorders: true,
  },
]
