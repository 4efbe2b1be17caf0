import assert from 'node:assert/strict'
import { test } from 'node:test'
import { play, type Step } from '#test/driver/http.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { outcome, settled } from '#test/fuzz/http1.ts'

/** Fragments that mean something to the decoder, and bytes that do not. */
const CLIENT = [
  'GET /a HTTP/1.1\r\nHost: h\r\n\r\n',
  'HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n',
  'POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello',
  'POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n',
  'GET /l HTTP/1.0\nHost: h\n\n',
  'CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n',
  'GET /w HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
  'GET /simple\r\n',
  `GET /long HTTP/1.1\r\nX: ${'y'.repeat(400)}\r\n\r\n`,
  'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
]
const SERVER = [
  'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n0\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\n',
  'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil close',
  `HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n${'z'.repeat(200)}`,
  '<html>no head</html>\n',
]
const NOISE = [
  '\r\n',
  '\n',
  ' ',
  ':',
  'GET ',
  'HTTP/1.1',
  '\0',
  '\x16\x03\x01\x00',
  'Content-Length: 3\r\n',
  ',',
  '\xff',
]

/** Few limits are as small as here: short conversations reach them. */
const CONFIG = { head: 300, headers: 8, probe: 64, pipeline: 3, protocols: 3, body: { keep: 64, decoded: 1000 } }

/** A random conversation: valid, mutated, with holes, pauses and every kind of end. */
function conversation(random: () => number): Step[] {
  const steps: Step[] = []
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!
  const wild = random() < 0.6
  for (let n = 1 + Math.floor(random() * 8); n > 0; n--) {
    const client = random() < 0.5
    let bytes: string = pick(client ? CLIENT : SERVER)
    if (random() < 0.2) bytes += pick(client ? CLIENT : SERVER)
    if (wild && random() < 0.4) {
      const at = Math.floor(random() * bytes.length)
      bytes = bytes.slice(0, at) + pick(NOISE) + bytes.slice(at + Math.floor(random() * 3))
    }
    if (wild && random() < 0.2) bytes = bytes.slice(Math.floor(random() * bytes.length))
    steps.push(client ? { c: bytes } : { s: bytes })
    if (wild && random() < 0.2) steps.push({ gap: client ? 'c' : 's', missing: 1 + Math.floor(random() * 50) })
    if (random() < 0.1) steps.push({ wait: random() < 0.5 ? 2 : 61 })
    if (random() < 0.1) steps.push({ note: client ? 'c' : 's', anomaly: 'tcp.test' })
  }
  const end = pick(['c', 's', 'both'] as const)
  const reason = pick(['fin', 'rst', 'idle', 'source'] as const)
  steps.push({ end, reason })
  if (end === 'c') steps.push({ s: pick(SERVER) }, { end: 's', reason })
  if (end === 's') steps.push({ c: pick(CLIENT) }, { end: 'c', reason })
  return steps
}

test('chunking, restart, totality, ledger: random conversations in any cut give the same outcome', () => {
  for (let seed = 10000; seed < 40000; seed++) {
    const random = mulberry32(seed)
    const steps = conversation(random)
    const opener = ([0, 1, null, 0] as const)[Math.floor(random() * 4)]!
    const hint = `seed ${seed}: ${JSON.stringify(steps)}`
    const whole = play(steps, { config: CONFIG, opener })
    assert.equal(settled(whole), whole.fed, hint)
    assert.equal(whole.stage.size(), 0, hint)
    const single = play(steps, { config: CONFIG, opener, cut: () => 1 })
    assert.deepEqual(outcome(single), outcome(whole), hint)
    const cut = (left: number) => 1 + Math.floor(random() * Math.min(left, 60))
    const restarted = play(steps, { config: CONFIG, opener, cut, restart: () => random() < 0.3 })
    assert.deepEqual(outcome(restarted), outcome(whole), hint)
  }
})

test('ordinals count from 1 without holes, and every exchange without a response says why', () => {
  for (let seed = 2000; seed < 2600; seed++) {
    const { exchanges } = play(conversation(mulberry32(seed)), { config: CONFIG })
    assert.deepEqual(
      exchanges.map(exchange => exchange.ordinal),
      exchanges.map((_, i) => i + 1),
      `seed ${seed}`,
    )
    for (const { response, request, anomalies } of exchanges) {
      if (response === null)
        assert.ok(
          anomalies.some(kind => kind.startsWith('http.no-response.')),
          `seed ${seed}`,
        )
      if (request.method === '') assert.ok(anomalies.includes('http1.response-without-request'), `seed ${seed}`)
    }
  }
})
