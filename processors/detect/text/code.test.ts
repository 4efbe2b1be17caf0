import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { codeTokens, joinStrings, programsIn } from './code.ts'

const texts = (code: string) => codeTokens(code, 0, code.length, 64).map(token => token.text)
const joined = (code: string) =>
  joinStrings(codeTokens(code, 0, code.length, 64)).map(({ kind, text }) => `${kind} ${text}`)

describe('tokens of code', () => {
  test('a value is read from its start and from behind its first quote of each kind, whatever was read before', () => {
    const read = (code: string) => programsIn(code).map(tokens => tokens.map(({ text }) => text).join(' '))
    for (let again = 0; again < 2; again++) {
      assert.deepEqual(read(`x');f("a`), ['x );f("a', ') ; f ( a', 'a'])
      assert.deepEqual(read('a b'), ['a b'])
    }
  })

  test('names, numbers, operators', () => {
    assert.deepEqual(texts('$a->b(1.5, x1) === y'), ['$a', '->', 'b', '(', '1.5', ',', 'x1', ')', '===', 'y'])
  })

  test('comments and blanks part tokens', () => {
    assert.deepEqual(texts('a/* b */ ( /**/ )'), ['a', '(', ')'])
    assert.deepEqual(texts('a /* never closed'), ['a'])
  })

  test('strings lose their quotes and escapes', () => {
    assert.deepEqual(texts(String.raw`"\x5f\u005f\137\n" '\''`), ['___n', "'"])
  })

  test('a string without its end is open', () => {
    assert.deepEqual(joined(`f('abc`), ['name f', 'punct (', 'open abc'])
  })

  test('no token begins beyond the bounds', () => {
    assert.equal(codeTokens('a b c d', 0, 7, 2).length, 2)
    assert.deepEqual(
      codeTokens('a bcd', 0, 3, 9).map(token => token.text),
      ['a', 'b'],
    )
  })

  test('constant strings are put together', () => {
    for (const code of [
      `'sys'.'tem'`,
      `"sys" + "tem"`,
      `'sys' ~ 'tem'`,
      `'sys' 'tem'`,
      `('sys').('tem')`,
      `(('sys').'te').'m'`,
    ]) {
      assert.deepEqual(joined(code), ['string system'], code)
    }
  })

  test('the argument of a call stays an argument', () => {
    assert.deepEqual(joined(`f('a')`), ['name f', 'punct (', 'string a', 'punct )'])
    assert.deepEqual(joined(`x['a']('b')`), [
      'name x',
      'punct [',
      'string a',
      'punct ]',
      'punct (',
      'string b',
      'punct )',
    ])
  })
})
