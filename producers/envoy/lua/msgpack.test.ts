import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pack, run, runPacked, unpack } from '#test/driver/luajit.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { needs } from '#test/needs.ts'

/** Where a form of MessagePack ends and the next begins, and the ends of what is exact. */
const EDGES = [0, 1, 0x1f, 0x20, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000]
  .concat([0xffffffff, 0x100000000, 2 ** 48, 2 ** 53 - 1])
  .flatMap(n => [n, 0 - n, -n - 1, n + 0.5])
  .concat([1e300, -1e-300, 5e-324, 2.2250738585072014e-308, Number.MAX_VALUE, Infinity, -Infinity, Math.PI, 0.1])

class RandomValues {
  readonly #random: () => number
  constructor(random: () => number) {
    this.#random = random
  }

  value(depth: number): unknown {
    const kind = this.#below(depth === 0 ? 6 : 8)
    if (kind === 0) return null
    if (kind === 1) return this.#below(2) === 0
    if (kind === 2) return EDGES[this.#below(EDGES.length)]
    if (kind === 3) return this.#number()
    if (kind === 4) return this.#text()
    if (kind === 5) return Buffer.from(this.#text())
    const count = this.#below(10) === 0 ? 20 : this.#below(5)
    const values = Array.from({ length: count }, () => this.value(depth - 1))
    return kind === 6
      ? values
      : Object.fromEntries(values.map((value, i) => [`${this.#text().slice(0, 5)}${i}`, value]))
  }

  #number(): number {
    const bits = new DataView(new ArrayBuffer(8))
    for (let i = 0; i < 8; i++) bits.setUint8(i, this.#below(256))
    const number = bits.getFloat64(0)
    return Number.isNaN(number) ? 0.25 : number
  }

  #text(): string {
    const length = [0, 3, 31, 32, 255, 256, 70_000][this.#below(this.#below(50) === 0 ? 7 : 4)]!
    return Array.from({ length }, () => 'aé\u0000z€😀'.at(this.#below(5))).join('')
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n)
  }
}

test('random values come back from Lua as the same bytes', t => {
  if (!needs(t, 'luajit')) return
  const seed = 20261122
  const random = new RandomValues(mulberry32(seed))
  const values = Array.from({ length: 2000 }, () => random.value(4))
  const bytes = runPacked('identity', Buffer.concat(values.map(value => pack([value]))))
  const back = unpack(bytes)
  for (const [i, value] of values.entries()) assert.deepEqual(back[i], value, `seed ${seed}, value ${i}`)
  assert.ok(bytes.equals(Buffer.concat(values.map(pack))), `seed ${seed}`)
})

test('every edge of the forms, and what is not exact', t => {
  if (!needs(t, 'luajit')) return
  const numbers = [...EDGES, Number.NaN, 2 ** 60]
  const calls = numbers.map(n => [n])
  assert.deepEqual(run('identity', calls), numbers)
})

test('text is bytes: what is no UTF-8 is packed as it is', t => {
  if (!needs(t, 'luajit')) return
  const text = [0xa3, 0x61, 0xe9, 0xff] // a str of three bytes
  assert.deepEqual([...runPacked('identity', Uint8Array.from([0x91, ...text]))], text)
})

test('nesting ends', t => {
  if (!needs(t, 'luajit')) return
  assert.deepEqual(run('nested', [[16]]), [true])
  assert.match(String(run('nested', [[17]])[0]), /nested deeper than 16/)
})

test('what MessagePack has no form for is said', t => {
  if (!needs(t, 'luajit')) return
  assert.match(String(run('unknown', [[]])[0]), /cannot encode a function/)
})
