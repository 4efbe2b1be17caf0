import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { Fields, parseFields, plainFields } from './fields.ts'
import { plainHead, scanPlainHead } from './scan.ts'

const HEAD =
  'GET /a HTTP/1.1\r\nHost: shop.example\r\nX-Empty:\r\nAccept:  */*\t \r\nCookie: a=1; b="x:y"\r\nContent-Length: 3\r\n\r\n'

/** The long way: fields from the second line on. */
function long(text: string): { fields: Fields; anomalies: string[]; end: number } {
  const fields = new Fields()
  const anomalies: string[] = []
  const end = parseFields(text, text.indexOf('\n') + 1, true, 1000, fields, anomalies)
  return { fields, anomalies, end }
}

test('finds the parts of a plain head, wherever it stands', () => {
  const bytes = Buffer.from(`xx${HEAD}abc`)
  assert.equal(scanPlainHead(bytes, 2, bytes.length, 100), true)
  assert.equal(plainHead.end, 2 + HEAD.length)
  assert.equal(plainHead.lineEnd, 2 + 'GET /a HTTP/1.1'.length)
  const fields = new Fields()
  plainFields(HEAD, plainHead, fields)
  assert.deepEqual(fields, long(HEAD).fields)
  assert.equal(fields.host, 'shop.example')
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
    assert.equal(scanPlainHead(Buffer.from(head, 'latin1'), 0, 1000, 100), false)
  })
}

test('leaves what is beyond a limit to the long way', () => {
  const bytes = Buffer.from(HEAD)
  assert.equal(scanPlainHead(bytes, 0, bytes.length - 1, 100), false)
  assert.equal(scanPlainHead(bytes, 0, bytes.length, 4), false)
  assert.equal(scanPlainHead(bytes, 0, bytes.length, 5), true)
})

test('what it calls plain, the long way reads the same and without an anomaly', () => {
  let plain = 0
  for (let seed = 1; seed <= 20_000; seed++) {
    const random = mulberry32(seed)
    const bytes = Buffer.from(HEAD)
    for (let n = Math.floor(random() * 4); n > 0; n--) {
      const odd = '\r\n\t :;\0\x7fé(a'
      bytes[Math.floor(random() * bytes.length)] = odd.charCodeAt(Math.floor(random() * odd.length))
    }
    if (!scanPlainHead(bytes, 0, bytes.length, 100)) continue
    plain++
    const text = bytes.toString('latin1', 0, plainHead.end)
    const fields = new Fields()
    plainFields(text, plainHead, fields)
    const want = long(text)
    assert.deepEqual({ fields, anomalies: [], end: plainHead.end }, want, `seed ${seed}: ${JSON.stringify(text)}`)
  }
  assert.ok(plain > 1000, `${plain} plain heads`)
})
