/** What no proper client or server sends. */
import { blockFrames, data, frame, request, response, SETTINGS_ACK, settings } from '#test/driver/http2.ts'
import { hello, GET, OK, odd, asked, type Case } from './script.ts'

export const MALFORMED_CASES: readonly Case[] = [  {
    name: 'a table larger than was allowed, then as large as is allowed',
    rfc: 'RFC 7541 §4.2',
    steps: (c, s) => [
      ...hello,
      {
        c: blockFrames(
          1,
          1,
          Buffer.concat([
            c.encoder.resize(8192),
            c.encoder.block(
              GET,
              () => 'index',
              () => true,
            ),
          ]),
          1,
          1,
        ),
      },
      { s: Buffer.concat([s.headers(1, OK, { end: true }), settings([1, 16_384])]) },
      { c: SETTINGS_ACK },
      {
        c: blockFrames(
          1,
          3,
          Buffer.concat([
            c.encoder.resize(16_384),
            c.encoder.block(
              GET,
              () => 'index',
              () => true,
            ),
          ]),
          1,
          1,
        ),
      },
      { s: s.headers(3, OK, { end: true }) },
      { end: 'both' },
    ],
    gives: [
      '1 GET shop.example /a 2 +0 > 200 2 +0 : http2.hpack-size-update-too-large',
      '3 GET shop.example /a 2 +0 > 200 2 +0 : -',
    ],
  },
  {
    name: 'a frame inside of a header block',
    rfc: 'RFC 9113 §6.10',
    steps: (c, s) => [
      ...hello,
      {
        c: Buffer.concat([
          frame(
            1,
            1,
            1,
            c.encoder
              .block(
                GET,
                () => 'index',
                () => true,
              )
              .subarray(0, 2),
          ),
          frame(6, 0, 0, Buffer.alloc(8)),
        ]),
      },
      { s: s.headers(1, response(400), { end: true }) },
      { end: 'both' },
    ],
    gives: ['1 - - - 2 +0 > 400 2 +0 : http2.interrupted-header-block http2.header-unknown'],
  },
  {
    name: 'a body that is not as long as it says, a response too',
    rfc: 'RFC 9113 §8.1.1',
    steps: (c, s) => [
      ...hello,
      { c: Buffer.concat([c.headers(1, request('POST', '/', ['content-length', '0'])), data(1, 'GET /x', true)]) },
      { s: Buffer.concat([s.headers(1, response(200, ['content-length', '7'])), data(1, 'abc', true)]) },
      { end: 'both' },
    ],
    gives: ['1 POST shop.example / 2 +6 > 200 2 +3 : http2.content-length-mismatch http2.response-length-mismatch'],
  },
  asked(
    'transfer-encoding',
    'RFC 9113 §8.2.2',
    [...GET, ['transfer-encoding', 'chunked']],
    '1 GET shop.example /a 2 +0 > 200 2 +0 : http2.transfer-encoding',
  ),
  asked(
    'a header that is two in HTTP/1',
    'RFC 9113 §10.3',
    [...GET, ['x', 'a\r\nTransfer-Encoding: chunked']],
    '1 GET shop.example /a 2 +0 > 200 2 +0 : http2.crlf-in-header',
  ),
  asked(
    'a path that is two requests',
    'RFC 9113 §10.3',
    [GET[0]!, GET[1]!, [':path', '/ HTTP/1.1\r\nX: y'], GET[3]!],
    '1 GET shop.example / HTTP/1.1\r\nX: y 2 +0 > 200 2 +0 : http2.crlf-in-header http2.bad-path http2.request-splitting',
  ),
  asked(
    'names in upper case, of no token, empty',
    'RFC 9113 §8.2.1',
    [...GET, ['X-Up', ''], ['a b', ''], ['', '']],
    '1 GET shop.example /a 2 +0 > 200 2 +0 : http2.upper-case-name http2.bad-field-name',
  ),
  asked(
    'pseudo-headers: twice, late, unknown, of a response',
    'RFC 9113 §8.3',
    [...GET, [':path', '/b'], ['a', 'b'], [':odd', ''], [':status', '200']],
    '1 GET shop.example /a 2 +0 > 200 2 +0 : http2.duplicate-pseudo-header http2.unknown-pseudo-header http2.late-pseudo-header http2.misplaced-pseudo-header',
  ),
  asked(
    'no :path',
    'RFC 9113 §8.3.1',
    [GET[0]!, GET[1]!, GET[3]!],
    '1 GET shop.example - 2 +0 > 200 2 +0 : http2.missing-pseudo-header',
  ),
  asked(
    'two hosts',
    'RFC 9113 §8.3.1',
    [...GET, ['host', 'other.example']],
    '1 GET shop.example /a 2 +0 > 200 2 +0 : http2.host-mismatch',
  ),
  asked(
    'host instead of :authority',
    'RFC 9113 §8.3.1',
    [GET[0]!, GET[1]!, GET[2]!, ['host', 'shop.example']],
    '1 GET shop.example /a 2 +0 > 200 2 +0 : -',
  ),
]
