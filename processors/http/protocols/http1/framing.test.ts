import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blankChunk } from '#schemas/records/chunk.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { connectionOf, httpStage } from '#test/driver/http.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { type Boundary, boundaries } from './framing-twin.ts'

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)]!
const letters = (random: () => number, most: number) => 'abcdefghij'.repeat(9).slice(0, Math.floor(random() * most))

/** A body with its framing fields, in one of the ways there are. */
function framed(random: () => number, response: boolean): string {
  const way = random()
  const body = letters(random, 60)
  if (way < 0.25) return response ? 'Content-Length: 0\r\n\r\n' : '\r\n'
  if (way < 0.6) return `Content-Length: ${body.length}\r\n\r\n${body}`
  let chunks = ''
  for (let n = Math.floor(random() * 4); n > 0; n--) {
    const data = letters(random, 40)
    if (data !== '') chunks += `${data.length.toString(16)}${pick(random, ['', ';x=y', ';q'])}\r\n${data}\r\n`
  }
  const trailer = pick(random, ['', 'Digest: abc\r\n', 'A: 1\r\nB: 2\r\n'])
  return `Transfer-Encoding: ${pick(random, ['chunked', 'Chunked'])}\r\n\r\n${chunks}0\r\n${trailer}\r\n`
}

function requests(random: () => number): string {
  let stream = ''
  for (let n = 1 + Math.floor(random() * 5); n > 0; n--) {
    const method = pick(random, ['GET', 'POST', 'PUT'])
    stream += `${method} /${letters(random, 9)} HTTP/1.1\r\nHost: h\r\n${framed(random, false)}`
    if (random() < 0.1) stream += '\r\n'
  }
  return stream
}

function responses(random: () => number, methods: string[]): string {
  let stream = ''
  for (let n = 1 + Math.floor(random() * 5); n > 0; n--) {
    methods.push(pick(random, ['GET', 'GET', 'HEAD']))
    while (random() < 0.2) stream += 'HTTP/1.1 100 Continue\r\n\r\n'
    const status = pick(random, [200, 200, 404, 204, 304])
    const empty = methods.at(-1) === 'HEAD' || status === 204 || status === 304
    const body = framed(random, true)
    stream += `HTTP/1.1 ${status} OK\r\n${empty ? body.slice(0, body.indexOf('\r\n\r\n') + 4) : body}`
  }
  return stream
}

function mutate(random: () => number, stream: string): string {
  const at = Math.floor(random() * stream.length)
  const noise = pick(random, ['', '\r', '\n', ' ', ';', '0', 'f', 'Content-Length: 4\r\n', '\0'])
  return stream.slice(0, at) + noise + stream.slice(at + Math.floor(random() * 3))
}

/** What the decoder makes of it: byte by byte, each its own packet, so that spans tell the exact boundaries. */
function decoded(stream: string, methods: readonly string[] | null): Boundary[] {
  const stage = httpStage()
  const chunk = blankChunk(connectionOf(0, [40_000, 80]))
  let time = 1_000_000
  const feed = (dir: 0 | 1, bytes: Uint8Array, packet: number) =>
    stage.feed(Object.assign(chunk, { kind: 'data', dir, bytes, packet, time: ++time }), time)
  for (const method of methods ?? []) feed(0, Buffer.from(`${method} / HTTP/1.1\r\nHost: h\r\n\r\n`), 1_000_000)
  const bytes = Buffer.from(stream, 'latin1')
  for (let i = 0; i < bytes.length; i++) feed(methods === null ? 0 : 1, bytes.subarray(i, i + 1), i + 1)
  for (const dir of [0, 1] as const) stage.feed(Object.assign(chunk, { kind: 'end', dir, packet: 1_000_001 }), time)
  return stage.take<Exchange>('decoded').flatMap(({ request, response, origin }) => {
    const message = methods === null ? request : response
    if (message === null) return []
    const [first, last] = origin.packets
    // With methods given, the request's packets are the highest numbers, and the response's first is the lowest.
    return [{ first: first - 1, last: last - 1, bodyBytes: message.bodyBytes }]
  })
}

test('request boundaries are those of the twin, valid and mutated', () => {
  let messages = 0
  for (let seed = 1; seed <= 1500; seed++) {
    const random = mulberry32(seed)
    let stream = requests(random)
    if (seed % 2 === 0) stream = mutate(random, stream)
    const want = boundaries(Buffer.from(stream, 'latin1'), null)
    messages += want.length
    const got = decoded(stream, null).slice(0, want.length)
    assert.deepEqual(got, want, `seed ${seed}: ${JSON.stringify(stream)}`)
  }
  assert.ok(messages > 2000, `only ${messages} messages compared`)
})

test('response boundaries are those of the twin, valid and mutated', () => {
  let messages = 0
  for (let seed = 1; seed <= 1500; seed++) {
    const random = mulberry32(seed)
    const methods: string[] = []
    let stream = responses(random, methods)
    if (seed % 2 === 0) stream = mutate(random, stream)
    const want = boundaries(Buffer.from(stream, 'latin1'), methods)
    messages += want.length
    const got = decoded(stream, methods).slice(0, want.length)
    assert.deepEqual(
      got.map(({ first, bodyBytes }) => ({ first, bodyBytes })),
      want.map(({ first, bodyBytes }) => ({ first, bodyBytes })),
      `seed ${seed}: ${methods} ${JSON.stringify(stream)}`,
    )
  }
  assert.ok(messages > 2000, `only ${messages} messages compared`)
})
