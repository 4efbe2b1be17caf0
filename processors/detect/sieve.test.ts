import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Header } from '#schemas/records/exchange.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { type Needle, Sieve } from './sieve.ts'
import { Bench, exchangeOf } from './testdata/exchange.ts'

const QUIET = {}

/** The obvious twin: every needle at every place. */
function slowHits(needles: readonly Needle[], text: string): number {
  const folded = text.toLowerCase().replace(/[\t\n\v\f\r+]/g, ' ')
  const isWord = (at: number) => /\w/.test(folded.charAt(at))
  let hits = 0
  for (const { text: needle, word, owner } of needles) {
    for (let at = folded.indexOf(needle); at >= 0; at = folded.indexOf(needle, at + 1)) {
      if (!word || (!isWord(at - 1) && !isWord(at + needle.length))) hits |= 1 << owner
    }
  }
  return hits
}

test('finds needles in either case, words only between non-words, a space as any blank', () => {
  const needles = [
    { text: 'union', word: true, owner: 0 },
    { text: '../', word: false, owner: 1 },
    { text: 'order by', word: true, owner: 2 },
  ]
  const sieve = new Sieve(needles, QUIET)
  const hits = (text: string) => {
    sieve.scan(text)
    return sieve.hits
  }
  assert.equal(hits('1 UNION select'), 1)
  assert.equal(hits('reunion unions union_x'), 0)
  assert.equal(hits('a/../b'), 2)
  assert.equal(hits('order\tby'), 4)
  assert.equal(hits('ORDER+BY'), 4)
  assert.equal(hits('ünionünion'), 0)
  assert.equal(hits('éunioné ../'), 3)
  assert.equal(hits(''), 0)
})

test('agrees with the obvious twin on random needles and texts', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = mulberry32(seed)
    const pick = (alphabet: string, length: number) =>
      Array.from({ length }, () => alphabet.charAt(Math.floor(random() * alphabet.length))).join('')
    const needles = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, owner) => ({
      text: pick('ab_ ./', 2 + Math.floor(random() * 4)),
      word: random() < 0.5,
      owner,
    }))
    const text = pick('abAB_ ./\t+é', Math.floor(random() * 60))
    const sieve = new Sieve(needles, QUIET)
    sieve.scan(text)
    assert.equal(sieve.hits, slowHits(needles, text), `seed ${seed}: ${JSON.stringify({ needles, text })}`)
  }
})

test('wakes for characters and for base64 of text, also behind slashes', () => {
  const sieve = new Sieve([], { chars: '%\\', token: 'base64' })
  const wakes = (text: string) => {
    sieve.scan(text)
    return sieve.wake
  }
  const token = Buffer.from("' or 1=1--").toString('base64')
  const question = Buffer.from('ab?cd?ef?gh?').toString('base64')
  assert.ok(wakes('100%'))
  assert.ok(wakes('a\\u0041'))
  assert.ok(wakes(token))
  assert.ok(wakes(`/api/v2/${token}`))
  assert.ok(wakes(`{"a":"${token}"}`))
  assert.ok(question.includes('/') && wakes(question), question)
  assert.ok(!wakes('/api/v2/permissions/3323f0bc0784eee860fbe975/coupons'))
  assert.ok(!wakes('text/html,application/xhtml+xml,application/xml;q=0.9'))
  assert.ok(!wakes(`data:${Buffer.from([0x89, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13]).toString('base64')}`))
})

test('refuses needles that the sieve cannot keep its promise for', () => {
  for (const text of ['a', 'a,b', 'A1', '€!', 'a+b']) {
    assert.throws(() => new Sieve([{ text, word: false, owner: 0 }], QUIET), /needle/, text)
  }
  assert.throws(() => new Sieve([{ text: 'ab', word: false, owner: 31 }], QUIET), /31/)
})

test('a target whose escapes hide nothing is scanned as it is and unescaped, and not taken apart', () => {
  const bench = new Bench()
  const target = '/api/v1/items/2?page=2&sort=price&filter=name%3Aalpha'
  const steps = () => bench.stage.steps
  const before = steps()
  assert.deepEqual(bench.inspect(exchangeOf({ target })), [])
  assert.equal(steps() - before, target.length + decodeURIComponent(target).length)
})

test('a header field that came before is not scanned again, unless it is no longer the only one of its name', () => {
  const bench = new Bench()
  const field: Header = ['Authorization', `Bearer ${Buffer.from('{"alg":"HS256"}').toString('base64url')}.e30.c2ln`]
  const cost = (headers: readonly Header[]) => {
    const before = bench.stage.steps
    bench.inspect(exchangeOf({ headers }))
    return bench.stage.steps - before
  }
  const target = '/'.length
  const first = cost([field])
  assert.ok(first > target + field[1].length, `${first} steps`)
  assert.equal(cost([[...field]]), target)
  assert.ok(cost([field, field]) > first)
})
