/** Random conversations: however they are cut and restarted, the same messages, and every byte is settled once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constants, createDeflateRaw, type DeflateRaw } from 'node:zlib'
import { type PlayOptions, play, type Step } from '#test/driver/http.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { outcome, settled } from '#test/fuzz/http1.ts'
import http1 from '../http1/index.ts'
import websocket from './index.ts'
import { agrees, asks, deflated, frame } from './testdata/frames.ts'

const KEY = [0x12, 0x34, 0x56, 0x78]
const OPTIONS: PlayOptions = {
  config: { head: 400, probe: 64, body: { keep: 64, decoded: 300 } },
  protocols: [http1, websocket],
}
const TEXTS = ['', 'a', 'Hello', 'é', '\u0000', 'x'.repeat(126), '{"a":1}'.repeat(20)]

/** Right frames, wrong ones and bytes that are none; holes and pauses; compressed or not. */
function conversation(random: () => number): Step[] {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const extensions = pick(['', 'permessage-deflate', 'permessage-deflate; client_no_context_takeover'])
  const steps: Step[] = [{ c: asks(extensions) }, { s: agrees(extensions) }]
  const wild = random() < 0.6
  for (let n = 1 + Math.floor(random() * 8); n > 0; n--) {
    const client = random() < 0.5
    const rsv1 = extensions !== '' && random() < 0.5
    const opcode = pick(wild ? [0, 1, 2, 3, 8, 9, 11, 1, 2] : [1, 2, 1, 9])
    const payload = rsv1 ? deflated(pick(TEXTS)) : Buffer.from(pick(TEXTS))
    const masked = client !== (wild && random() < 0.1)
    const bytes = Buffer.from(frame(opcode, payload, { fin: random() < 0.8, rsv1, key: masked ? KEY : null }))
    if (wild && random() < 0.3) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
    steps.push(client ? { c: bytes } : { s: bytes })
    if (wild && random() < 0.2) steps.push({ gap: client ? 'c' : 's', missing: Math.floor(random() * 40) })
    if (random() < 0.1) steps.push({ note: client ? 'c' : 's', anomaly: 'tcp.test' })
  }
  return [...steps, { end: 'both', reason: pick(['fin', 'rst', 'idle', 'source'] as const) }]
}

test('chunking, restart, totality, ledger', () => {
  for (let seed = 1; seed <= 600; seed++) {
    const random = mulberry32(seed)
    const steps = conversation(random)
    const hint = `seed ${seed}: ${JSON.stringify(steps)}`
    const whole = play(steps, OPTIONS)
    assert.equal(settled(whole), whole.fed, hint)
    assert.equal(whole.stage.size(), 0, hint)
    const cut = (left: number) => 1 + Math.floor(random() * Math.min(left, 30))
    assert.deepEqual(outcome(play(steps, { ...OPTIONS, cut: () => 1 })), outcome(whole), hint)
    const restarted = play(steps, { ...OPTIONS, cut, restart: () => random() < 0.3 })
    assert.deepEqual(outcome(restarted), outcome(whole), hint)
  }
})

/** What a real compressor sends message by message, its context kept. */
async function compressed(deflate: DeflateRaw, text: string): Promise<Uint8Array> {
  const parts: Buffer[] = []
  const take = (part: Buffer) => void parts.push(part)
  deflate.on('data', take)
  deflate.write(text)
  await new Promise<void>(done => deflate.flush(constants.Z_SYNC_FLUSH, done))
  deflate.off('data', take)
  return Buffer.concat(parts).subarray(0, -4)
}

for (const windowBits of [9, 12, 15]) {
  test(`a hundred messages of one compressor with a window of 2^${windowBits}, restarted between all bytes`, async () => {
    const random = mulberry32(windowBits)
    const deflate = createDeflateRaw({ windowBits })
    const extensions = `permessage-deflate; server_max_window_bits=${windowBits}`
    const steps: Step[] = [{ c: asks('permessage-deflate; server_max_window_bits') }, { s: agrees(extensions) }]
    const texts: string[] = []
    for (let i = 0; i < 100; i++) {
      // Words of before come again, from near and from far.
      const words = Array.from({ length: 400 }, () => `word${Math.floor(random() * 5000)}`)
      const text = i % 3 === 2 ? texts[Math.floor(random() * texts.length)]! : words.join(' ')
      texts.push(text)
      steps.push({ s: frame(1, await compressed(deflate, text), { rsv1: true }) })
    }
    deflate.close()
    const cut = (left: number) => 1 + Math.floor(random() * Math.min(left, 1000))
    const { exchanges } = play([...steps, { end: 'both' }], {
      protocols: [http1, websocket],
      cut,
      restart: () => random() < 0.1,
    })
    const got = exchanges.slice(1).map(({ response }) => Buffer.from(response!.content!).toString())
    assert.deepEqual(got, texts)
    assert.ok(exchanges.every(({ anomalies }) => anomalies.length === 0))
  })
}

test('after a hole no whole message comes out that was not sent, and sooner or later all come out again', () => {
  let after = 0
  for (let seed = 1; seed <= 60; seed++) {
    const random = mulberry32(seed)
    const steps: Step[] = [{ c: asks() }, { s: agrees() }]
    const sent = new Map<string, number>()
    const hole = 5 + Math.floor(random() * 10)
    for (let n = 0; n < 40; n++) {
      const payload = Buffer.from(
        Array.from({ length: Math.floor(random() ** 4 * 8000) }, () => Math.floor(random() * 256)),
      )
      sent.set(payload.toString('latin1'), n)
      const bytes = frame(2, payload, { key: KEY })
      for (let at = 0; at < bytes.length; at += 1460) {
        const packet = bytes.subarray(at, at + 1460)
        const lost = n === hole || (n < 20 && random() < 0.05)
        steps.push(lost ? { gap: 'c', missing: packet.length } : { c: packet })
      }
    }
    const [, ...messages] = play([...steps, { end: 'both' }], { protocols: [http1, websocket] }).exchanges
    let last = -1
    for (const { request, anomalies } of messages) {
      if (anomalies.includes('websocket.gap')) continue
      const number = sent.get(Buffer.from(request.content ?? []).toString('latin1'))
      assert.ok(number !== undefined, `seed ${seed}: a message that was not sent`)
      last = number
    }
    assert.ok(last === 39, `seed ${seed}: the last message is ${last}`)
    after += messages.length
  }
  assert.ok(after > 60 * 20, `${after} messages`)
})

test('memory is bounded by what is configured, whatever a frame announces', () => {
  const steps: Step[] = [{ c: asks() }, { s: agrees() }, { s: Buffer.from('817f000fffffffffffff', 'hex') }]
  for (let i = 0; i < 50; i++) steps.push({ s: new Uint8Array(10_000) })
  const { stage, exchanges, ledger } = play(steps, { ...OPTIONS, config: { body: { keep: 1000 } } })
  assert.equal(exchanges.length, 1)
  assert.equal(ledger.cap, 499_000)
  assert.equal(stage.size(), 1)
})

test('a bomb: what comes out before the limit is there, and it is named', () => {
  const bomb = deflated(`first ${'a'.repeat(3_000_000)}`)
  const steps: Step[] = [
    { c: asks('permessage-deflate') },
    { s: agrees('permessage-deflate') },
    { c: frame(1, bomb, { key: KEY, rsv1: true }) },
  ]
  for (const [body, anomaly, length] of [
    [{ ratio: 10 }, 'websocket.decompression-bomb', 1_048_576],
    [{ ratio: 10_000, decoded: 2_000_000 }, 'websocket.decoded-too-large', 2_000_000],
  ] as const) {
    const [, message] = play(steps, { ...OPTIONS, config: { body } }).exchanges
    assert.deepEqual([message?.anomalies, message?.request.decodedBytes], [[anomaly], length])
    assert.equal(Buffer.from(message?.request.content ?? []).toString('latin1', 0, 8), 'first aa')
  }
})

test('a message of a million frames is one message, and said to be odd', () => {
  const steps: Step[] = [{ c: asks() }, { s: agrees() }, { s: frame(1, Buffer.from('a'), { fin: false }) }]
  steps.push({ s: Buffer.alloc(2_000_000) }, { s: frame(0, Buffer.from('b')) }, { end: 'both' })
  const [, message] = play(steps, OPTIONS).exchanges
  assert.deepEqual(message?.anomalies, ['websocket.many-frames'])
  assert.equal(message.message?.frames, 1_000_002)
  assert.equal(Buffer.from(message.response!.content!).toString(), 'ab')
})
