import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '#schemas/contracts/detector.ts'
import { exchange } from '#test/driver/records.ts'
import cases from './cases.json' with { type: 'json' }
import detector from './index.ts'

function inspect(text: string): readonly Finding[] {
  const found: Finding[] = []
  detector.inspect({ point: ['query', 'id'], text }, text.toLowerCase(), exchange(), finding => found.push(finding))
  return found
}

for (const { text, finds } of cases) {
  test(`${JSON.stringify(text)} finds ${finds.join(', ') || 'nothing'}`, () => {
    const rules = inspect(text).map(finding => finding.rule)
    assert.deepEqual(rules, finds)
  })
}

test('every value with a finding holds a needle, or the stage would never show it to this detector', () => {
  for (const { text } of cases.filter(({ finds }) => finds.length > 0)) {
    const lower = text.toLowerCase()
    assert.ok(
      detector.literals.some(literal => lower.includes(literal)),
      text,
    )
  }
})

test('the evidence is the token alone', () => {
  assert.equal(inspect('user=Canary-12345678&page=2')[0]?.evidence, 'canary-12345678')
})
