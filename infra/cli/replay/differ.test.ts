import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Detection } from '#schemas/records/detection.ts'
import { detection } from '#test/driver/records.ts'
import { Differ, type Difference } from './differ.ts'
import { DifferenceReport, differenceLine } from './report.ts'

function compared(was: readonly Detection[], now: readonly Detection[], limit?: number) {
  const differences: Difference[] = []
  const differ = new Differ(difference => differences.push(difference), limit)
  for (const one of was) differ.was(one)
  for (const one of now) differ.now(one)
  differ.between()
  differ.end()
  return { differences, same: differ.same }
}

const at = (id: string, changes: Partial<Detection> = {}): Detection => detection({ id, ...changes })

test('the same detections on both sides, in any order, are no difference', () => {
  const { differences, same } = compared([at('a'), at('b')], [at('b'), at('a')])
  assert.deepEqual([differences, same], [[], 2])
})

test('found, lost, changed: by id, and else by exchange, point and attack', () => {
  const { differences, same } = compared(
    [at('a'), at('b', { exchange: 'x-1', point: ['uri'] }), at('c', { exchange: 'x-2', rule: 'sqli.old' }), at('d')],
    [
      at('a'),
      at('e', { exchange: 'x-3' }),
      at('f', { exchange: 'x-2', rule: 'sqli.new' }),
      at('d', { severity: 'low' }),
      at('g', { exchange: 'x-1', point: ['method'] }),
    ],
  )
  assert.equal(same, 1)
  const said = differences.map(({ change, was, now }) => `${change} ${was?.id ?? '-'} ${now?.id ?? '-'}`)
  assert.deepEqual(said, ['changed d d', 'lost b -', 'changed c f', 'found - e', 'found - g'])
})

test('beyond the limit it decides what it has', () => {
  const { differences } = compared([at('a', { exchange: '1' }), at('b', { exchange: '2' })], [], 1)
  assert.deepEqual(
    differences.map(({ change }) => change),
    ['lost', 'lost'],
  )
})

test('the report groups by attack and rule with examples, and shows no control characters', () => {
  const report = new DifferenceReport()
  for (let i = 0; i < 5; i++) {
    const now = at(`${i}`.repeat(24), { rule: 'xss.tag', attack: 'xss', severity: 'high', evidence: 'a\x1b[2J' })
    report.add({ change: 'found', now, was: null })
  }
  report.add({
    change: 'changed',
    was: at('b', { rule: 'sqli.a', severity: 'low' }),
    now: at('c', { rule: 'sqli.b', severity: 'high' }),
  })
  const text = report.render({ before: 'old.yaml', after: 'new.yaml', exchanges: 1200, same: 7 })
  assert.match(
    text,
    /^Compared 1,200 exchanges\n\nFound by new\.yaml and not by old\.yaml: 5\n +5 {2}xss +xss\.tag \(high\)\n/,
  )
  assert.equal(text.match(/a\\x1b\[2J/g)?.length, 3, 'three examples')
  assert.match(text, /Found by old\.yaml and no longer by new\.yaml: 0\n/)
  assert.match(text, /sqli\.a \(low\) → sqli\.b \(high\)/)
  assert.match(text, /Found by both alike: 7\n$/)
  assert.ok(!text.includes('\x1b'))
})

test('a difference as a line', () => {
  const line = JSON.parse(differenceLine({ change: 'lost', now: null, was: at('a') }))
  assert.deepEqual(
    [line.type, line.change, line.now, line.was.type, line.was.id],
    ['difference', 'lost', null, 'detection', 'a'],
  )
})
