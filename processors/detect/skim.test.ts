import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { Skim } from './skim.ts'

const may = (needles: readonly string[], text: string) => new Skim(needles).may(Buffer.from(text, 'latin1'))

test('finds a needle anywhere, in either case, with any blank', () => {
  for (const text of ['syntax error', 'a SYNTAX\nERROR', 'syntax+error.', `${'x'.repeat(1000)}Syntax error`]) {
    assert.equal(may(['syntax error', 'ora-0'], text), true, text)
  }
  assert.equal(may(['ora-0', '<?php'], 'ORA-01756'), true)
})

test('most text holds none', () => {
  for (const text of ['', 'ora', 'or-a', '{"id":1,"name":"Blue cotton shirt"}', '\xff\xfe\x00']) {
    assert.equal(may(['ora-0', '<?php', 'traceback (most recent'], text), false, text)
  }
})

test('with a needle shorter than a window nothing is ruled out', () => {
  assert.equal(may(['abc', 'ora-0'], ''), true)
})

test('never misses what a plain search finds', () => {
  const alphabet = 'aB"<-_ \n+'
  for (let seed = 1; seed <= 2000; seed++) {
    const random = mulberry32(seed)
    const text = (length: number) =>
      Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
    const folded = (value: string) => value.toLowerCase().replaceAll(/[\n+]/g, ' ')
    const needles = Array.from({ length: 3 }, () => folded(text(4 + Math.floor(random() * 3))))
    const body = text(Math.floor(random() * 60))
    const expected = needles.some(needle => folded(body).includes(needle))
    if (expected) assert.equal(may(needles, body), true, `seed ${seed}`)
  }
})
