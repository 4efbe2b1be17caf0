import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { Fields, parseFields } from './fields.ts'
import { KnownLines } from './known.ts'
import { plainHead, scanPlainHead } from './scan.ts'
import { parseRequestLine, parseStatusLine, plainRequestLine, plainStatusLine } from './start-line.ts'

const HEAD =
  'GET /a HTTP/1.1\r\nHost: shop.example\r\nX-Empty:\r\nAccept:  */*\t \r\nCookie: a=1; b="x:y"\r\nContent-Length: 3\r\n\r\n'

/** The long way: fields from the second line on. */
function long(text: string): { fields: Fields; anomalies: string[]; end: number } {
  const fields = new Fields()
  const anomalies: string[] = []
  const end = parseFields(text, text.indexOf('\n') + 1, true, 1000, fields, anomalies)
  return { fields, anomalies, end }
}

function scan(bytes: Uint8Array, at: number, limit: number, maxFields: number, known = new KnownLines()) {
  const fields = new Fields()
  return { plain: scanPlainHead(bytes, at, limit, maxFields, known, fields), fields }
}

test('finds the parts of a plain head, wherever it stands, also when its lines came before', () => {
  const bytes = Buffer.from(`xx${HEAD}abc`)
  const known = new KnownLines()
  for (let time = 1; time <= 4; time++) {
    const { plain, fields } = scan(bytes, 2, bytes.length, 100, known)
    assert.equal(plain, true)
    assert.equal(plainHead.end, 2 + HEAD.length)
    assert.equal(plainHead.lineEnd, 2 + 'GET /a HTTP/1.1'.length)
    assert.deepEqual(fields, long(HEAD).fields)
    assert.equal(fields.host, 'shop.example')
  }
})

test('fields of lines that came before are the same objects; others around them do not matter', () => {
  const known = new KnownLines()
  const read = (number: number) => {
    const bytes = Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\nX-Id: ${number}\r\nAccept: */*\r\n\r\n`)
    return scan(bytes, 0, bytes.length, 100, known).fields.headers
  }
  read(1)
  read(2)
  const [third, fourth] = [read(3), read(4)]
  assert.equal(third[0], fourth[0])
  assert.equal(third[2], fourth[2])
  assert.deepEqual(
    [third[1], fourth[1]],
    [
      ['X-Id', '3'],
      ['X-Id', '4'],
    ],
  )
})

for (const [why, head] of Object.entries({
  'a bare LF': 'GET / HTTP/1.1\r\nHost: a\n\r\n',
  'a bare CR': 'GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n',
  'a folded line': 'GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n',
  'a space before the colon': 'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
  'a line without a colon': 'GET / HTTP/1.1\r\nHost\r\n\r\n',
  'a control character': 'GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n',
  'a byte beyond ASCII': 'GET / HTTP/1.1\r\nHost: \xe9\r\n\r\n',
  'an odd name': 'GET / HTTP/1.1\r\nHo(st: a\r\n\r\n',
  'an empty name': 'GET / HTTP/1.1\r\n: a\r\n\r\n',
  'no end': 'GET / HTTP/1.1\r\nHost: a\r\n',
  'half an end': 'GET / HTTP/1.1\r\nHost: a\r\n\r',
})) {
  test(`leaves ${why} to the long way`, () => {
    assert.equal(scan(Buffer.from(head, 'latin1'), 0, 1000, 100).plain, false)
  })
}

test('leaves what is beyond a limit to the long way', () => {
  const bytes = Buffer.from(HEAD)
  assert.equal(scan(bytes, 0, bytes.length - 1, 100).plain, false)
  assert.equal(scan(bytes, 0, bytes.length, 4).plain, false)
  assert.equal(scan(bytes, 0, bytes.length, 5).plain, true)
})

test('what it calls plain, the long way reads the same and without an anomaly, whatever lines came before', () => {
  let plain = 0
  const known = new KnownLines()
  for (let seed = 1; seed <= 20_000; seed++) {
    const random = mulberry32(seed)
    const bytes = Buffer.from(HEAD)
    for (let n = Math.floor(random() * 4); n > 0; n--) {
      const odd = '\r\n\t :;\0\x7fé(a'
      bytes[Math.floor(random() * bytes.length)] = odd.charCodeAt(Math.floor(random() * odd.length))
    }
    const got = scan(bytes, 0, bytes.length, 100, known)
    if (!got.plain) continue
    plain++
    const text = bytes.toString('latin1', 0, plainHead.end)
    const want = long(text)
    assert.deepEqual(
      { fields: got.fields, anomalies: [], end: plainHead.end },
      want,
      `seed ${seed}: ${JSON.stringify(text)}`,
    )
  }
  assert.ok(plain > 1000, `${plain} plain heads`)
})

test('the short way through a start line gives what the long way gives', () => {
  const words = [
    'GET',
    'PUT',
    'POST',
    'PATCH',
    'get',
    '/',
    '/a?b=c',
    '*',
    'HTTP/1.1',
    'HTTP/1.0',
    'http/1.1',
    '200',
    '404',
    '99',
    'OK',
    '',
  ]
  const blanks = [' ', ' ', ' ', ' ', '  ', '\t', '']
  let usual = 0
  for (let seed = 1; seed <= 20_000; seed++) {
    const random = mulberry32(seed)
    const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)]!
    const odd = Array.from({ length: 3 }, () => pick(words) + pick(blanks)).join('') + pick(words)
    const line = random() < 0.5 ? odd : `${pick(words)} ${pick(words)} ${pick(words)}`
    const bytes = Buffer.from(`x${line}\r\n`)
    const spaces = line.replaceAll(/[^ \t]/g, '').length
    const request = plainRequestLine(bytes, 1, 1 + line.length, spaces)
    assert.deepEqual(request, parseRequestLine(line, false), `seed ${seed}: ${JSON.stringify(line)}`)
    if (request?.anomalies.length === 0) usual++
    assert.deepEqual(plainStatusLine(bytes, 1, 1 + line.length), parseStatusLine(line, false), line)
  }
  assert.ok(usual > 100, `${usual} usual lines`)
})
