import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Finding } from '#schemas/contracts/detector.ts'
import { exchangeOf } from '../../testdata/exchange.ts'
import cases from './cases.json' with { type: 'json' }
import shell from './index.ts'

const exchange = exchangeOf({})

function findings(text: string, point: readonly string[] = ['query', 'q']): readonly Finding[] {
  const found: Finding[] = []
  shell.inspect({ point, text }, text.toLowerCase(), exchange, finding => found.push(finding))
  return found
}

describe('findings of shells', () => {
  test('say where, what was recognised, and what would be harmless', () => {
    for (const { value, point } of cases) {
      for (const { evidence, at, shows, unless } of findings(value, point)) {
        assert.ok(at === undefined || value.startsWith(evidence, at), value)
        assert.ok(shows !== undefined && shows.length <= 256 && unless !== undefined, value)
      }
    }
  })

  test('have no place where the value was decoded to be read', () => {
    const [finding] = findings('127.0.0.1%0acat%20x;cat /etc/passwd')
    assert.equal(finding!.rule, 'rce.command')
    assert.equal(finding!.at, undefined)
    assert.equal(findings('/bin/cat+/etc/passwd', ['header', 'REFERER'])[0]!.at, undefined)
  })

  test('ends an argument at a NUL, and leaves pictures alone', () => {
    assert.equal(findings(';id\0').length, 1)
    assert.equal(findings('x\0;cat /etc/passwd').length, 0)
    assert.equal(findings(`\x89PNG\x1a\x01\x02\x03\x04\x05;cat /etc/passwd;`).length, 0)
  })
})
