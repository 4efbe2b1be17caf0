/** What exhausts servers, and limits. */
import { blockFrames, data, frame, request, settings, word } from '#test/driver/http2.ts'
import { hello, GET, OK, reset, times, type Case } from './script.ts'

export const FLOOD_CASES: readonly Case[] = [  {
    name: 'rapid reset',
    rfc: 'CVE-2023-44487',
    config: { http2: { flood: { rapidReset: 2 } } },
    steps: c => [
      ...hello,
      { c: times(3, i => Buffer.concat([c.headers(2 * i + 1, GET, { end: true }), reset(2 * i + 1, 8)])) },
      { end: 'both' },
    ],
    gives: [
      '1 GET shop.example /a 2 +0 > - : http2.reset-by-client http2.reset.cancel http.no-response.reset',
      '3 GET shop.example /a 2 +0 > - : http2.flood.rapid-reset http2.reset-by-client http2.reset.cancel http.no-response.reset',
      '5 GET shop.example /a 2 +0 > - : http2.reset-by-client http2.reset.cancel http.no-response.reset',
    ],
  },
  {
    name: 'made you reset',
    rfc: 'CVE-2025-8671',
    config: { http2: { flood: { madeYouReset: 2 } } },
    steps: (c, s) => [
      ...hello,
      { c: times(2, i => Buffer.concat([c.headers(2 * i + 1, GET, { end: true }), frame(8, 0, 2 * i + 1, word(0))])) },
      { s: Buffer.concat([s.headers(1, OK), reset(1, 1), reset(3, 1)]) },
      { end: 'both' },
    ],
    gives: [
      '1 GET shop.example /a 2 +0 > 200 2 +0 : http2.reset-by-server http2.reset.protocol-error',
      '3 GET shop.example /a 2 +0 > - : http2.flood.made-you-reset http2.reset-by-server http2.reset.protocol-error http.no-response.reset',
    ],
  },
  {
    name: 'a CONTINUATION flood that never ends',
    rfc: 'CVE-2024-27316',
    config: { http2: { continuations: 3 } },
    steps: c => [
      ...hello,
      { c: c.headers(1, request('GET', '/a', ['x', 'y'.repeat(200)]), { parts: 90 }).subarray(0, -9) },
      { end: 'both' },
    ],
    gives: [
      '1 - - - 2 +0 > - : http2.flood.continuation http2.truncated-head http2.header-unknown http2.truncated-body http.no-response.closed',
    ],
  },
  {
    name: 'an HPACK bomb',
    rfc: 'README',
    config: { head: 2000 },
    steps: (c, s) => [
      ...hello,
      {
        c: blockFrames(
          1,
          1,
          Buffer.concat([
            c.encoder.block(
              [...GET, ['x', 'y'.repeat(900)]],
              () => 'index',
              () => true,
            ),
            Buffer.alloc(200, 0xbe),
          ]),
          1,
          1,
        ),
      },
      { s: s.headers(1, OK, { end: true }) },
      { end: 'both' },
    ],
    gives: ['1 GET shop.example /a 2 +0 > 200 2 +0 : http2.head-too-long http2.flood.header-list'],
  },
  {
    name: 'floods of frames are noted on the newest exchange, or on the next',
    rfc: 'CVE-2019-9512, 9513, 9515, 9518',
    config: { http2: { flood: { settings: 3, ping: 2, emptyFrames: 2, priority: 2, windowUpdate: 2 } } },
    steps: (c, s) => [
      ...hello,
      { c: times(2, () => frame(6, 0, 0, Buffer.alloc(8))) },
      {
        c: Buffer.concat([
          c.headers(1, request('POST', '/a')),
          times(2, () => settings()),
          times(2, () => data(1, '', false)),
        ]),
      },
      {
        c: Buffer.concat([
          times(2, () => frame(2, 0, 1, Buffer.alloc(5))),
          times(2, () => frame(8, 0, 1, word(1))),
          data(1, '', true),
        ]),
      },
      { s: s.headers(1, OK, { end: true }) },
      { end: 'both' },
    ],
    gives: [
      '1 POST shop.example /a 2 +0 > 200 2 +0 : http2.flood.settings http2.flood.empty-frames http2.flood.priority http2.flood.window-update http2.flood.ping',
    ],
  },
  {
    name: 'too many streams',
    rfc: 'README',
    config: { http2: { streams: 2 } },
    steps: (c, s) => [
      ...hello,
      { c: times(3, i => c.headers(2 * i + 1, GET, { end: true })) },
      { s: Buffer.concat([s.headers(3, OK, { end: true }), s.headers(5, OK, { end: true })]) },
      { end: 'both' },
    ],
    gives: [
      '1 GET shop.example /a 2 +0 > - : http2.flood.streams http.no-response.stream-limit',
      '3 GET shop.example /a 2 +0 > 200 2 +0 : -',
      '5 GET shop.example /a 2 +0 > 200 2 +0 : -',
    ],
  },
  {
    name: 'a block beyond the limit: the table is unknown after it',
    rfc: 'README',
    config: { head: 300 },
    steps: (c, s) => [
      ...hello,
      { c: c.headers(1, request('GET', '/a', ['x', 'y'.repeat(900)]), { end: true }) },
      { c: c.headers(3, GET, { end: true }) },
      { s: Buffer.concat([s.headers(1, OK, { end: true }), s.headers(3, OK, { end: true })]) },
      { end: 'both' },
    ],
    gives: [
      '1 - - - 2 +0 > 200 2 +0 : http2.head-too-long http2.header-unknown',
      '3 GET - - 2 +0 > 200 2 +0 : http2.header-unknown',
    ],
  },
]
