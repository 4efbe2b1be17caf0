/**
 * Every positive case of the detectors' tables, wrapped: what is found in the query as it stands is found inside of each
 * encoding and document too, and at the point that names them.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { Bench, DETECTORS, exchangeOf, type RequestParts } from './testdata/exchange.ts'

/** Where a text stands in a request. */
interface Place {
  readonly at: readonly string[]
  readonly holding: (text: string) => RequestParts
}

interface Wrapping {
  readonly place: Place
  readonly wrap: (value: string) => string
  /** What the decoders append to the point. What is found may stand deeper still, when the value is encoded itself. */
  readonly adds?: readonly string[]
  /** Values that it is not made for. */
  readonly except?: (value: string) => boolean
}

/** The ways in which every value is wrapped. Of the others each takes one value in `SPARSE`. */
const OFTEN: ReadonlySet<string> = new Set([
  ...['base64', 'base64url', 'JSON in base64', 'gzip in base64', 'hex', 'percent twice', 'escapes of JavaScript'],
  ...['hexadecimal references', 'escapes of a JSON document', 'a part', 'an element', 'a cookie'],
])
const SPARSE = 5

const JSON_TYPE = [['Content-Type', 'application/json']] as const
const FORM = [['Content-Type', 'application/x-www-form-urlencoded']] as const
const XML = [['Content-Type', 'text/xml']] as const
const MULTIPART = [['Content-Type', 'multipart/form-data; boundary=b']] as const

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')
const base64url = (text: string) => Buffer.from(text).toString('base64url')
const hex = (text: string) => Buffer.from(text).toString('hex')
const json = (value: unknown) => JSON.stringify(value)
const units = (text: string, written: (unit: string) => string) =>
  Array.from({ length: text.length }, (_, i) => written(text.charCodeAt(i).toString(16))).join('')
const points = (text: string, written: (point: number) => string) =>
  [...text].map(char => written(char.codePointAt(0)!)).join('')
const percent = (text: string) => hex(text).replaceAll(/../g, '%$&')
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const token = (header: unknown, payload: unknown) => `${base64url(json(header))}.${base64url(json(payload))}.c2ln`
const post = (headers: RequestParts['headers'], body: string | Uint8Array): RequestParts => ({
  method: 'POST',
  headers: headers ?? [],
  body,
})
const part = (head: string, content: string) =>
  post(
    MULTIPART,
    Buffer.from(`--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n--b--\r\n`, 'latin1'),
  )

const IN = {
  query: { at: ['query', 'q'], holding: text => ({ target: `/?q=${encodeURIComponent(text)}` }) },
  rawQuery: { at: ['query', 'q'], holding: text => ({ target: `/?q=${text}` }) },
  path: { at: ['path', '1'], holding: text => ({ target: `/api/${encodeURIComponent(text)}/x` }) },
  authorization: { at: ['header', 'AUTHORIZATION'], holding: text => ({ headers: [['Authorization', text]] }) },
  cookie: {
    at: ['header', 'COOKIE', 'cookie', 'q'],
    holding: text => ({ headers: [['Cookie', `x=1; q=${encodeURIComponent(text)}`]] }),
  },
  form: { at: ['post', 'form_urlencoded', 'q'], holding: text => post(FORM, `x=1&q=${encodeURIComponent(text)}`) },
  json: { at: ['post', 'json_doc', 'hash', 'q'], holding: text => post(JSON_TYPE, json({ q: text })) },
  rawJson: { at: ['post', 'json_doc', 'hash', 'q'], holding: text => post(JSON_TYPE, `{"q":"${text}"}`) },
  xml: { at: ['post', 'xml', 'xml_tag', 'r', 'xml_tag', 'q'], holding: text => post(XML, `<r><q>${text}</q></r>`) },
  part: { at: ['post', 'multipart', 'q'], holding: text => part('name="q"', latin1(Buffer.from(text))) },
  file: { at: ['post', 'multipart', 'q', 'file'], holding: text => part('name="q"; filename="f"', text) },
  body: { at: ['post'], holding: text => post([], Buffer.from(text, 'latin1')) },
} as const satisfies Record<string, Place>

const same = (value: string) => value
const escaped = (value: string) => units(value, unit => `\\u${unit.padStart(4, '0')}`)

const WRAPPINGS: Readonly<Record<string, Wrapping>> = {
  base64: { place: IN.query, wrap: base64, adds: ['base64'] },
  'base64 without padding': { place: IN.query, wrap: value => base64(value).replace(/=+$/, ''), adds: ['base64'] },
  base64url: { place: IN.form, wrap: base64url, adds: ['base64'] },
  'base64 in lines': { place: IN.json, wrap: value => base64(value).replaceAll(/.{76}/g, '$&\r\n'), adds: ['base64'] },
  'base64 twice': { place: IN.cookie, wrap: value => base64(base64(value)), adds: ['base64', 'base64'] },
  'base64 in the path': { place: IN.path, wrap: base64url, adds: ['base64'] },
  'credentials of a header': { place: IN.authorization, wrap: value => `Basic ${base64(value)}`, adds: ['base64'] },
  'a data URL': { place: IN.json, wrap: value => `data:text/plain;base64,${base64(value)}`, adds: ['base64'] },
  'base64 in a call': { place: IN.query, wrap: value => `eval(atob('${base64(value)}'))`, adds: ['base64'] },
  'JSON in base64': {
    place: IN.query,
    wrap: value => base64(json({ a: value })),
    adds: ['base64', 'json_doc', 'hash', 'a'],
  },
  'gzip in base64': { place: IN.query, wrap: value => base64(gzipSync(value)), adds: ['base64', 'gzip'] },
  'zlib in base64url': {
    place: IN.cookie,
    wrap: value => deflateSync(value).toString('base64url'),
    adds: ['base64', 'gzip'],
  },
  'zstd in base64': { place: IN.json, wrap: value => base64(zstdCompressSync(value)), adds: ['base64', 'gzip'] },
  'a gzip body that nothing announces': { place: IN.body, wrap: value => latin1(gzipSync(value)), adds: ['gzip'] },
  'a zlib body': { place: IN.body, wrap: value => latin1(deflateSync(value)), adds: ['gzip'] },
  'a gzip file': { place: IN.file, wrap: value => latin1(gzipSync(value)), adds: ['gzip'] },
  // What could be a number is taken for one.
  hex: { place: IN.query, wrap: hex, adds: ['hex'], except: value => /^\d{0,19}$/.test(hex(value)) },
  'hex in a call': { place: IN.json, wrap: value => `f(0x${hex(value).toUpperCase()})`, adds: ['hex'] },
  'percent twice': { place: IN.query, wrap: percent, adds: ['percent'] },
  'percent three times': { place: IN.cookie, wrap: value => percent(percent(value)), adds: ['percent', 'percent'] },
  'percent in the path': { place: IN.path, wrap: percent, adds: ['percent', 'percent'] },
  '%u': { place: IN.rawQuery, wrap: value => units(value, unit => `%u${unit.padStart(4, '0')}`) },
  'escapes of JavaScript': { place: IN.query, wrap: escaped, adds: ['htmljs'] },
  'escapes with braces': {
    place: IN.form,
    wrap: value => points(value, point => `\\u{${point.toString(16)}}`),
    adds: ['htmljs'],
  },
  'escapes of a JSON document': { place: IN.rawJson, wrap: escaped },
  'escapes in a string of a JSON document': { place: IN.json, wrap: escaped, adds: ['htmljs'] },
  'hexadecimal references': {
    place: IN.query,
    wrap: value => points(value, point => `&#x${point.toString(16)};`),
    adds: ['htmljs'],
  },
  'decimal references without semicolons, with zeros': {
    place: IN.json,
    wrap: value => points(value, point => `&#${String(point).padStart(7, '0')}`),
    adds: ['htmljs'],
  },
  'JSON in JSON': { place: IN.json, wrap: value => json([value]), adds: ['json_doc', 'array', '0'] },
  'a form': { place: IN.form, wrap: same },
  'a part': { place: IN.part, wrap: same },
  'an element': { place: IN.xml, wrap: value => points(value, point => `&#${point};`) },
  'a cookie': { place: IN.cookie, wrap: same },
  'a claim of a token': {
    place: IN.authorization,
    wrap: value => `Bearer ${token({ alg: 'HS256' }, { sub: value })}`,
    adds: ['jwt', 'jwt_payload', 'base64', 'json_doc', 'hash', 'sub'],
  },
  'the header of a token': {
    place: IN.cookie,
    wrap: value => token({ alg: 'none', kid: value }, { sub: '1' }),
    adds: ['jwt', 'jwt_header', 'base64', 'json_doc', 'hash', 'kid'],
  },
}

/** Bytes rather than text, and full-width forms, which do not come out of `%u` as they were. */
const OTHER = /[\uff01-\uff5e\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/

/** Shorter ones make no token in hexadecimal digits or base64. */
const SHORTEST = 7

interface Case {
  readonly value: string
  readonly point?: readonly string[]
  readonly in?: RequestParts
  readonly finds: readonly string[]
}

const ASKED = DETECTORS.filter(({ side }) => side !== 'response')

const VALUES = ASKED.flatMap(({ id }) => {
  const cases: readonly Case[] = JSON.parse(
    readFileSync(new URL(`./detectors/${id}/cases.json`, import.meta.url), 'utf8'),
  )
  return cases
    .filter(one => one.finds.length > 0 && one.point === undefined && one.in === undefined)
    .filter(({ value }) => Buffer.byteLength(value) >= SHORTEST && value.isWellFormed() && !OTHER.test(value))
    .map(({ value }) => value)
})

const bench = new Bench({ maxDetections: 1000 })

/** The rules that the stage names at a point or below. */
function found(exchange: Exchange, at: readonly string[]): ReadonlySet<string> {
  const here = bench.inspect(exchange).filter(({ point }) => at.every((part, i) => point[i] === part))
  return new Set(here.map(({ rule }) => rule))
}

/** The rules that a detector names when it is given the value with that point. */
function named(detector: DetectorSpec, value: string, at: readonly string[], exchange: Exchange): readonly string[] {
  const rules: string[] = []
  detector.inspect({ point: at, text: value }, value.toLowerCase(), exchange, ({ rule }) => rules.push(rule))
  return rules
}

interface Bare {
  readonly rules: ReadonlySet<string>
  /** Those that name them. */
  readonly detectors: readonly DetectorSpec[]
}

/** What is found of each value in the query, as it stands. */
const BARE: ReadonlyMap<string, Bare> = new Map(
  VALUES.map(value => {
    const exchange = exchangeOf(IN.query.holding(value))
    const rules = found(exchange, IN.query.at)
    return [
      value,
      { rules, detectors: ASKED.filter(one => named(one, value, IN.query.at, exchange).some(rule => rules.has(rule))) },
    ]
  }),
)

for (const [n, [name, { place, wrap, adds = [], except = () => false }]] of Object.entries(WRAPPINGS).entries()) {
  test(`wrapped: ${name}`, () => {
    const at = [...place.at, ...adds]
    const missed: string[] = []
    let rules = 0
    for (const [value, bare] of OFTEN.has(name) ? BARE : [...BARE].filter((_, i) => i % SPARSE === n % SPARSE)) {
      if (except(value)) continue
      const exchange = exchangeOf(place.holding(wrap(value)))
      const wrapped = found(exchange, at)
      // Some detectors look at the place, too.
      for (const rule of bare.detectors.flatMap(detector => named(detector, value, at, exchange))) {
        if (!bare.rules.has(rule)) continue
        rules++
        if (!wrapped.has(rule)) missed.push(`${rule}: ${value}`)
      }
    }
    assert.ok(rules > (BARE.size / SPARSE) * 0.7, `only ${rules} rules in ${BARE.size} values`)
    assert.deepEqual(missed.slice(0, 20), [])
  })
}
