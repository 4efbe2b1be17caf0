/** Attacks in the points of a request, and the same words where they are none. */
import { Clock, Talk } from '#test/driver/packets.ts'
import { get, ok, post, type Scenario, turns } from './scenario.ts'

const FORM = 'application/x-www-form-urlencoded'

/** One connection per case: every request gets a page. */
function requests(...said: readonly string[]) {
  const talk = new Talk(new Clock())
  return [
    ...talk.open(),
    ...said.flatMap(words => [...talk.client(words), ...talk.server(ok('page'))]),
    ...talk.close(),
  ]
}

export const ATTACKS: readonly Scenario[] = [
  {
    name: 'attack-sqli',
    shows: 'SQL injection in the query, in a form, in JSON and in a cookie; and an O’Brien who is none.',
    packets: () =>
      requests(
        get('/items?id=1%27%20UNION%20SELECT%20password%20FROM%20users--%20'),
        post('/login', FORM, 'user=admin&password=%27+OR+%271%27%3D%271'),
        post('/api', 'application/json', `{"filter":{"name":"x' OR 1=1 -- "}}`),
        get('/', "Cookie: sid=1' AND SLEEP(5)#\r\n"),
        get('/search?name=O%27Brien'),
      ),
    reorders: true,
  },
  {
    name: 'attack-xss',
    shows: 'Script in the query, twice encoded, and in JSON; and a text about scripts that is none.',
    packets: () =>
      requests(
        get('/search?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E'),
        get('/search?q=%253Cimg%2520src%253Dx%2520onerror%253Dalert(1)%253E'),
        post('/comment', 'application/json', '{"text":"<svg/onload=alert(1)>"}'),
        get('/search?q=the+script+tag+in+HTML'),
      ),
    reorders: true,
  },
  {
    name: 'attack-ptrav',
    shows: 'Path traversal in the path, percent-encoded in the query, and a plain /etc/passwd; and dots that are none.',
    packets: () =>
      requests(
        get('/../../etc/passwd'),
        get('/download?file=..%2F..%2F..%2Fetc%2Fshadow'),
        get('/etc/passwd'),
        get('/v1.2..3/notes...txt'),
      ),
    reorders: true,
  },
  {
    name: 'response-leaks',
    shows:
      'What responses give away: an SQL error, a stack trace in JSON, accounts of the system, a card number (masked); and an article about such errors that gives nothing away.',
    packets: () =>
      turns(
        get('/items?id=1'),
        ok(
          '<p>You have an error in your SQL syntax near 1</p>',
          'Content-Type: text/html\r\n',
          '500 Internal Server Error',
        ),
        get('/api/cart'),
        ok(
          JSON.stringify({
            error: { stack: 'TypeError: x\n    at show (/app/src/cart.js:10:21)\n    at run (/app/src/a.js:1:2)' },
          }),
          'Content-Type: application/json\r\n',
        ),
        get('/view?page=help'),
        ok('root:x:0:0:root:/root:/bin/bash\nbin:x:1:1:bin:/bin:/sbin/nologin\n', 'Content-Type: text/plain\r\n'),
        get('/api/payments/1'),
        ok('{"card_number":"4539 1488 0343 6467"}', 'Content-Type: application/json\r\n'),
        get('/blog/errors'),
        ok(
          `<h1>Errors</h1>${'<p>What they mean and what to do.</p>'.repeat(60)}<code>You have an error in your SQL syntax</code>`,
          'Content-Type: text/html\r\n',
        ),
      ),
    reorders: true,
  },
  {
    name: 'attack-smuggling',
    shows: 'Requests whose end servers disagree about, a request inside a body; and equal lengths that are none.',
    packets: () =>
      requests(
        smuggled('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
        smuggled('Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
        smuggled('X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
        smuggled('Transfer-Encoding: chunked\r\n', '0x3\r\nabc\r\n0\r\n\r\n'),
        smuggled('Content-Length: 39\r\n', 'GET /admin HTTP/1.1\r\nHost: internal\r\n\r\n'),
        smuggled('Content-Length: 3\r\nContent-Length: 3\r\n', 'abc'),
      ),
    reorders: true,
  },
]

function smuggled(fields: string, body: string): string {
  return `POST /p HTTP/1.1\r\nHost: shop.example\r\n${fields}\r\n${body}`
}
