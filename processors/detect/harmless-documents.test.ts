/** Documents of ordinary life: what clients, browsers, partners and feeds send. Nobody is to be alarmed by them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench, exchangeOf, type RequestParts } from './testdata/exchange.ts'

const JSON_TYPE = 'application/json'

const post = (type: string, body: unknown): RequestParts => ({
  method: 'POST',
  headers: [['Content-Type', type]],
  body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
})

const HARMLESS: readonly RequestParts[] = [
  post(JSON_TYPE, {
    query:
      'query { search(query: "repo:foo is:issue", type: ISSUE, first: 20) { nodes { ... on Issue { title labels(first: 5) { nodes { name } } } } } }',
  }),
  post(JSON_TYPE, {
    query:
      'query Products($filter: ProductFilter, $sort: [SortInput!]) @cacheControl(maxAge: 60) { products(filter: $filter, sort: $sort) { items { sku name price_range { minimum_price { final_price { value currency } } } small_image { url label } } total_count } }',
    variables: { filter: { price: { from: '10', to: '50' } } },
  }),
  post(JSON_TYPE, [
    { operationName: 'A', variables: {}, query: 'query A { a }' },
    { operationName: 'B', variables: {}, query: 'query B { b }' },
  ]),
  post(JSON_TYPE, {
    operationName: 'Like',
    extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } },
    variables: { id: 1 },
  }),
  post(JSON_TYPE, { query: { match: { title: 'select from where' } }, size: 10 }),
  post(JSON_TYPE, { query: 'SELECT?' }),
  post(
    'multipart/form-data; boundary=----a',
    '------a\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query":"mutation($f: Upload!){upload(file:$f){id}}","variables":{"f":null}}\r\n------a\r\nContent-Disposition: form-data; name="map"\r\n\r\n{"0":["variables.f"]}\r\n------a\r\nContent-Disposition: form-data; name="0"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n------a--\r\n',
  ),
  post(
    'multipart/form-data; boundary=okhttp',
    '--okhttp\r\nContent-Disposition: form-data; name="description"\r\nContent-Transfer-Encoding: binary\r\nContent-Type: multipart/form-data; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello\r\n--okhttp--\r\n',
  ),
  post(
    'multipart/form-data; boundary="=_x"',
    '--=_x\r\nContent-Disposition: form-data; name="file"; filename="Résumé (final).pdf"; filename*=UTF-8\'\'R%C3%A9sum%C3%A9%20%28final%29.pdf\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4 ...\r\n--=_x--\r\n',
  ),
  post(
    'multipart/related; boundary=foo; type="application/json"',
    '--foo\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{"name":"x.png"}\r\n--foo\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--foo--',
  ),
  post(
    'multipart/mixed; boundary=batch_1',
    '--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET /a?$top=1 HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n--batch_1--',
  ),
  post(
    'multipart/form-data; boundary=x',
    '--x\r\nContent-Disposition: form-data; name="email"; filename="mail.eml"\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@example.org\r\nSubject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n--y\r\nContent-Type: text/plain; charset=iso-2022-jp\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhi=20\r\n--y--\r\n--x--',
  ),
  post(
    'text/xml; charset=utf-8',
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body><GetPrice xmlns="http://example.org/"><Item xsi:type="xsd:string">O\'Brien &amp; Sons &lt;tools&gt;</Item></GetPrice></soap:Body></soap:Envelope>',
  ),
  post(
    'application/xml',
    '<?xml version="1.0"?><!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.040/cXML.dtd"><cXML payloadID="1"><Header/></cXML>',
  ),
  post(
    'application/rss+xml',
    '<?xml version="1.0"?><rss version="2.0"><channel><item><title>a</title><description><![CDATA[<p>Hello <img src="x.png"/></p>]]></description></item></channel></rss>',
  ),
  post(
    'image/svg+xml',
    '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><style>.a{fill:red}</style><path class="a" d="M0 0h1v1z"/></svg>',
  ),
  post(
    'application/xml',
    '<?xml version="1.0"?><plist version="1.0"><dict>' +
      '<key>a</key><string>b</string>'.repeat(500) +
      '</dict></plist>',
  ),
  post('application/x-www-form-urlencoded; charset=Shift_JIS', 'q=%93%FA%96%7B'),
  post('application/x-www-form-urlencoded', '{"a":"b"}'),
  post(JSON_TYPE, '\ufeff{"a":"b"}'),
  post('application/json; charset=utf-16', Buffer.from('{"a":"b"}', 'utf16le')),
  post(
    JSON_TYPE,
    Array.from({ length: 300 }, (_, i) => ({ id: i, tags: ['a', 'b'], nested: { a: { b: { c: { d: 1 } } } } })),
  ),
  post(
    'application/x-www-form-urlencoded',
    '__VIEWSTATE=%2FwEPDwUKLTEwNTU5NDY4Mw8WAh4EdGVzdAUBeGRk&__EVENTVALIDATION=%2FwEWAgKE&btn=Go',
  ),
  post('text/csv', 'id,name\n1,"O\'Brien"\n2,<none>\n'),
  { target: '/graphql?query=%7Bme%7Bid%7D%7D' },
  { target: '/search?query=union+station+select+hotels' },
  { target: '/search?query={filters}' },
  {
    headers: [
      [
        'Cookie',
        'prefs="a=1&b=2"; json=j%3A%7B%22a%22%3A1%7D; consent={stamp:%27abc%27%2Cnecessary:true}; _ga=GA1.2.1.1',
      ],
    ],
  },
  post('application/yaml', 'a: &x\n  b: 1\nc: *x\n'),
  post('application/json', { body: '# Docs\n```xml\n<!DOCTYPE note SYSTEM "note.dtd">\n```' }),
  post('application/json', { html: '<!DOCTYPE html><html><head></head><body><p>Hi</p></body></html>' }),
]

test('documents of ordinary life', () => {
  const bench = new Bench()
  for (const parts of HARMLESS) {
    const found = bench.inspect(exchangeOf(parts)).map(({ rule, point }) => `${rule} at ${point.join(' ')}`)
    assert.deepEqual(found, [], JSON.stringify(parts).slice(0, 300))
  }
})
