/**
 * Detection on one core: ns per exchange and µs per kB of body, against a plain loop over the same bytes in the same run
 * (decodeURIComponent of target and headers, JSON.parse of the body), and each detector without the sieve in front.
 *
 *   node test/bench/detect.bench.ts
 *
 * Requests are made here; the shared corpus of harmless requests is measured too when it is there.
 */
import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { Bench, DETECTORS, exchangeOf, exchangeOfRaw, type RequestParts } from '#processors/detect/testdata/exchange.ts'
import type { Exchange, Header } from '#schemas/records/exchange.ts'
import { mulberry32 } from '#test/driver/random.ts'

const CORPUS = new URL('../../../shared/corpora/benign-dev.jsonl', import.meta.url)
const MS = 400

const HEADERS: readonly Header[] = [
  ['Host', 'api.shop.example'],
  [
    'User-Agent',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  ],
  ['Accept', 'application/json, text/plain, */*'],
  ['Accept-Language', 'de-DE,de;q=0.9,en;q=0.8'],
  ['Accept-Encoding', 'gzip, deflate, br'],
  ['Origin', 'https://app.shop.example'],
  ['Content-Type', 'application/json'],
  ['Content-Length', '200'],
  ['X-Request-Id', 'b6a9ad2c-7e82-4081-9136-f5a18182a9ed'],
  ['Connection', 'keep-alive'],
]

/** Fresh strings each time, as the HTTP stage makes them: nothing about them is cached. */
function order(random: () => number, bodyBytes: number): Exchange {
  const items: unknown[] = []
  const body = () => JSON.stringify({ id: `ord_${Math.floor(random() * 1e9)}`, currency: 'EUR', express: false, items })
  while (body().length < bodyBytes) {
    items.push({ sku: `A-${Math.floor(random() * 1e6)}`, qty: 1 + Math.floor(random() * 9), name: 'Blue cotton shirt' })
  }
  const headers = HEADERS.map(([name, value]): Header => [name, Buffer.from(value).toString('latin1')])
  return exchangeOf({
    method: 'POST',
    target: `/api/v2/orders/${Math.floor(random() * 1e6)}?page=2&sort=name`,
    headers,
    body: body(),
  })
}

/** Nanoseconds of CPU time per call, the best of three runs of about MS milliseconds: other work on the machine matters little. */
function time(run: () => void): number {
  let best = Number.POSITIVE_INFINITY
  run()
  for (let round = 0; round < 3; round++) {
    const start = process.cpuUsage()
    const until = performance.now() + MS
    let calls = 0
    while (performance.now() < until) {
      run()
      calls++
    }
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, ((user + system) * 1000) / calls)
  }
  return best
}

function baseline({ request }: Exchange): number {
  let length = decode(request.target).length
  for (const [, value] of request.headers) length += decode(value).length
  if (request.content === null) return length
  const text = Buffer.from(request.content).toString()
  try {
    return length + Object.keys(JSON.parse(text) as object).length
  } catch {
    return length + text.length
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function compare(name: string, exchanges: readonly Exchange[]): void {
  const bench = new Bench()
  const ours =
    time(() => {
      for (const exchange of exchanges) bench.inspect(exchange)
    }) / exchanges.length
  const plain =
    time(() => {
      for (const exchange of exchanges) baseline(exchange)
    }) / exchanges.length
  const bytes = exchanges.reduce((sum, { request }) => sum + sizeOf(request), 0) / exchanges.length
  const perByte = (ours / bytes).toFixed(1)
  console.log(
    `${name.padEnd(34)} ${Math.round(ours).toString().padStart(9)} ns/exchange  ${perByte.padStart(6)} ns/byte  ` +
      `${(ours / plain).toFixed(2)} x baseline (${Math.round(plain)} ns)`,
  )
}

function sizeOf({ target, headers, content }: Exchange['request']): number {
  return (
    target.length + headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0) + (content?.length ?? 0)
  )
}

function detectorsAlone(exchanges: readonly Exchange[]): void {
  for (const detector of DETECTORS) {
    const values = exchanges.flatMap(({ request }) => [request.target, ...request.headers.map(([, value]) => value)])
    const cost = time(() => {
      for (const text of values)
        detector.inspect({ point: ['query', 'q'], text }, text.toLowerCase(), exchanges[0]!, () => {})
    })
    console.log(
      `  ${detector.id} on every target and header, no sieve: ${Math.round(cost / exchanges.length)} ns/exchange`,
    )
  }
}

const XML: readonly Header[] = [['Content-Type', 'text/xml']]
const FORM: readonly Header[] = [['Content-Type', 'application/x-www-form-urlencoded']]

/** Encoded as often as decoders are applied, and about `n` characters long. */
function layered(n: number, encode: (text: string) => string): string {
  let text = "' or "
  while (text.length < n / 10) text += text
  for (let i = 0; i < 8; i++) text = encode(text)
  return text
}

/** Compressed to about a fiftieth: the most that is taken apart. */
function packed(n: number): string {
  const noise = mulberry32(3)
  const line = () => `${Math.floor(noise() * 1e9).toString(36)}${"' or 1=1 ".repeat(50)}\n`
  return gzipSync(Array.from({ length: n / 13 }, line).join(''))
    .toString('base64')
    .slice(0, n)
}

/** The dearest inputs known per decoder and detector, 64 kB each. */
const WORST: Readonly<Record<string, (n: number) => RequestParts>> = {
  'percent: escapes': n => ({ target: `/?a=${'%41'.repeat(n / 3)}` }),
  'query: tiny pairs': n => ({ target: `/?${'%41=1&'.repeat(n / 6)}` }),
  'query: one name': n => ({ target: `/?${'a=%41&'.repeat(n / 6)}` }),
  'json: tiny strings': n => ({ method: 'POST', body: `[${'"\\n1",'.repeat(n / 6)}"x"]` }),
  'json: deep, tiny strings': n => ({ method: 'POST', body: `${'[{"a":'.repeat(30)}[${'"%41",'.repeat(n / 6)}"x"]` }),
  'json: names': n => ({ method: 'POST', body: `{${'"or 1":1,'.repeat(n / 9)}"x":1}` }),
  base64: n => ({ method: 'POST', body: JSON.stringify({ a: Buffer.from("' or ".repeat(n / 7)).toString('base64') }) }),
  'base64: short tokens': n => ({ method: 'POST', body: 'JzEnPScxJw== '.repeat(n / 13) }),
  'base64: slashes': n => ({ method: 'POST', body: 'Pz8/'.repeat(n / 4) }),
  'base64: eight times': n => ({ method: 'POST', body: layered(n, text => Buffer.from(text).toString('base64')) }),
  'hex: tokens': n => ({ method: 'POST', body: '2527253725272537 '.repeat(n / 17) }),
  'hex: broken tokens': n => ({ method: 'POST', body: '6f7220312d2d7'.repeat(n / 13) }),
  'htmljs: escapes': n => ({ method: 'POST', body: '\\u0027 or '.repeat(n / 10) }),
  'htmljs: references': n => ({ method: 'POST', body: '&#x26;amp;'.repeat(n / 10) }),
  'htmljs: zeros': n => ({ method: 'POST', body: `&#${'0'.repeat(n)}` }),
  'htmljs and percent': n => ({ method: 'POST', body: '&amp;amp;%2525 '.repeat(n / 15) }),
  'percent: eight times': n => ({ target: `/?a=${'%25252525252525'.repeat(n / 15)}41` }),
  'percent: stray signs': n => ({ target: `/?a=${'s%el'.repeat(n / 4)}` }),
  'jwt: dots': n => ({ headers: [['Authorization', `Bearer eyJh${'.eyJh'.repeat(n / 5)}`]] }),
  'gzip: 49 times': n => ({ method: 'POST', body: JSON.stringify({ a: packed(n) }) }),
  'xml: open elements': n => ({ method: 'POST', headers: XML, body: '<a or="'.repeat(n / 7) }),
  'xml: attributes': n => ({ method: 'POST', headers: XML, body: `<a ${"b='or'".repeat(n / 6)}>` }),
  'xml: references': n => ({ method: 'POST', headers: XML, body: `<a>${'&#65;'.repeat(n / 5)}</a>` }),
  'xml: document types': n => ({ method: 'POST', headers: XML, body: '<![>or '.repeat(n / 7) }),
  'xml: comments': n => ({ method: 'POST', headers: XML, body: `<a>${'<!--or-->'.repeat(n / 9)}</a>` }),
  'xml: entities': n => ({
    method: 'POST',
    headers: XML,
    body: `<!DOCTYPE a [<!ENTITY b "or 1">]><a>${'&b;'.repeat(n / 3)}</a>`,
  }),
  'xml: parameter entities': n => ({
    method: 'POST',
    headers: XML,
    body: `<!DOCTYPE a [<!ENTITY % b "<!ENTITY c 'd'>">${'%b;'.repeat(n / 3)}]><a>&c;</a>`,
  }),
  'form: names': n => ({ method: 'POST', headers: FORM, body: '%41&'.repeat(n / 4) }),
  'gql: arguments': n => ({ method: 'POST', body: JSON.stringify({ query: `{${'a(b:"or 1")'.repeat(n / 11)}}` }) }),
  'gql: documents': n => ({
    method: 'POST',
    body: JSON.stringify(Array(Math.floor(n / 20)).fill({ query: '{a(b:1)}' })),
  }),
  'xxe: documents': n => ({
    method: 'POST',
    body: JSON.stringify(Array(Math.floor(n / 30)).fill('<!ENTITY x SYSTEM "file:///">')),
  }),
  'multipart: several boundaries': n => ({
    method: 'POST',
    headers: [['Content-Type', 'multipart/form-data; boundary=x; boundary=y']],
    body: '--x\r\n\r\nor 1\r\n--y\r\n\r\n'.repeat(n / 22),
  }),
  'multipart: tiny parts': n => ({
    method: 'POST',
    headers: [['Content-Type', 'multipart/form-data']],
    body: `--x\r\n${'a: or\r\n\r\nor\n--x\n'.repeat(n / 17)}`,
  }),
  'sqli: or': n => ({ method: 'POST', body: 'or '.repeat(n / 3) }),
  'sqli: or (': n => ({ method: 'POST', body: 'or ('.repeat(n / 4) }),
  'sqli: quotes': n => ({ method: 'POST', body: `x or ${"' ".repeat(n / 2)}` }),
  'sqli: open comments': n => ({ method: 'POST', body: 'union/*'.repeat(n / 7) }),
  'sqli: closed comments': n => ({ method: 'POST', body: 'or/**/'.repeat(n / 6) }),
  'sqli: open strings': n => ({ method: 'POST', body: `or "${' and "x'.repeat(n / 7)}` }),
  'sqli: select': n => ({ method: 'POST', body: 'select a,'.repeat(n / 9) }),
  'sqli: open hints': n => ({ method: 'POST', body: '/*!'.repeat(n / 3) }),
  'nosqli: protocol': n => ({ method: 'POST', body: '*1\r\n$1'.repeat(n / 6) }),
  'ldapi: parentheses': n => ({ method: 'POST', body: ') ('.repeat(n / 3) }),
  'mail_injection: lines': n => ({ method: 'POST', body: 'a\nbcc:'.repeat(n / 6) }),
  'xss: open tags': n => ({ method: 'POST', body: '<script'.repeat(n / 7) }),
  'xss: quoted tags': n => ({ method: 'POST', body: '<script a="'.repeat(n / 11) }),
  'xss: attributes': n => ({ method: 'POST', body: `<script ${'a '.repeat(n / 2)}` }),
  'xss: handlers': n => ({ method: 'POST', body: ' onload='.repeat(n / 8) }),
  'xss: sinks': n => ({ method: 'POST', body: '"+document '.repeat(n / 11) }),
  'xss: blanks': n => ({ method: 'POST', body: `alert${' '.repeat(n)}` }),
  'ptrav: dots': n => ({ method: 'POST', body: '../'.repeat(n / 3) }),
  'ptrav: words': n => ({ method: 'POST', body: '.. '.repeat(n / 3) }),
}

const random = mulberry32(7)
const typical = Array.from({ length: 200 }, () => order(random, 200))
console.log('harmless requests')
compare('API request, 10 headers, 200 B JSON', typical)
detectorsAlone(typical)
if (existsSync(CORPUS)) {
  const lines = readFileSync(CORPUS, 'utf8').trim().split('\n')
  compare(
    'shared corpus',
    lines.map(line => exchangeOfRaw(Buffer.from((JSON.parse(line) as { raw: string }).raw, 'base64'))),
  )
} else console.log('shared corpus: not here, skipped')

console.log('body size')
for (const size of [100, 1_000, 10_000, 100_000, 1_000_000]) {
  compare(`JSON body of ${size} B`, [order(random, size)])
}

console.log('worst inputs known, 64 kB each')
for (const [name, make] of Object.entries(WORST)) {
  const exchange = exchangeOf(make(64_000))
  const bench = new Bench()
  const ns = time(() => bench.inspect(exchange))
  console.log(`  ${name.padEnd(28)} ${(ns / sizeOf(exchange.request)).toFixed(1).padStart(8)} ns/byte`)
}
