/** How connections begin and end. */
import { Clock, Talk } from '#test/driver/packets.ts'
import { get, ok, type Scenario } from './scenario.ts'

const otherClient = { ip: '10.0.0.9', port: 41_000 }

export const CONNECTIONS: readonly Scenario[] = [
  {
    name: 'reset-in-response',
    shows: 'The server resets in the middle of its response.',
    packets: () => {
      const talk = new Talk(new Clock())
      const response = ok('x'.repeat(400)).slice(0, 300)
      return [...talk.open(), ...talk.client(get('/r')), ...talk.server(response, 100), ...talk.reset(1)]
    },
    reorders: false,
  },
  {
    name: 'idle',
    shows: 'A connection falls silent before its response; ten minutes later other traffic makes it end.',
    packets: () => {
      const clock = new Clock()
      const silent = new Talk(clock)
      const later = new Talk(clock, { client: otherClient })
      const packets = [...silent.open(), ...silent.client(get('/never'))]
      clock.wait(600)
      return [...packets, ...later.open(), ...later.client(get('/later')), ...later.server(ok('now')), ...later.close()]
    },
    reorders: false,
  },
  {
    name: 'half-close',
    shows: 'The client ends its side with the request; the response comes all the same.',
    packets: () => {
      const talk = new Talk(new Clock())
      return [
        ...talk.open(),
        ...talk.client(get('/half')),
        ...talk.finish(0),
        ...talk.server(ok('still here')),
        ...talk.finish(1),
      ]
    },
    reorders: true,
  },
  {
    name: 'port-reuse',
    shows: 'The same ports again right after a connection ended: two connections.',
    packets: () => {
      const clock = new Clock()
      return [0, 1].flatMap(round => {
        const talk = new Talk(clock, { clientSeq: 7_000 + round * 90_000, serverSeq: 100 + round * 70_000 })
        return [...talk.open(), ...talk.client(get(`/${round}`)), ...talk.server(ok(`round ${round}`)), ...talk.close()]
      })
    },
    reorders: false,
  },
  {
    name: 'missing-syn',
    shows: 'The capture begins in the middle of a connection, with a request.',
    packets: () => {
      const talk = new Talk(new Clock())
      talk.open()
      return [...talk.client(get('/mid')), ...talk.server(ok('seen')), ...talk.close()]
    },
    reorders: false,
  },
  {
    name: 'requests-only',
    shows: 'Only the client side was captured (asymmetric routing).',
    packets: () => {
      const talk = new Talk(new Clock())
      const all = [
        ...talk.open(),
        ...talk.client(get('/1')),
        ...talk.server(ok('a')),
        ...talk.client(get('/2')),
        ...talk.close(),
      ]
      return all.filter(packet => packet.to.port === 80)
    },
    reorders: false,
  },
  {
    name: 'responses-only',
    shows: 'Only the server side was captured.',
    packets: () => {
      const talk = new Talk(new Clock())
      const all = [
        ...talk.open(),
        ...talk.client(get('/1')),
        ...talk.server(ok('a')),
        ...talk.server(ok('b')),
        ...talk.close(),
      ]
      return all.filter(packet => packet.from.port === 80)
    },
    reorders: false,
  },
  {
    name: 'tls',
    shows: 'A TLS handshake: opaque, accounted for as unsupported.',
    packets: () => {
      const talk = new Talk(new Clock(), { server: { ip: '10.0.0.2', port: 443 } })
      const record = (type: number, ...body: readonly number[]): Uint8Array =>
        Uint8Array.of(22, 3, 1, 0, body.length + 4, type, 0, 0, body.length, ...body)
      const hello = [3, 3, ...Array.from({ length: 32 }, (_, i) => i), 0, 0, 2, 0x13, 0x01, 1, 0]
      return [...talk.open(), ...talk.client(record(1, ...hello)), ...talk.server(record(2, ...hello)), ...talk.close()]
    },
    reorders: true,
  },
]
