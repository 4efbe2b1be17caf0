/** HTTP/2: prior knowledge, upgrade, gRPC, joined in the middle, floods, what becomes two requests behind a proxy. */
import { data, frame, Peer, PREFACE, request, response, SETTINGS_ACK, settings, word } from '#test/driver/http2.ts'
import { Clock, type Packet, Talk } from '#test/driver/packets.ts'
import type { Scenario } from './scenario.ts'

type Said = (client: Peer, server: Peer) => readonly (string | Uint8Array)[]

const HELLO = Buffer.concat([PREFACE, settings([3, 100])])
const ANSWER = Buffer.concat([settings([4, 65_535]), SETTINGS_ACK])

/** What the client and the server say in turn, the client first. `joined`: the capture begins behind so many packets. */
function turns(said: Said, joined = 0): Packet[] {
  const talk = new Talk(new Clock())
  const packets = talk.open()
  for (const [i, words] of said(new Peer(), new Peer()).entries())
    packets.push(...(i % 2 === 0 ? talk.client(words) : talk.server(words)))
  return [...packets, ...talk.close()].slice(joined)
}

/** A gRPC message: field 2 holds a message whose field 3 is the text. */
function grpc(text: string): Uint8Array {
  const inner = Buffer.concat([Buffer.from([0x08, 1, 0x1a, text.length]), Buffer.from(text)])
  const message = Buffer.concat([Buffer.from([0x12, inner.length]), inner])
  return Buffer.concat([Buffer.from([0]), word(message.length), message])
}

const GRPC = [
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
] as const

export const HTTP2: readonly Scenario[] = [
  {
    name: 'http2',
    shows:
      'HTTP/2 with prior knowledge: three streams at once, answered in another order, one with trailers, one pushed.',
    packets: () =>
      turns((c, s) => [
        HELLO,
        ANSWER,
        Buffer.concat([
          SETTINGS_ACK,
          c.headers(1, request('GET', '/a', ['user-agent', 'golden']), { end: true }),
          c.headers(3, request('POST', '/b', ['content-type', 'text/plain'], ['user-agent', 'golden'])),
          data(3, 'the body', true, 7),
          c.headers(5, request('GET', '/c', ['cookie', 'a=1'], ['cookie', 'b=2']), { end: true, parts: 3 }),
        ]),
        Buffer.concat([
          s.promise(1, 2, request('GET', '/a.css')),
          s.headers(3, response(201, ['server', 'golden'])),
          data(3, 'made', false),
          s.headers(3, [['x-sum', '42']], { end: true }),
          s.headers(5, response(404, ['server', 'golden']), { end: true }),
          s.headers(1, response(200, ['server', 'golden'])),
          data(1, 'an answer', true),
          s.headers(2, response(200)),
          data(2, 'a{}', true),
        ]),
      ]),
    reorders: true,
  },
  {
    name: 'http2-upgrade',
    shows: 'An upgrade to h2c: the request has its 101, and its response on stream 1.',
    packets: () =>
      turns((c, s) => [
        'GET /a HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
        Buffer.concat([
          Buffer.from('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'),
          settings(),
        ]),
        HELLO,
        Buffer.concat([SETTINGS_ACK, s.headers(1, response(200)), data(1, 'over HTTP/2', true)]),
        c.headers(3, request('GET', '/b'), { end: true }),
        s.headers(3, response(204), { end: true }),
      ]),
    reorders: true,
  },
  {
    name: 'grpc-sqli',
    shows: 'gRPC: an attack in a field of a nested message.',
    packets: () =>
      turns((c, s) => [
        Buffer.concat([HELLO, c.headers(1, request('POST', '/shop.Items/Find', ...GRPC))]),
        ANSWER,
        data(1, grpc("x' UNION SELECT password FROM users-- "), true),
        Buffer.concat([
          s.headers(1, response(200, ['content-type', 'application/grpc'])),
          data(1, grpc('nothing'), false),
          s.headers(1, [['grpc-status', '0']], { end: true }),
        ]),
      ]),
    reorders: true,
  },
  {
    name: 'http2-joined',
    shows: 'The capture begins in the middle: fields of the table are unknown until they are sent again.',
    packets: () =>
      turns((c, s) => {
        const agent = ['user-agent', 'golden'] as const
        return [
          Buffer.concat([HELLO, c.headers(1, request('GET', '/a', agent), { end: true })]),
          Buffer.concat([ANSWER, s.headers(1, response(200, ['server', 'golden']), { end: true })]),
          Buffer.concat([c.headers(3, request('GET', '/a', agent), { end: true }), frame(6, 0, 0, Buffer.alloc(8))]),
          Buffer.concat([
            frame(6, 1, 0, Buffer.alloc(8)),
            s.headers(3, response(200, ['server', 'golden'])),
            data(3, 'a', true),
          ]),
          c.headers(5, request('GET', '/b', ['user-agent', 'another']), { end: true }),
          s.headers(5, response(200, ['server', 'another']), { end: true }),
          c.headers(7, request('GET', '/b', ['user-agent', 'another']), { end: true }),
          s.headers(7, response(200, ['server', 'another']), { end: true }),
        ]
      }, 7),
    reorders: false,
  },
  {
    name: 'http2-attacks',
    shows:
      'A body longer than its content-length and a Transfer-Encoding (another request, behind a proxy), then rapid resets.',
    packets: () =>
      turns((c, s) => [
        HELLO,
        ANSWER,
        Buffer.concat([
          c.headers(1, request('POST', '/a', ['content-length', '0'])),
          data(1, 'GET /admin HTTP/1.1\r\nX: y', true),
          c.headers(3, request('POST', '/b', ['transfer-encoding', 'chunked'])),
          data(3, '0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n', true),
        ]),
        Buffer.concat([s.headers(1, response(200), { end: true }), s.headers(3, response(400), { end: true })]),
        Buffer.concat(
          Array.from({ length: 4 }, (_, i) =>
            Buffer.concat([c.headers(2 * i + 5, request('GET', '/c'), { end: true }), frame(3, 0, 2 * i + 5, word(8))]),
          ),
        ),
      ]),
    config: 'processors:\n  http:\n    http2: { flood: { rapidReset: 4 } }\n',
    reorders: true,
  },
]
