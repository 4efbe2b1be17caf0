/** What the tables of cases are written with. */
import type { Header } from '#schemas/records/exchange.ts'
import type { Step } from '#test/driver/http.ts'
import { blockFrames, frame, type Peer, PREFACE, request, response, SETTINGS_ACK, settings, word } from '#test/driver/http2.ts'

export interface Case {
  readonly name: string
  readonly rfc: string
  steps(client: Peer, server: Peer): readonly Step[]
  readonly gives: readonly string[]
  readonly anomalies?: readonly string[]
  readonly config?: unknown
  readonly opener?: 0 | 1 | null
  /** Of the last request. */
  readonly headers?: readonly Header[]
  /** Of the last response. */
  readonly trailers?: readonly Header[]
}

export const HELLO = Buffer.concat([PREFACE, settings()])
export const hello: readonly Step[] = [{ c: HELLO }, { s: Buffer.concat([settings(), SETTINGS_ACK]) }, { c: SETTINGS_ACK }]
export const GET = request('GET', '/a')
export const OK = response(200)
export const reset = (stream: number, code: number) => frame(3, 0, stream, word(code))
export const times = (n: number, make: (i: number) => Uint8Array) =>
  Buffer.concat(Array.from({ length: n }, (_, i) => make(i)))
export const literal = (name: string, value: string) =>
  Buffer.from([0, name.length, ...Buffer.from(name, 'latin1'), value.length, ...Buffer.from(value, 'latin1')])
/** A request block of what a proper encoder would not write. */
export const odd = (stream: number, ...fields: readonly (readonly [string, string])[]) =>
  blockFrames(1, stream, Buffer.concat(fields.map(([name, value]) => literal(name, value))), 1, 1)

/** A GET with these fields in place of some of its own, answered with 200. */
export function asked(name: string, rfc: string, fields: readonly Header[], gives: string): Case {
  return {
    name,
    rfc,
    steps: (_, s) => [...hello, { c: odd(1, ...fields) }, { s: s.headers(1, OK, { end: true }) }, { end: 'both' }],
    gives: [gives],
  }
}

