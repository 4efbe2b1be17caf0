/** HTTP/1 messages: framing, pairing, and requests that are framed in two ways at once. */
import { Clock, Talk } from '#test/driver/packets.ts'
import { get, ok, post, type Scenario, turns } from './scenario.ts'

/** gzip of 'compressed, as most bodies of servers are\n' twelve times: stored, because compressors differ by version. */
const GZIPPED = Buffer.from(
  '1f8b08000000000002ff4bcecf2d284a2d2e4e4dd151482c56c8cd2f2e5148ca4fc94c2d56c84f53284e2d2a4b' +
    '2d2a56482c4ae54a1e55398c54020075c6fe6ff8010000',
  'hex',
)

const chunk = (data: string): string => `${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`

export const MESSAGES: readonly Scenario[] = [
  {
    name: 'simple-get',
    shows: 'A handshake, one request, its response, an orderly end.',
    packets: () => turns(get('/a?b=1'), ok('hello')),
    reorders: true,
  },
  {
    name: 'keep-alive',
    shows: 'Three exchanges one after the other on one connection.',
    packets: () =>
      turns(get('/1'), ok('one'), post('/2', 'text/plain', 'two?'), ok('two'), get('/3'), ok('', '', '404 Not Found')),
    reorders: true,
  },
  {
    name: 'pipelined',
    shows: 'Five requests in one segment; their five responses, cut elsewhere.',
    packets: () => {
      const talk = new Talk(new Clock())
      const requests = [1, 2, 3, 4, 5].map(n => get(`/${n}`)).join('')
      const responses = [1, 2, 3, 4, 5].map(n => ok(`answer ${n}`)).join('')
      return [...talk.open(), ...talk.client(requests), ...talk.server(responses, 97), ...talk.close()]
    },
    reorders: true,
  },
  {
    name: 'chunked-trailers',
    shows: 'Chunked bodies in both directions, with extensions and trailers.',
    packets: () =>
      turns(
        `${get('/upload', 'Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n', 'PUT')}5;name=value\r\nhello\r\n${chunk(' world')}0\r\nX-Sum: 42\r\n\r\n`,
        `HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('done')}0\r\n\r\n`,
      ),
    reorders: true,
  },
  {
    name: 'continue-100',
    shows: 'Expect: 100-continue; the interim response belongs to the exchange and is none of its own.',
    packets: () => {
      const talk = new Talk(new Clock())
      const request = post('/big', 'text/plain', 'the body', 'Expect: 100-continue\r\n')
      const head = request.slice(0, -'the body'.length)
      return [
        ...talk.open(),
        ...talk.client(head),
        ...talk.server('HTTP/1.1 100 Continue\r\n\r\n'),
        ...talk.client('the body'),
        ...talk.server(ok('thanks')),
        ...talk.close(),
      ]
    },
    reorders: true,
  },
  {
    name: 'no-body',
    shows: 'HEAD, 204 and 304: responses that end with their header section, whatever their Content-Length says.',
    packets: () =>
      turns(
        get('/a', '', 'HEAD'),
        'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n',
        get('/b', '', 'DELETE'),
        'HTTP/1.1 204 No Content\r\n\r\n',
        get('/c', 'If-None-Match: "1"\r\n'),
        'HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nETag: "1"\r\n\r\n',
        get('/d'),
        ok('a body again'),
      ),
    reorders: true,
  },
  {
    name: 'connect',
    shows: 'CONNECT with 200: what follows is a tunnel, in which HTTP is spoken again.',
    packets: () =>
      turns(
        'CONNECT inner.example:80 HTTP/1.1\r\nHost: inner.example:80\r\n\r\n',
        'HTTP/1.1 200 Connection Established\r\n\r\n',
        get('/through').replace('shop', 'inner'),
        ok('tunnelled'),
      ),
    reorders: true,
  },
  {
    name: 'close-delimited',
    shows: 'HTTP/1.0: the body ends where the connection does.',
    packets: () =>
      turns('GET /old HTTP/1.0\r\n\r\n', 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end'),
    reorders: true,
  },
  {
    name: 'gzip-body',
    shows: 'A response with Content-Encoding: gzip; decodedBytes is what it holds.',
    packets: () => {
      const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${GZIPPED.length}\r\n\r\n`
      return turns(get('/z', 'Accept-Encoding: gzip\r\n'), Buffer.concat([Buffer.from(head), GZIPPED]))
    },
    reorders: true,
  },
  {
    name: 'bad-chunk',
    shows: 'A chunk size that is no number: the message ends there, with an anomaly.',
    packets: () => turns(get('/x'), 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\nrest'),
    reorders: true,
  },
  {
    name: 'te-and-cl',
    shows: 'Transfer-Encoding and Content-Length in one request (request smuggling): chunked wins, an anomaly says so.',
    packets: () =>
      turns(
        `${get('/s', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', 'POST')}${chunk('smuggled')}0\r\n\r\n`,
        ok('fine'),
      ),
    reorders: true,
  },
  {
    name: 'obs-fold',
    shows: 'A header value on two lines (obsolete line folding).',
    packets: () => turns(get('/f', 'X-Long: first\r\n second\r\n'), ok('folded')),
    reorders: true,
  },
  {
    name: 'bare-lf',
    shows: 'Lines that end with a line feed only.',
    packets: () => turns('GET /lf HTTP/1.1\nHost: shop.example\n\n', ok('lenient')),
    reorders: true,
  },
]
