import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encodeRecord } from '#schemas/avro/records.ts'
import { masking } from '#schemas/config/masking.ts'
import { exchangeLine } from '#schemas/json/lines.ts'
import type { Exchange, Header } from '#schemas/records/exchange.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { detection, exchange, request, response } from '#test/driver/records.ts'
import { maskRecords } from './index.ts'

const CANARY = 'c4n4ryQx7Zp2'
const KEY = new Uint8Array(32).fill(7)
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const jwt = (claims: object): string =>
  `${[{ alg: 'HS256' }, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.${CANARY}${CANARY}`

interface Place {
  readonly target?: string
  readonly headers?: readonly Header[]
  readonly answer?: readonly Header[]
  readonly type?: string
  readonly body?: string
}

const json = (value: unknown): Place => ({ type: 'application/json', body: JSON.stringify(value) })
const form = (body: string): Place => ({ type: 'application/x-www-form-urlencoded', body })
const xml = (body: string): Place => ({ type: 'text/xml', body })
const header = (name: string, value: string): Place => ({ headers: [[name, value]] })

const PLACES: Readonly<Record<string, Place>> = {
  'query parameter': { target: `/login?user=anna&password=${CANARY}&x=1` },
  'query parameter in brackets': { target: `/login?user[password]=${CANARY}` },
  'query parameter with an escaped name': { target: `/?user%5Bpassword%5D=${CANARY}&p%61ssword=${CANARY}` },
  'escaped query parameter of a URL in a parameter': {
    target: `/?next=${encodeURIComponent(`https://a.example/?access_token=${CANARY}&y=1`)}`,
  },
  'twice escaped': { target: `/?next=${encodeURIComponent(encodeURIComponent(`/?api_key=${CANARY}`))}` },
  'fragment of a redirect': { answer: [['Location', `https://a.example/cb#access_token=${CANARY}&token_type=bearer`]] },
  'user part of a URL': { target: `/?url=https://anna:${CANARY}@db.example/x` },
  'path with parameters': { target: `/app;jsessionid=${CANARY}/index` },
  Authorization: header('Authorization', `Bearer ${CANARY}`),
  'Authorization without a scheme': header('authorization', CANARY),
  'Authorization, basic': header('Authorization', `Basic ${base64(`anna:${CANARY}`)}`),
  'Authorization, digest': header('Authorization', `Digest username="anna", response="${CANARY}"`),
  'Proxy-Authorization': header('Proxy-Authorization', `Basic ${CANARY}`),
  'X-Api-Key': header('X-Api-Key', CANARY),
  'X-Auth-Token': header('X-Auth-Token', CANARY),
  'X-Amz-Security-Token': header('X-Amz-Security-Token', CANARY),
  'X-CSRF-Token': header('X-CSRF-Token', CANARY),
  Referer: header('Referer', `https://a.example/?reset_token=${CANARY}`),
  Cookie: header('Cookie', `theme=dark; SID=${CANARY}; anything=${CANARY}`),
  'Cookie without a name': header('Cookie', CANARY),
  'Set-Cookie': { answer: [['Set-Cookie', `id=${CANARY}; Path=/; HttpOnly`]] },
  'another header with a bearer': header('X-Forwarded-Authorization', `Bearer ${CANARY}`),
  'a token in a header of any name': header('X-Debug', `t=${jwt({ sub: 'anna' })}`),
  'JSON member': json({ user: 'anna', password: CANARY }),
  'JSON member among escapes': json({ 'a"b\\': '\\"', newPassword: `"${CANARY}\\" \u00e9`, z: 1 }),
  'JSON number': { type: 'application/json', body: `{"pin": 8${'4'.repeat(3)}, "otp":"${CANARY}"}` },
  'JSON object under a secret name': json({
    credentials: { user: 'anna', value: CANARY, list: [CANARY, { a: CANARY }] },
  }),
  'JSON in a JSON string': json({
    payload: JSON.stringify({ client_secret: CANARY, a: JSON.stringify({ password: CANARY }) }),
  }),
  'JSON that is cut off': { type: 'application/json', body: `{"a":1,"refreshToken":"${CANARY}` },
  'JSON said to be text': { type: 'text/plain', body: `{"a":1,"refreshToken":"${CANARY}"}` },
  'GraphQL arguments': json({ query: `mutation { login(user: "anna", password: "${CANARY}") { id } }` }),
  'GraphQL variables': json({
    query: 'mutation L($p: String!) { login(password: $p) { id } }',
    variables: { password: CANARY },
  }),
  form: form(`user=anna&pass=${CANARY}&remember=1`),
  'form, escaped': form(`user=anna&client%5Fsecret=${encodeURIComponent(`${CANARY}/+`)}`),
  'form with JSON inside': form(`data=${encodeURIComponent(JSON.stringify({ api_key: CANARY }))}`),
  'XML element': xml(`<login><user>anna</user><ns:Password x="1">${CANARY}</ns:Password></login>`),
  'XML character data': xml(`<a><secret><![CDATA[${CANARY}]]></secret></a>`),
  'XML attribute': xml(`<login user="anna" password="${CANARY}"/>`),
  'XML attribute in single quotes': xml(`<login password='${CANARY}'/>`),
  multipart: {
    type: 'multipart/form-data; boundary=b',
    body: `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${CANARY}\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--`,
  },
  YAML: { type: 'application/yaml', body: `user: anna\npassword: ${CANARY}\n` },
  'settings of a program': { type: 'text/plain', body: `DB_USER=anna\nDB_PASSWORD=${CANARY}\n` },
  'base64 of JSON': json({ data: base64(JSON.stringify({ password: CANARY, user: 'anna' })) }),
  'base64 of a form in a parameter': { target: `/?d=${base64(`user=anna&password=${CANARY}`)}` },
  'a private key': json({
    file: `-----BEGIN RSA PRIVATE KEY-----\n${CANARY.repeat(4)}\n-----END RSA PRIVATE KEY-----`,
  }),
  'signature of a token': { target: `/?t=${jwt({ sub: 'anna' })}` },
}

function exchangeAt({ target = '/', headers = [], answer = [], type, body }: Place): Exchange {
  const bytes = body === undefined ? null : new TextEncoder().encode(body)
  const question = target.indexOf('?')
  const own: Header[] = type === undefined ? [...headers] : [['Content-Type', type], ...headers]
  const parts = { headers: own, body: bytes, content: bytes, bodyBytes: bytes?.length ?? 0 }
  return exchange({
    request: request({
      ...parts,
      method: 'POST',
      target,
      path: question < 0 ? target : target.slice(0, question),
      query: question < 0 ? null : target.slice(question + 1),
      trailers: headers,
    }),
    response: response({ ...parts, headers: [...own, ...answer] }),
  })
}

/** All that leaves: the record in its topic, and its line with bodies, decoded. */
function seen(value: Exchange): string {
  const bodies = [value.request, value.response].flatMap(message => [message?.body, message?.content])
  return [
    Buffer.from(encodeRecord('exchanges', value)).toString('latin1'),
    exchangeLine(value, { bodies: true }),
    ...bodies.map(body => (body == null ? '' : Buffer.from(body).toString('latin1'))),
  ].join('\n')
}

describe('a secret is in no record of a decoded topic, wherever a request or response holds it', () => {
  for (const [name, place] of Object.entries(PLACES)) {
    test(name, () => {
      const mask = maskRecords(masking.parse(undefined), KEY)
      const before = exchangeAt(place)
      assert.ok(
        seen(before).includes(CANARY) || name.includes('base64') || name.includes('basic') || name.includes('escaped'),
        'it was there',
      )
      const after = mask('exchanges', before) as Exchange
      const text = seen(after)
      assert.ok(!text.includes(CANARY), text.slice(Math.max(0, text.indexOf(CANARY) - 80), text.indexOf(CANARY) + 40))
      assert.ok(!text.includes(base64(CANARY).slice(0, 12)))
    })
  }
})

describe('evidence of detections', () => {
  const masked = (place: Place, point: readonly string[], evidence: string): string => {
    const mask = maskRecords(masking.parse(undefined), KEY)
    const value = exchangeAt(place)
    mask('exchanges', value)
    const found = detection({ exchange: value.id, point, evidence, shows: evidence })
    return (mask('detections', found) as typeof found).evidence
  }

  test('shows the structure of an attack at a secret place, and none of its words', () => {
    for (const point of [
      ['header', 'COOKIE', 'cookie', 'a'],
      ['header', 'AUTHORIZATION', 'basic', 'user'],
      ['post', 'json_doc', 'hash', 'password'],
      ['query', 'api_key', 'base64'],
    ])
      assert.equal(masked({}, point, `${CANARY}' UNION SELECT name FROM t--`), "***' UNION SELECT *** FROM t--")
  })

  test('elsewhere it is as it was', () => {
    const evidence = "x' UNION SELECT name FROM users--"
    assert.equal(masked({}, ['query', 'q'], evidence), evidence)
  })

  test('quotes no secret of its exchange, whatever its place', () => {
    assert.equal(masked({ target: `/?password=${CANARY}` }, ['uri'], `${CANARY}&q=<script>`), '***&q=<script>')
    assert.equal(masked({ target: `/?password=a%2F${CANARY}` }, ['uri'], `a/${CANARY}&q=<script>`), '***&q=<script>')
    assert.match(masked(header('Cookie', `SID=${CANARY}`), ['post'], `<b>${CANARY}</b>`), /^<b>h:[0-9a-f]{16}<\/b>$/)
    assert.equal(masked({}, ['post'], `{"a":1,"password":"${CANARY}`), '{"a":1,"password":"***')
  })

  test('secrets of an exchange are forgotten with it', () => {
    const mask = maskRecords(masking.parse(undefined), KEY)
    mask('exchanges', exchangeAt({ target: `/?password=${CANARY}` }))
    const other = detection({ exchange: 'another', point: ['query', 'q'], evidence: CANARY })
    assert.equal((mask('detections', other) as typeof other).evidence, CANARY)
  })
})

test('what is compressed goes when what it holds is secret', () => {
  const secret = new TextEncoder().encode(`password=${CANARY}`)
  const packed = new Uint8Array([1, 2, 3])
  const mask = maskRecords(masking.parse(undefined), KEY)
  const after = mask('exchanges', exchange({ request: request({ body: packed, content: secret }) })) as Exchange
  assert.deepEqual(after.request.body, new Uint8Array(0))
  assert.equal(Buffer.from(after.request.content!).toString(), 'password=***')
  const harmless = new TextEncoder().encode('name=anna')
  const same = mask('exchanges', exchange({ request: request({ body: packed, content: harmless }) })) as Exchange
  assert.equal(same.request.body, packed)
})

test('bytes that are no text stay as they are, texts among them do not', () => {
  const mask = maskRecords(masking.parse(undefined), KEY)
  const random = mulberry32(5)
  const noise = Uint8Array.from({ length: 2_000_000 }, () => Math.floor(random() * 256))
  const same = mask('exchanges', exchange({ request: request({ body: noise, content: noise }) })) as Exchange
  assert.equal(same.request.body, noise)
  const part = `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${CANARY}\r\n--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n`
  const mixed = new Uint8Array(Buffer.concat([Buffer.from(part), noise.subarray(0, 1000), Buffer.from('\r\n--b--')]))
  const after = mask('exchanges', exchange({ request: request({ body: mixed, content: mixed }) })) as Exchange
  const seen = Buffer.from(after.request.body!)
  assert.ok(!seen.includes(CANARY))
  assert.ok(seen.includes(Buffer.from(noise.subarray(0, 1000))))
})

test('off: everything is as it was', () => {
  const value = exchangeAt(PLACES['Cookie']!)
  assert.equal(maskRecords(masking.parse({ enabled: false }), KEY)('exchanges', value), value)
})
