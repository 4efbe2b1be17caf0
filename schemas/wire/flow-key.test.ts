import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { FlowHash, KEY_SPACE } from '#schemas/wire/flow-key.ts'
import { text } from '#test/driver/frames.ts'
import { mulberry32 } from '#test/driver/random.ts'

const KEY = text('0123456789abcdef')

/** The obvious twin: HalfSipHash-1-3 as its authors write it, in BigInt. */
function slow(key: Uint8Array, sensor: string, message: Uint8Array): number {
  const derived = createHmac('sha256', key).update(sensor).digest()
  const k0 = BigInt(derived.readUInt32LE(0))
  const k1 = BigInt(derived.readUInt32LE(4))
  const mask = 0xffffffffn
  const rotate = (x: bigint, n: bigint) => ((x << n) | (x >> (32n - n))) & mask
  const v = [k0, k1 ^ 0xeen, 0x6c796765n ^ k0, 0x74656462n ^ k1] as [bigint, bigint, bigint, bigint]
  const round = () => {
    v[0] = (v[0] + v[1]) & mask
    v[1] = rotate(v[1], 5n) ^ v[0]
    v[0] = rotate(v[0], 16n)
    v[2] = (v[2] + v[3]) & mask
    v[3] = rotate(v[3], 8n) ^ v[2]
    v[0] = (v[0] + v[3]) & mask
    v[3] = rotate(v[3], 7n) ^ v[0]
    v[2] = (v[2] + v[1]) & mask
    v[1] = rotate(v[1], 13n) ^ v[2]
    v[2] = rotate(v[2], 16n)
  }
  const padded = Buffer.alloc((Math.floor(message.length / 4) + 1) * 4)
  padded.set(message)
  padded[padded.length - 1] = message.length
  for (let at = 0; at < padded.length; at += 4) {
    const word = BigInt(padded.readUInt32LE(at))
    v[3] ^= word
    round()
    v[0] ^= word
  }
  v[2] ^= 0xeen
  for (let i = 0; i < 3; i++) round()
  const low = v[1] ^ v[3]
  v[1] ^= 0xddn
  for (let i = 0; i < 3; i++) round()
  const high = v[1] ^ v[3]
  return Number(((high << 32n) | low) % BigInt(KEY_SPACE))
}

describe('flow key', () => {
  test('is HalfSipHash-1-3, for every length of an identity', () => {
    const random = mulberry32(7)
    for (let length = 0; length < 80; length++) {
      const message = Uint8Array.from({ length }, () => random() * 256)
      assert.equal(new FlowHash(KEY, 's').of(message, length), slow(KEY, 's', message), `length ${length}`)
    }
  })

  test('depends on the key and on the sensor', () => {
    const message = text('a flow identity')
    const keys = [new FlowHash(KEY, 's'), new FlowHash(KEY, 't'), new FlowHash(text('another key'), 's')]
    assert.equal(new Set(keys.map(hash => hash.of(message, message.length))).size, 3)
  })

  test('reads no byte behind the length', () => {
    const hash = new FlowHash(KEY, 's')
    assert.equal(hash.of(text('flow 1234'), 6), hash.of(text('flow 1xyz'), 6))
  })

  test('spreads neighbouring flows evenly', () => {
    const hash = new FlowHash(KEY, 's')
    const identity = new Uint8Array(13)
    const counts = new Array<number>(8).fill(0)
    for (let port = 0; port < 8000; port++) {
      identity[5] = port >> 8
      identity[6] = port
      counts[hash.of(identity, 13) % 8]!++
    }
    assert.ok(Math.min(...counts) > 850 && Math.max(...counts) < 1150, counts.join(' '))
  })
})
