import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Retryable } from '#schemas/contracts/errors.ts'
import type { RefusedRecord } from '#schemas/contracts/sink.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { deliver, type Item, type Way } from './deliver.ts'

const error = (): never => {
  throw new Retryable('server-error', 'HTTP 500', { answered: true })
}

/** The other side: takes batches that hold none of `poison`, refuses `unwanted`, and is away for the first `outage` tries. */
class Side implements Way<string> {
  known: string | null = null
  tries = 0
  /** Without repeats, as the other side keeps it. */
  readonly got: string[] = []
  readonly #poison: ReadonlySet<string>
  readonly #unwanted: ReadonlySet<string>
  readonly #outage: number
  readonly #answered: boolean

  constructor({ poison = [] as string[], unwanted = [] as string[], outage = 0, answered = true } = {}) {
    this.#poison = new Set(poison)
    this.#unwanted = new Set(unwanted)
    this.#outage = outage
    this.#answered = answered
  }

  async write(batch: readonly string[], signal: AbortSignal): Promise<readonly RefusedRecord[]> {
    if (signal.aborted) throw new Retryable('stopped', 'stopped')
    this.tries++
    if (this.tries <= this.#outage && !this.#answered) throw new Retryable('away', 'no connection')
    if (this.tries <= this.#outage || batch.some(value => this.#poison.has(value))) error()
    const taken = batch.filter(value => !this.#unwanted.has(value))
    this.known = taken[0] ?? this.known
    this.got.push(...taken.filter(value => !this.got.includes(value)))
    return batch.flatMap((value, index) =>
      this.#unwanted.has(value) ? [{ index, answer: `${value} is unwanted` }] : [],
    )
  }
}

/** `a1`: the first record of client a. */
const items = (values: readonly string[]): Item<string>[] => values.map(value => ({ value, key: value[0]! }))

async function through(side: Side, values: readonly string[], signal = new AbortController().signal) {
  const refused = await deliver(items(values), side, 3, signal)
  return refused.map(({ item, answer }) => `${item.value}: ${answer}`)
}

describe('a record that the other side fails on', () => {
  test('is found, refused with the answer, and the others are delivered in the order of their clients', async () => {
    const values = Array.from({ length: 20 }, (_, i) => `${'abc'[i % 3]}${i}`)
    for (let seed = 1; seed <= 100; seed++) {
      const random = mulberry32(seed)
      const poison = values.filter(() => random() < 0.15)
      const side = new Side({ poison })
      assert.deepEqual(
        (await through(side, values)).sort(),
        poison.map(value => `${value}: HTTP 500`).sort(),
        `seed ${seed}`,
      )
      for (const client of 'abc') {
        const expected = values.filter(value => value[0] === client && !poison.includes(value))
        assert.deepEqual(
          side.got.filter(value => value[0] === client),
          expected,
          `seed ${seed}, client ${client}`,
        )
      }
    }
  })

  test('costs tries that grow with the logarithm of the batch', async () => {
    const side = new Side({ poison: ['a700'] })
    await through(
      side,
      Array.from({ length: 1000 }, (_, i) => `${'abcdefghij'[i % 10]}${i}`.replace(/^.700$/, 'a700')),
    )
    assert.ok(side.tries < 60, String(side.tries))
  })

  test('is found behind others of its kind', async () => {
    const side = new Side({ poison: ['a1', 'b1', 'a2', 'c1'] })
    assert.equal((await through(side, ['a1', 'b1', 'a2', 'c1', 'd1', 'a3'])).length, 4)
    assert.deepEqual(side.got, ['d1', 'a3'])
  })

  test('is tried again as long as no other was ever taken: it may be an outage', async () => {
    const side = new Side({ poison: ['a1'] })
    const stop = new AbortController()
    const write = side.write.bind(side)
    side.write = (batch, signal) => {
      if (side.tries === 50) stop.abort()
      return write(batch, signal)
    }
    await assert.rejects(through(side, ['a1', 'a2'], stop.signal), /stopped/)
    assert.deepEqual(side.got, [])
  })
})

describe('an outage', () => {
  const values = Array.from({ length: 100 }, (_, i) => `${'abcde'[i % 5]}${i}`)
  for (const answered of [true, false]) {
    test(`${answered ? 'with answers' : 'without'} of any length: all are delivered in order, none is refused`, async () => {
      for (const outage of [1, 2, 3, 5, 10, 50, 200]) {
        const side = new Side({ outage, answered })
        assert.deepEqual(await through(side, values), [], String(outage))
        for (const client of 'abcde')
          assert.deepEqual(
            side.got.filter(value => value[0] === client),
            values.filter(value => value[0] === client),
            String(outage),
          )
      }
    })
  }
})

test('what is refused by itself is given back with its answer, wherever it stood', async () => {
  const side = new Side({ unwanted: ['b1', 'c2'], poison: ['a3'] })
  assert.deepEqual((await through(side, ['a1', 'b1', 'c2', 'a3', 'b4'])).sort(), [
    'a3: HTTP 500',
    'b1: b1 is unwanted',
    'c2: c2 is unwanted',
  ])
})
