/** Streams, pushes, resets, upgrades, joining, holes. */
import { data, frame, request, response, settings, word } from '#test/driver/http2.ts'
import { HELLO, hello, GET, OK, reset, type Case } from './script.ts'

export const CONNECTION_CASES: readonly Case[] = [
  {
    name: 'two streams, answered in the other order',
    rfc: 'RFC 9113 §5',
    steps: (c, s) => [
      ...hello,
      { c: c.headers(1, GET, { end: true }) },
      { c: Buffer.concat([c.headers(3, request('POST', '/b')), data(3, 'body', true)]) },
      { s: Buffer.concat([s.headers(3, response(201)), data(3, 'done', true)]) },
      { s: s.headers(1, response(404), { end: true }) },
      { end: 'both' },
    ],
    gives: ['3 POST shop.example /b 2 +4 > 201 2 +4 : -', '1 GET shop.example /a 2 +0 > 404 2 +0 : -'],
  },
  {
    name: 'CONTINUATION, padding, priority, trailers, an interim response',
    rfc: 'RFC 9113 §6.2, §6.10, §8.1',
    steps: (c, s) => [
      ...hello,
      {
        c: frame(
          1,
          0x2d,
          1,
          Buffer.concat([
            Buffer.from([3, 0, 0, 0, 0, 16]),
            c.encoder.block(
              GET,
              () => 'index',
              () => true,
            ),
            Buffer.alloc(3),
          ]),
        ),
      },
      { s: s.headers(1, response(103, ['link', '</a.css>'])) },
      { s: s.headers(1, response(200, ['server', 'nginx']), { parts: 4 }) },
      { s: Buffer.concat([data(1, 'abc', false, 9), data(1, 'def', false)]) },
      { s: s.headers(1, [['grpc-status', '0']], { end: true, parts: 2 }) },
      { end: 'both' },
    ],
    gives: ['1 GET shop.example /a 2 +0 > 200 2 +6 : -'],
    trailers: [['grpc-status', '0']],
  },
  {
    name: 'a pushed exchange',
    rfc: 'RFC 9113 §8.4',
    steps: (c, s) => [
      ...hello,
      { c: c.headers(1, GET, { end: true }) },
      { s: s.promise(1, 2, request('GET', '/a.css')) },
      { s: s.headers(1, OK, { end: true }) },
      { s: Buffer.concat([s.headers(2, OK), data(2, 'css', true)]) },
      { end: 'both' },
    ],
    gives: ['1 GET shop.example /a 2 +0 > 200 2 +0 : -', '2 GET shop.example /a.css 2 +0 > 200 2 +3 : http2.pushed'],
  },
  {
    name: 'frames that say nothing to us',
    rfc: 'RFC 7838, RFC 8336, RFC 9218, RFC 9113 §4.1',
    steps: (c, s) => [
      ...hello,
      { c: Buffer.concat([frame(16, 0, 0, Buffer.from('\0\0\0\x01u=1')), c.headers(1, GET, { end: true })]) },
      {
        s: Buffer.concat([
          frame(10, 0, 1, Buffer.from('\0\0h2=":1"')),
          frame(12, 0, 0),
          frame(0xee, 0xff, 77, Buffer.alloc(50)),
        ]),
      },
      { s: s.headers(1, OK, { end: true }) },
      { end: 'both' },
    ],
    gives: ['1 GET shop.example /a 2 +0 > 200 2 +0 : -'],
  },
  {
    name: 'an upgrade: the request is answered on stream 1',
    rfc: 'RFC 7540 §3.2',
    steps: (c, s) => [
      {
        c: 'GET /a HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAABAA\r\n\r\n',
      },
      {
        s: Buffer.concat([
          Buffer.from('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'),
          settings(),
        ]),
      },
      { c: HELLO },
      { s: Buffer.concat([s.headers(1, OK), data(1, 'hi', true)]) },
      { c: c.headers(3, request('GET', '/b'), { end: true }) },
      { s: s.headers(3, OK, { end: true }) },
      { end: 'both' },
    ],
    gives: [
      'null GET shop.example /a 1.1 +0 > 101 1.1 +0 : http1.h2c-upgrade',
      '1 GET shop.example /a 1.1 +0 > 200 2 +2 : -',
      '3 GET shop.example /b 2 +0 > 200 2 +0 : -',
    ],
  },
  {
    name: 'a WebSocket: the tunnel is nobody’s',
    rfc: 'RFC 8441 §4',
    steps: (c, s) => [
      ...hello,
      {
        c: c.headers(1, [
          [':method', 'CONNECT'],
          [':protocol', 'websocket'],
          [':scheme', 'http'],
          [':path', '/chat'],
          [':authority', 'shop.example'],
        ]),
      },
      { s: s.headers(1, OK) },
      { c: data(1, 'frames', false) },
      { s: data(1, 'frames', true) },
      { c: data(1, '', true) },
      { end: 'both' },
    ],
    gives: ['1 CONNECT shop.example /chat 2 +0 > 200 2 +0 : -'],
    headers: [[':protocol', 'websocket']],
  },
  {
    name: 'CONNECT',
    rfc: 'RFC 9113 §8.5',
    steps: (c, s) => [
      ...hello,
      {
        c: c.headers(1, [
          [':method', 'CONNECT'],
          [':authority', 'inner.example:443'],
        ]),
      },
      { s: s.headers(1, OK) },
      { c: data(1, 'tls', false) },
      { end: 'both' },
    ],
    gives: ['1 CONNECT inner.example:443 inner.example:443 2 +0 > 200 2 +0 : -'],
  },
  {
    name: 'reset by the client, by the server, and after the answer',
    rfc: 'RFC 9113 §6.4, §8.1',
    steps: (c, s) => [
      ...hello,
      { c: Buffer.concat([c.headers(1, GET, { end: true }), reset(1, 8)]) },
      { c: c.headers(3, request('POST', '/b')) },
      { s: reset(3, 7) },
      { c: c.headers(5, request('POST', '/c')) },
      { s: Buffer.concat([s.headers(5, response(413), { end: true }), reset(5, 0)]) },
      { s: data(1, 'late', true) },
      { end: 'both' },
    ],
    gives: [
      '1 GET shop.example /a 2 +0 > - : http2.reset-by-client http2.reset.cancel http.no-response.reset',
      '3 POST shop.example /b 2 +0 > - : http2.reset-by-server http2.reset.refused-stream http.no-response.reset',
      '5 POST shop.example /c 2 +0 > 413 2 +0 : http2.early-response',
    ],
  },
  {
    name: 'GOAWAY: what the server did not look at',
    rfc: 'RFC 9113 §6.8',
    steps: (c, s) => [
      ...hello,
      { c: Buffer.concat([c.headers(1, GET, { end: true }), c.headers(3, GET, { end: true })]) },
      { s: frame(7, 0, 0, Buffer.concat([word(1), word(11), Buffer.from('slow down')])) },
      { s: s.headers(1, OK, { end: true }) },
      { end: 'both' },
    ],
    gives: ['3 GET shop.example /a 2 +0 > - : http.no-response.goaway', '1 GET shop.example /a 2 +0 > 200 2 +0 : -'],
    anomalies: ['http2.goaway.enhance-your-calm'],
  },
  {
    name: 'no response in time, and none because the connection ended',
    rfc: 'README',
    steps: c => [
      ...hello,
      { c: c.headers(1, GET, { end: true }) },
      { wait: 61 },
      { c: c.headers(3, GET, { end: true }) },
      { end: 'both', reason: 'rst' },
    ],
    gives: [
      '1 GET shop.example /a 2 +0 > - : http.no-response.timeout',
      '3 GET shop.example /a 2 +0 > - : http.no-response.reset',
    ],
  },
  {
    name: 'joined: nothing is known of the table but what is inserted',
    rfc: 'RFC 7541 §2.3.2',
    opener: null,
    steps: (c, s) => {
      c.headers(1, request('GET', '/secret', ['x-token', 'abc']))
      s.headers(1, response(200, ['server', 'nginx']))
      return [
        {
          c: Buffer.concat([
            c.headers(3, request('GET', '/secret', ['x-token', 'abc']), { end: true }),
            frame(8, 0, 0, word(9)),
            frame(6, 0, 0, Buffer.alloc(8)),
          ]),
        },
        {
          s: Buffer.concat([
            frame(6, 1, 0, Buffer.alloc(8)),
            s.headers(3, response(200, ['server', 'nginx'])),
            data(3, 'x', true),
          ]),
        },
        { c: c.headers(5, request('GET', '/new', ['x-token', 'def']), { end: true }) },
        { c: c.headers(7, request('GET', '/new', ['x-token', 'def']), { end: true }) },
        { s: Buffer.concat([s.headers(5, OK, { end: true }), s.headers(7, OK, { end: true })]) },
        { end: 'both' },
      ]
    },
    gives: [
      '3 GET - - 2 +0 > 200 2 +1 : http2.header-unknown',
      '5 GET - /new 2 +0 > 200 2 +0 : http2.header-unknown',
      '7 GET - /new 2 +0 > 200 2 +0 : http2.header-unknown',
    ],
    headers: [
      ['', ''],
      ['', 'def'],
    ],
  },
  {
    name: 'a hole inside of a body, and one that swallows frames',
    rfc: 'README',
    steps: (c, s) => [
      ...hello,
      { c: Buffer.concat([c.headers(1, GET, { end: true }), c.headers(3, GET, { end: true })]) },
      { s: Buffer.concat([s.headers(1, OK), data(1, '0123456789', true).subarray(0, 12)]) },
      { gap: 's', missing: 4 },
      { s: '789' },
      { s: s.headers(3, response(200, ['server', 'nginx'])) },
      { gap: 's', missing: 500 },
      { s: Buffer.concat([data(3, 'end', true), frame(8, 0, 0, word(9)), frame(6, 0, 0, Buffer.alloc(8))]) },
      { end: 'both' },
    ],
    gives: [
      '1 GET shop.example /a 2 +0 > 200 2 +10 : http2.gap-in-body',
      '3 GET shop.example /a 2 +0 > 200 2 +3 : http2.gap',
    ],
  },
]
