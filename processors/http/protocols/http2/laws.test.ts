import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange, Header } from '#schemas/records/exchange.ts'
import { type PlayOptions, play, type Step } from '#test/driver/http.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { outcome, settled } from '#test/fuzz/http1.ts'
import http1 from '../http1/index.ts'
import http2 from './index.ts'
import { conversation, type Said, type Talk, type Truth } from './testdata/conversation.ts'

const PROTOCOLS = [http1, http2]

/** Small enough that short conversations reach the limits. */
const SMALL = {
  head: 900,
  headers: 12,
  probe: 64,
  body: { keep: 200, decoded: 1000 },
  http2: { streams: 3, table: 400, continuations: 1, flood: { settings: 2, ping: 2, priority: 2, windowUpdate: 2 } },
}

function steps(said: readonly Said[]): Step[] {
  return said.map(({ by, bytes }) => (by === 'c' ? { c: bytes } : { s: bytes }))
}

const END: Step = { end: 'both', reason: 'fin' }

const regular = (headers: readonly Header[]) => headers.filter(([name]) => !name.startsWith(':'))
const pseudo = (headers: readonly Header[], name: string) => headers.find(([own]) => own === name)?.[1] ?? ''

function isTrue({ request, response, stream }: Exchange, truth: Truth, hint: string): void {
  assert.deepEqual(request.headers, regular(truth.request), hint)
  assert.equal(request.method, pseudo(truth.request, ':method'), hint)
  assert.equal(request.target, pseudo(truth.request, ':path'), hint)
  assert.equal(request.bodyBytes, truth.requestBody.length, hint)
  assert.deepEqual(Buffer.from(request.body ?? []), truth.requestBody, `${hint} stream ${stream}`)
  assert.equal(response?.status, Number(pseudo(truth.response, ':status')), hint)
  assert.deepEqual(response.headers, regular(truth.response), hint)
  assert.deepEqual(response.trailers, truth.trailers, hint)
  assert.deepEqual(Buffer.from(response.body ?? []), truth.responseBody, hint)
}

test('what both ends said comes out, whatever the order of streams and the cut of the bytes', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = mulberry32(seed)
    const { said, truth } = conversation(random, 1 + Math.floor(random() * 12))
    const options: PlayOptions = { protocols: PROTOCOLS, config: { probe: 8192 } }
    const whole = play([...steps(said), END], options)
    const hint = `seed ${seed}`
    assert.equal(settled(whole), whole.fed, hint)
    assert.equal(whole.exchanges.length, truth.size, hint)
    for (const exchange of whole.exchanges) {
      isTrue(exchange, truth.get(exchange.stream!)!, hint)
      assert.deepEqual(exchange.anomalies, [], hint)
    }
    assert.deepEqual(outcome(play([...steps(said), END], { ...options, cut: () => 1 })), outcome(whole), hint)
  }
})

/** Breaks a conversation: bytes changed, left out, frames of another one in between, holes, pauses. */
function wild(random: () => number, { said }: Talk): Step[] {
  const out: Step[] = []
  for (const step of steps(said)) {
    const bytes = Buffer.from('c' in step ? step.c : 's' in step ? step.s : '')
    const side = 'c' in step ? 'c' : 's'
    const roll = random()
    if (roll < 0.05 && bytes.length > 0) {
      bytes[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8)
      out.push(side === 'c' ? { c: bytes } : { s: bytes })
    } else if (roll < 0.1) {
      const from = Math.floor(random() * bytes.length)
      out.push(side === 'c' ? { c: bytes.subarray(0, from) } : { s: bytes.subarray(0, from) })
      out.push({ gap: side, missing: bytes.length - from })
    } else if (roll < 0.12) out.push({ wait: 61 }, step)
    else if (roll < 0.14) out.push({ note: side, anomaly: 'tcp.test' }, step)
    else if (roll > 0.02) out.push(step)
  }
  const reason = (['fin', 'rst', 'idle', 'source'] as const)[Math.floor(random() * 4)]!
  return [...out, { end: 'both', reason }]
}

test('chunking, restart, totality, ledger: broken conversations in any cut give the same outcome', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = mulberry32(seed)
    const script = wild(random, conversation(random, 1 + Math.floor(random() * 8)))
    const opener = ([0, 1, null, 0] as const)[Math.floor(random() * 4)]!
    const config = random() < 0.5 ? SMALL : {}
    const options: PlayOptions = { protocols: PROTOCOLS, config, opener }
    const hint = `seed ${seed}`
    const whole = play(script, options)
    assert.equal(settled(whole), whole.fed, hint)
    assert.equal(whole.stage.size(), 0, hint)
    assert.deepEqual(outcome(play(script, { ...options, cut: () => 1 })), outcome(whole), hint)
    const cut = (left: number) => 1 + Math.floor(random() * Math.min(left, 60))
    const restarted = play(script, { ...options, cut, restart: () => random() < 0.2 })
    assert.deepEqual(outcome(restarted), outcome(whole), hint)
    for (const { response, anomalies } of whole.exchanges) {
      if (response === null)
        assert.ok(
          anomalies.some(kind => kind.startsWith('http.no-response.')),
          hint,
        )
    }
  }
})

/** Every field is the true one at its place, or marked unknown (name, or name and value). */
function agrees(got: readonly Header[], want: readonly Header[], known: boolean, hint: string): void {
  if (known) assert.deepEqual(got, want, hint)
  let at = 0
  for (const [name, value] of got) {
    if (name === '' && value === '') at++
    else {
      // What a pseudo-header was may be unknown too: it then stands among the others, nameless.
      while (at < want.length && !(want[at]![1] === value && (name === '' || want[at]![0] === name))) at++
      assert.ok(at < want.length, `${hint}: ${name}: ${value} is not in ${JSON.stringify(want)}`)
      at++
    }
  }
}

function agreesWithTruth(exchange: Exchange, { truth }: Talk, hint: string): boolean {
  const { request, response, anomalies, stream } = exchange
  const real = truth.get(stream!)
  assert.ok(real !== undefined, hint)
  const known = !anomalies.includes('http2.header-unknown') && !anomalies.includes('http2.gap-in-head')
  if (request.method !== '') assert.equal(request.method, pseudo(real.request, ':method'), hint)
  if (request.target !== '') assert.equal(request.target, pseudo(real.request, ':path'), hint)
  if (request.method !== '') agrees(request.headers, known ? regular(real.request) : real.request, known, hint)
  if (response === null) return known
  if (response.status !== 0) assert.equal(response.status, Number(pseudo(real.response, ':status')), hint)
  // Of a section without a known field, nobody can tell what it is: it is given as a head.
  const either = known ? regular(real.response) : [...real.response, ...real.trailers]
  agrees(response.headers, either, known, hint)
  agrees(response.trailers, real.trailers, false, hint)
  return known && request.method !== ''
}

test('joined in the middle: every header is the true one or unknown, and is learned again', () => {
  let exact = 0
  let all = 0
  for (let seed = 1; seed <= 600; seed++) {
    const random = mulberry32(seed)
    const talk = conversation(random, 30)
    const half = Math.floor((random() * talk.said.length) / 2)
    const rest = talk.said.slice(half).map(({ by, bytes }) => ({ by, bytes }))
    // Not always at the beginning of a frame.
    for (const by of ['c', 's'] as const) {
      const i = rest.findIndex(one => one.by === by)
      if (i < 0 || random() < 0.5) continue
      const { bytes } = rest[i]!
      rest[i] = { by, bytes: bytes.subarray(Math.floor(random() * bytes.length)) }
    }
    const opener = null
    const { exchanges } = play([...steps(rest), END], { protocols: PROTOCOLS, opener })
    for (const exchange of exchanges) {
      all++
      if (agreesWithTruth(exchange, talk, `seed ${seed}`)) exact++
    }
  }
  assert.ok(exact > 4000 && all < 16_000, `${exact} of ${all} exchanges without a doubt`)
})

test('behind a hole: every header is the true one or unknown', () => {
  let exact = 0
  for (let seed = 1; seed <= 600; seed++) {
    const random = mulberry32(seed)
    const talk = conversation(random, 25)
    const script: Step[] = []
    for (const step of steps(talk.said)) {
      const bytes = Buffer.from('c' in step ? step.c : 's' in step ? step.s : '')
      const side = 'c' in step ? 'c' : 's'
      if (random() >= 0.02) {
        script.push(step)
        continue
      }
      const from = Math.floor(random() * bytes.length)
      const to = from + 1 + Math.floor(random() * (bytes.length - from))
      const cut = (a: number, b: number): Step =>
        side === 'c' ? { c: bytes.subarray(a, b) } : { s: bytes.subarray(a, b) }
      script.push(cut(0, from), { gap: side, missing: to - from }, cut(to, bytes.length))
    }
    const { exchanges } = play([...script, END], { protocols: PROTOCOLS })
    for (const exchange of exchanges) if (agreesWithTruth(exchange, talk, `seed ${seed}`)) exact++
  }
  assert.ok(exact > 8000, `${exact} exchanges without a doubt`)
})
