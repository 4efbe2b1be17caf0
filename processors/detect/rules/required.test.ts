import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { compileExpression, expressionProblem } from './expression.ts'
import { requiredBy } from './required.ts'

describe('what an expression requires', () => {
  for (const [expression, required] of [
    ['union\\s+select', ['union ']],
    ['(?i)SELECT', ['select']],
    ['a+bcd', ['bcd']],
    ['ab?cde', ['cde']],
    ['ab{2}c', null],
    ['abc{2}d', ['abc']],
    ['foo|barbaz', ['foo', 'barbaz']],
    ['foo|b.r', null],
    ['(?:get|post)Runtime', ['runtime']],
    ['x(?:alpha|beta)y', ['alpha', 'beta']],
    ['(?:alpha)?beta', ['beta']],
    ['[a-z]+', null],
    ['[]a]bcd', ['bcd']],
    ['[[:alpha:]]bcd', ['bcd']],
    ['\\d+\\.\\d+', null],
    ['\\$\\{jndi:', ['${jndi:']],
    ['\\bword\\b', ['word']],
    ['a,bcd,e', ['bcd']],
    ['ä(?:öü)xyz', ['xyz']],
    ['\\x41bcd', null],
    ['\\Qa.b\\E', null],
    ['(?P<name>abc)d', ['abc']],
    ['(?i:abc)', ['abc']],
    ['abc|', null],
    ['', null],
  ] as const) {
    test(JSON.stringify(expression), () => assert.deepEqual(requiredBy(expression), required))
  }
})

/** An expression together with a text that it matches. */
interface Grown {
  readonly expression: string
  readonly text: string
}

function grow(random: () => number, depth: number): Grown {
  const pick = (n: number): number => Math.floor(random() * n)
  const letters = Array.from({ length: 1 + pick(5) }, () => 'abcAB'[pick(5)]!).join('')
  if (depth === 0) return { expression: letters, text: letters }
  const inner = (): Grown => grow(random, depth - 1)
  switch (pick(6)) {
    case 0: {
      const parts = Array.from({ length: 1 + pick(3) }, inner)
      return { expression: parts.map(part => part.expression).join(''), text: parts.map(part => part.text).join('') }
    }
    case 1: {
      const parts = Array.from({ length: 2 + pick(2) }, inner)
      return {
        expression: `(?:${parts.map(part => part.expression).join('|')})`,
        text: parts[pick(parts.length)]!.text,
      }
    }
    case 2: {
      const { expression, text } = inner()
      const times = pick(3)
      const quantifier = ['*', '{0,2}', times > 0 ? '+' : '*?', times === 1 ? '?' : '{0,}'][pick(4)]!
      return { expression: `(${expression})${quantifier}`, text: text.repeat(times) }
    }
    case 3:
      return { expression: `${letters}${'bc'[pick(2)]}?`, text: letters }
    case 4:
      return { expression: `[abc]\\.${letters}`, text: `${'abc'[pick(3)]}.${letters}` }
    default:
      return { expression: letters, text: letters }
  }
}

test('is in every text that it matches', () => {
  let required = 0
  for (let seed = 1; seed <= 2000; seed++) {
    const { expression, text } = grow(mulberry32(seed), 3)
    const message = `seed ${seed}: ${expression} on ${text}`
    assert.equal(expressionProblem(expression), null, message)
    assert.ok(compileExpression(`^(?:${expression})$`).test(text), message)
    const needles = requiredBy(expression)
    if (needles === null) continue
    required++
    assert.ok(
      needles.some(needle => text.toLowerCase().includes(needle)),
      `${message}: ${needles.join()}`,
    )
  }
  assert.ok(required > 300, `only ${required} required anything`)
})

test('expressions that cannot be linear, or are too large, are refused', () => {
  for (const expression of ['(?=a)b', '(?<!a)b', '(a)\\1', '(a', '((a{1000}){1000}){10}', 'a'.repeat(3000)]) {
    assert.notEqual(expressionProblem(expression), null, expression.slice(0, 40))
  }
})
