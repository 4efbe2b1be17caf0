/** One attack in every dress that a document can give it: each has to be found, at the point where it stands. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Bench, exchangeOf, type RequestParts } from './testdata/exchange.ts'
import { ebcdicText } from './text/ebcdic.ts'

const ATTACK = "1' UNION SELECT password FROM users-- "

const post = (type: string | null, body: string | Uint8Array): RequestParts => ({
  method: 'POST',
  ...(type === null ? {} : { headers: [['Content-Type', type]] }),
  body,
})
const json = (value: unknown, type: string | null = 'application/json') => post(type, JSON.stringify(value))
const FORM = 'application/x-www-form-urlencoded'
const form = (body: string | Uint8Array, parameters = '') => post(FORM + parameters, body)
const xml = (body: string | Uint8Array, type = 'text/xml') => post(type, body)
const cookie = (value: string): RequestParts => ({ headers: [['Cookie', value]] })

const escaped = encodeURIComponent(ATTACK)
const units = [...ATTACK].map(char => char.charCodeAt(0))
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const percents = (bytes: Uint8Array) => [...bytes].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('')
const EBCDIC = ebcdicText(
  Uint8Array.from({ length: 256 }, (_, byte) => byte),
  '037',
)
const ebcdic = (text: string) => Buffer.from([...text].map(char => EBCDIC.indexOf(char)))
const utf32 = (text: string) => Buffer.from(Uint32Array.from(text, char => char.charCodeAt(0)).buffer)

const HEAD = 'Content-Disposition: form-data; name="a"'
const parts = (head = HEAD, content = ATTACK) => `--B\r\n${head}\r\n\r\n${content}\r\n--B--\r\n`
const multipart = (body: string | Uint8Array, type = 'multipart/form-data; boundary=B') => post(type, body)

const state = Buffer.concat([Buffer.from([0xff, 1, 15, 5, ATTACK.length]), Buffer.from(ATTACK), Buffer.from([100])])
const field = Buffer.concat([Buffer.from([10, ATTACK.length]), Buffer.from(ATTACK)])
const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, field.length]), field])

/** What is sent, and how the point begins behind `post`, or in all when it is no body. */
type Case = readonly [sent: RequestParts, point: string]

const JSON_CASES: Readonly<Record<string, Case>> = {
  plain: [json({ a: ATTACK }), 'json_doc hash a'],
  'without a type': [json({ a: ATTACK }, null), 'json_doc hash a'],
  'as a form': [json({ a: ATTACK }, FORM), 'json_doc hash a'],
  'as bytes': [json({ a: ATTACK }, 'application/octet-stream'), 'json_doc hash a'],
  'in a form': [form(`d=${encodeURIComponent(JSON.stringify({ a: ATTACK }))}`), 'form_urlencoded d json_doc hash a'],
  'in JSON': [json({ a: JSON.stringify({ b: ATTACK }) }), 'json_doc hash a json_doc hash b'],
  'escapes of JavaScript': [post('application/json', `{"a":"${ATTACK.replace("'", '\\x27')}"}`), 'json_doc hash a'],
  'escapes only': [
    post('application/json', `{"a":"${units.map(unit => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"}`),
    'json_doc hash a',
  ],
  'a key twice': [post('application/json', `{"a":"x","a":"${ATTACK}"}`), 'json_doc hash a'],
  'behind a comment': [post('application/json', `{"a":/* x */"${ATTACK}"//y\n}`), 'json_doc hash a'],
  'a mark first': [post('application/json', `\ufeff{"a":"${ATTACK}"}`), 'json_doc hash a'],
  'a trailing comma': [post('application/json', `{'a':"${ATTACK}",}`), 'json_doc hash a'],
  'in a name': [json({ [ATTACK]: 1 }), 'json_doc hash _name'],
  'a second document': [post('application/x-ndjson', `{"a":1}\n{"a":"${ATTACK}"}`), 'json_doc hash a'],
  'a text alone': [json(ATTACK), 'json_doc'],
  'cut off': [post('application/json', `{"a":"${ATTACK}`), 'json_doc hash a'],
  'in UTF-16': [post('application/json', utf16(JSON.stringify({ a: ATTACK }))), 'json_doc hash a'],
  'in UTF-32': [post('application/json; charset=utf-32le', utf32(JSON.stringify({ a: ATTACK }))), 'json_doc hash a'],
}

const FORM_CASES: Readonly<Record<string, Case>> = {
  'without a type': [post(null, `a=${escaped}`), 'form_urlencoded a'],
  'in a list': [form(`a[b][]=${escaped}`), 'form_urlencoded a hash b array 0'],
  'as a name': [form(`${escaped}=1`), 'form_urlencoded _name'],
  'in EBCDIC': [form(ebcdic(`a=${ATTACK}`), '; charset=ibm037'), 'form_urlencoded a'],
  'escapes in EBCDIC': [
    form(`${percents(ebcdic('a'))}=${percents(ebcdic(ATTACK))}`, '; charset=ibm037'),
    'form_urlencoded charset a',
  ],
  'escapes in UTF-16': [
    form(`${percents(utf16('a'))}=${percents(utf16(ATTACK))}`, '; charset=utf-16le'),
    'form_urlencoded charset a',
  ],
  'two charsets': [form(ebcdic(`a=${ATTACK}`), '; charset=utf-8; charset=ibm037'), 'form_urlencoded a'],
  'view state': [
    form(`__VIEWSTATE=${encodeURIComponent(state.toString('base64'))}`),
    'form_urlencoded __VIEWSTATE base64 viewstate viewstate_pair 0',
  ],
}

const MULTIPART_CASES: Readonly<Record<string, Case>> = {
  plain: [multipart(parts()), 'multipart a'],
  'bare line feeds': [multipart(parts().replaceAll('\r', '')), 'multipart a'],
  'no end': [multipart(parts().replace('--B--\r\n', '')), 'multipart a'],
  'another boundary in the header': [multipart(parts(), 'multipart/form-data; boundary=X'), 'multipart a'],
  'no boundary in the header': [multipart(parts(), 'multipart/form-data'), 'multipart a'],
  'two boundaries': [
    multipart(`--X\r\n\r\nx\r\n--X--\r\n${parts()}`, 'multipart/form-data; boundary=X; boundary=B'),
    'multipart a',
  ],
  'another type': [multipart(parts(), 'text/plain'), 'multipart a'],
  'behind the end': [multipart(parts(HEAD, 'x') + ATTACK), 'multipart _epilogue'],
  'before the beginning': [multipart(`${ATTACK}\r\n${parts(HEAD, 'x')}`), 'multipart _preamble'],
  'file name': [
    multipart(parts(`Content-Disposition: form-data; name="f"; filename="${ATTACK}"`)),
    'multipart f _filename',
  ],
  'extended file name': [
    multipart(parts(`Content-Disposition: form-data; name="f"; filename*=utf-8''${escaped}`)),
    'multipart f _filename',
  ],
  name: [multipart(parts(`Content-Disposition: form-data; name="${ATTACK}"`, 'x')), 'multipart _name'],
  header: [multipart(parts(`${HEAD}\r\nX-A: ${ATTACK}`, 'x')), 'multipart a header X-A'],
  base64: [
    multipart(parts(`${HEAD}\r\nContent-Transfer-Encoding: base64`, Buffer.from(ATTACK).toString('base64'))),
    'multipart a base64',
  ],
  'quoted-printable': [
    multipart(
      parts(
        `${HEAD}\r\nContent-Transfer-Encoding: quoted-printable`,
        percents(Buffer.from(ATTACK)).replaceAll('%', '='),
      ),
    ),
    'multipart a quoted_printable',
  ],
  'UTF-7': [
    multipart(parts(`${HEAD}\r\nContent-Type: text/plain; charset=utf-7`, ATTACK.replace("'", '+ACc-'))),
    'multipart a charset',
  ],
  'a file in UTF-16': [
    multipart(Buffer.from(parts(HEAD, utf16(`\ufeff${ATTACK}`).toString('latin1')), 'latin1')),
    'multipart a charset',
  ],
  'all of it in UTF-16': [multipart(utf16(`\ufeff${parts()}`)), 'multipart a'],
  folded: [multipart(parts('Content-Disposition: form-data;\r\n name="a"')), 'multipart a'],
  JSON: [
    multipart(parts(`${HEAD}\r\nContent-Type: application/json`, JSON.stringify({ b: ATTACK }))),
    'multipart a json_doc hash b',
  ],
}

const XML_CASES: Readonly<Record<string, Case>> = {
  plain: [xml(`<a>${ATTACK}</a>`), 'xml xml_tag a'],
  'another type': [xml(`<?xml version="1.0"?><a>${ATTACK}</a>`, 'application/json'), 'xml xml_tag a'],
  'parted by marks': [
    xml(ATTACK.replace('UNION', '<![CDATA[UNI]]><![CDATA[ON]]>').replace(/.*/, '<a>$&</a>')),
    'xml xml_tag a',
  ],
  'parted by a comment': [xml(`<a>${ATTACK.replace('UNION', 'UNI<!-- -->ON')}</a>`), 'xml xml_tag a'],
  attribute: [xml(`<a b="${ATTACK}"/>`), 'xml xml_tag a xml_attr b'],
  references: [xml(`<a>${units.map(unit => `&#${unit};`).join('')}</a>`), 'xml xml_tag a'],
  entity: [
    xml(`<!DOCTYPE a [<!ENTITY u "UNION SELECT">]><a>${ATTACK.replace('UNION SELECT', '&u;')}</a>`),
    'xml xml_tag a',
  ],
  'entity of an entity': [
    xml(`<!DOCTYPE a [<!ENTITY % p '<!ENTITY u "UNION">'> %p;]><a>${ATTACK.replace('UNION', '&u;')}</a>`),
    'xml xml_tag a',
  ],
  comment: [xml(`<a><!-- ${ATTACK} --></a>`), 'xml xml_tag a xml_comment 0'],
  SOAP: [
    xml(`<s:Envelope xmlns:s="x"><s:Body>${ATTACK}</s:Body></s:Envelope>`, 'application/soap+xml'),
    'xml xml_tag s:Envelope xml_tag s:Body',
  ],
  'in UTF-7': [
    xml(`<a>${ATTACK.replace("'", '+ACc-')}</a>`.replaceAll('<', '+ADw-'), 'text/xml; charset=utf-7'),
    'xml xml_tag a',
  ],
  'in UTF-16': [xml(utf16(`\ufeff<a>${ATTACK}</a>`)), 'xml xml_tag a'],
  'in JSON': [
    json({ x: `<?xml version="1.0"?><a>${ATTACK.replace("'", '&#39;')}</a>` }),
    'json_doc hash x xml xml_tag a',
  ],
}

const GQL = 'json_doc hash query gql gql_query  hash a'
const GQL_CASES: Readonly<Record<string, Case>> = {
  argument: [json({ query: `{a(b:"${ATTACK}"){c}}` }), `${GQL} gql_arg hash b`],
  'block string': [json({ query: `{a(b:"""${ATTACK}""")}` }), `${GQL} gql_arg hash b`],
  escapes: [json({ query: `{a(b:"${ATTACK.replace("'", '\\u0027')}")}` }), `${GQL} gql_arg hash b`],
  'list and object': [json({ query: `{a(b:["x",{c:"${ATTACK}"}])}` }), `${GQL} gql_arg hash b array 1 hash c`],
  directive: [json({ query: `{a @x(y:"${ATTACK}")}` }), `${GQL} gql_dir x gql_arg hash y`],
  comment: [json({ query: `{a} # ${ATTACK}` }), 'json_doc hash query gql gql_query  _comment'],
  variable: [json({ query: 'query($b:B){a(b:$b)}', variables: { b: ATTACK } }), 'json_doc hash variables hash b'],
  'default of a variable': [
    json({ query: `query($b:B="${ATTACK}"){a}` }),
    'json_doc hash query gql gql_query  gql_var b',
  ],
  'name of the operation': [json({ query: '{a}', operationName: ATTACK }), 'json_doc hash operationName'],
  'what only begins like a document': [json({ query: `{a}${ATTACK}` }), 'json_doc hash query gql'],
}

const OTHER_CASES: Readonly<Record<string, Case>> = {
  gRPC: [post('application/grpc', frame), 'grpc protobuf 1'],
  Connect: [post('application/connect+proto', frame), 'grpc protobuf 1'],
  'Protocol Buffers': [post('application/proto', field), 'protobuf 1'],
}

const COOKIE_CASES: Readonly<Record<string, Case>> = {
  escapes: [cookie(`a=${escaped}`), 'cookie a'],
  quotes: [cookie(`a="${ATTACK}"`), 'cookie a'],
  'octal numbers': [cookie(`a="${ATTACK.replace("'", '\\047')}"`), 'cookie a'],
  'JSON of Express': [cookie(`a=j%3A${encodeURIComponent(JSON.stringify({ b: ATTACK }))}`), 'cookie a json_doc hash b'],
  name: [cookie(`${escaped}=1`), 'cookie _name'],
}

const bench = new Bench()
const GROUPS: readonly (readonly [name: string, part: string, cases: Readonly<Record<string, Case>>])[] = [
  ['JSON', 'post', JSON_CASES],
  ['forms', 'post', FORM_CASES],
  ['multipart', 'post', MULTIPART_CASES],
  ['XML', 'post', XML_CASES],
  ['GraphQL', 'post', GQL_CASES],
  ['others', 'post', OTHER_CASES],
  ['cookies', 'header COOKIE', COOKIE_CASES],
]
for (const [name, part, cases] of GROUPS) {
  describe(name, () => {
    for (const [dress, [sent, point]] of Object.entries(cases)) {
      test(dress, () => {
        const points = bench
          .inspect(exchangeOf(sent))
          .flatMap(({ attack, point }) => (attack === 'sqli' ? [point.join(' ')] : []))
        assert.ok(points.includes(`${part} ${point}`), points.join(', '))
      })
    }
  })
}
