/** Every detector against its table of cases: `finds` are the rules to be found, all of them and no others. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { namesOf } from '../names.ts'
import { Sieve } from '../sieve.ts'
import { DETECTORS, exchangeOf, type RequestParts } from '../testdata/exchange.ts'

interface Case {
  readonly value: string
  /** Default: ["query","q"]. */
  readonly point?: readonly string[]
  /** The exchange that it stands in, where that matters: its target, headers, response. */
  readonly in?: RequestParts
  readonly finds: readonly string[]
  /** Upper case letters mean something else. */
  readonly cased?: true
}

for (const detector of DETECTORS) {
  const cases: readonly Case[] = JSON.parse(
    readFileSync(new URL(`./${detector.id}/cases.json`, import.meta.url), 'utf8'),
  )
  const sieve = new Sieve(
    [
      ...detector.literals.map(text => ({ text, word: false, owner: 0 })),
      ...detector.words.map(text => ({ text, word: true, owner: 0 })),
    ],
    {},
  )
  const named = namesOf([detector])
  const isNamed = (point: Case['point']) => point !== undefined && named(point) !== 0
  const inspect = (text: string, { point = ['query', 'q'], in: parts = {} }: Omit<Case, 'value' | 'finds'>) => {
    const rules: string[] = []
    detector.inspect({ point, text }, text.toLowerCase(), exchangeOf(parts), finding => {
      assert.ok(finding.rule.startsWith(`${finding.attack ?? detector.attack}.`), finding.rule)
      assert.ok(finding.why.endsWith('.') && finding.why.length > 20, finding.why)
      rules.push(finding.rule)
    })
    return rules
  }

  describe(detector.id, () => {
    test('finds what its table says', () => {
      for (const one of cases) assert.deepEqual(inspect(one.value, one), one.finds, JSON.stringify(one))
    })

    test('every positive case holds a needle (law 3)', () => {
      for (const { value, point, finds } of cases) {
        if (finds.length === 0 || isNamed(point)) continue
        sieve.scan(value)
        assert.equal(sieve.hits, 1, JSON.stringify(value))
      }
    })

    test('so does whatever is found in pieces of them (law 3)', () => {
      let found = 0
      for (let seed = 1; seed <= 3000; seed++) {
        const random = mulberry32(seed)
        const below = (n: number) => Math.floor(random() * n)
        const piece = () => {
          const { value } = cases[below(cases.length)]!
          const from = below(Math.min(8, value.length))
          return value.slice(from, from + 1 + below(value.length))
        }
        const text = random() < 0.5 ? piece() : piece() + piece()
        const place: Omit<Case, 'value' | 'finds'> = random() < 0.5 ? {} : cases[below(cases.length)]!
        if (inspect(text, place).length === 0) continue
        found++
        if (isNamed(place.point)) continue
        sieve.scan(text)
        assert.equal(sieve.hits, 1, `seed ${seed}: ${JSON.stringify(text)}`)
      }
      assert.ok(found > 40, `only ${found} found`)
    })

    test('names a rule once per value (law 2), and ignores the case of letters', () => {
      for (const { value, finds, cased, ...place } of cases) {
        if (cased) continue
        const rules = inspect(value.toUpperCase(), place)
        assert.equal(new Set(rules).size, rules.length, value)
        if (finds.length > 0) assert.ok(rules.length > 0, value.toUpperCase())
      }
    })

    test('the table has at least 60 cases of each kind', () => {
      assert.ok(cases.filter(one => one.finds.length > 0).length >= 60)
      assert.ok(cases.filter(one => one.finds.length === 0).length >= 60)
    })
  })
}
