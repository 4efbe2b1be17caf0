import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode, decode as oracle } from '@msgpack/msgpack'
import { mulberry32 } from '#test/driver/random.ts'
import { boundsOf } from './bounds.ts'
import { decode, KeyNames } from './decode.ts'
import { MESSAGE_LIMITS } from './message.ts'

const keys = new KeyNames(['id', 'ip', 'v', 'headers'])

function decoded(bytes: Uint8Array): unknown {
  const { end, ascii } = boundsOf(bytes, 0, MESSAGE_LIMITS)
  assert.equal(end, bytes.length)
  return decode(bytes, ascii, keys)
}

const TEXTS = [
  '',
  'a',
  'headers',
  'x'.repeat(31),
  'y'.repeat(32),
  'z'.repeat(300),
  'w'.repeat(70_000),
  'é',
  '😀 and more',
  '\0',
]
const NUMBERS = [
  0, 1, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, 1.7e15, 2 ** 53 - 1, -1, -32, -33, -128, -129,
  -32_768, -32_769, -2_147_483_648, -2_147_483_649, -(2 ** 53 - 1), 0.5, -1e300, Number.NaN, Number.POSITIVE_INFINITY,
] // biome-ignore format: a table

function random(pick: () => number, depth: number): unknown {
  const of = <T>(values: readonly T[]): T => values[Math.floor(pick() * values.length)]!
  const count = Math.floor(pick() * 20)
  switch (Math.floor(pick() * (depth > 0 ? 8 : 6))) {
    case 0:
      return of(NUMBERS)
    case 1:
      return of(TEXTS)
    case 2:
      return new Uint8Array(Math.floor(pick() * 400)).fill(count)
    case 3:
      return of([null, true, false])
    case 4:
      return Math.floor(pick() * 2 ** 40)
    case 5:
      return `${count}`
    case 6:
      return Array.from({ length: count }, () => random(pick, depth - 1))
    default:
      return Object.fromEntries(
        Array.from({ length: count }, (_, i) => [of([...TEXTS.slice(0, 5), `k${i}`]), random(pick, depth - 1)]),
      )
  }
}

test('what the package encodes comes back as its own decoder gives it', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const value = random(mulberry32(seed), 4)
    const bytes = encode(value)
    assert.deepEqual(decoded(bytes), oracle(bytes), `seed ${seed}`)
  }
})

test('so do floats of 32 bits, and arrays and maps of every width', () => {
  const values: readonly unknown[] = [
    Array.from({ length: 15 }, (_, i) => i),
    Array.from({ length: 16 }, (_, i) => i),
    new Uint8Array(65_536),
    Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, i])),
  ]
  for (const value of values) assert.deepEqual(decoded(encode(value)), value)
  assert.equal(decoded(encode(0.5, { forceFloat32: true })), 0.5)
  const wide = Uint8Array.of(0xdd, 0, 0, 0, 2, 0xdf, 0, 0, 0, 1, 0xdb, 0, 0, 0, 1, 97, 5, 0xc6, 0, 0, 0, 1, 7)
  assert.deepEqual(decoded(wide), [{ a: 5 }, Uint8Array.of(7)])
})

test('text that is no UTF-8 is Latin-1, text beside it is not', () => {
  assert.deepEqual(decoded(Uint8Array.of(0x92, 0xa1, 0xe9, 0xa2, 0xc3, 0xa9)), ['é', 'é'])
})
