import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Retryable } from '#schemas/contracts/errors.ts'
import type { Answer } from './client.ts'
import { outcomeOf } from './outcome.ts'
import { retryAfterMs } from './retry-after.ts'
import { plainText } from './text.ts'

const NOW = Date.UTC(2026, 10, 22, 12)

function answer(status: number, body = '', headers: Answer['headers'] = {}): Answer {
  return { status, headers, body: Buffer.from(body), cut: false }
}

/** What it says in one line. */
function said(given: Answer): string {
  try {
    const { refused } = outcomeOf(given, 'https://other.example', NOW)
    return refused === null ? 'delivered' : `refused ${refused}`
  } catch (error) {
    if (!(error instanceof Retryable)) throw error
    const { reason, answered, retryAfter } = error
    return [reason, answered ? 'answered' : '', retryAfter ?? ''].filter(word => word !== '').join(' ')
  }
}

describe('what an answer says', () => {
  const cases: readonly (readonly [status: number, headers: Answer['headers'], says: string])[] = [
    [200, {}, 'delivered'],
    [204, {}, 'delivered'],
    [299, {}, 'delivered'],
    [301, { location: 'https://elsewhere.example/' }, 'unexpected-answer answered'],
    [400, {}, 'refused HTTP 400: no'],
    [401, {}, 'unauthorized'],
    [403, {}, 'forbidden answered'],
    [404, {}, 'unexpected-answer answered'],
    [405, {}, 'unexpected-answer answered'],
    [407, {}, 'unauthorized'],
    [408, {}, 'timeout'],
    [409, {}, 'unexpected-answer answered'],
    [413, {}, 'refused HTTP 413: no'],
    [415, {}, 'refused HTTP 415: no'],
    [422, {}, 'refused HTTP 422: no'],
    [425, {}, 'timeout'],
    [429, {}, 'throttled'],
    [429, { 'retry-after': '7' }, 'throttled 7000'],
    [429, { 'retry-after': 'soon' }, 'throttled'],
    [500, { 'retry-after': '7' }, 'server-error answered'],
    [502, {}, 'server-error answered'],
    [503, { 'retry-after': 'Sun, 22 Nov 2026 12:00:05 GMT' }, 'throttled 5000'],
    [504, {}, 'server-error answered'],
    [507, {}, 'server-error answered'],
    [999, {}, 'server-error answered'],
  ]
  for (const [status, headers, says] of cases) {
    test(`${status} ${JSON.stringify(headers)}: ${says}`, () => {
      assert.equal(said(answer(status, 'no', headers)), says)
    })
  }

  test('messages say what to do, who it was, and where it points to', () => {
    const message = (given: Answer): string => {
      try {
        outcomeOf(given, 'https://other.example', NOW)
      } catch (error) {
        return (error as Error).message
      }
      return ''
    }
    assert.equal(
      message(answer(401, 'bad\u001b[2J token')),
      'https://other.example answers HTTP 401: bad [2J token: check the token or password that is configured for it',
    )
    assert.match(message(answer(302, '', { location: '/login\r\n' })), /check the address \(it points to \/login\)$/)
  })
})

describe('Retry-After', () => {
  const cases: readonly (readonly [text: string | undefined, ms: number | null])[] = [
    [undefined, null],
    ['', null],
    ['0', 0],
    [' 120 ', 120_000],
    ['99999999999', 3_600_000],
    ['9999999999999999', null],
    ['-1', null],
    ['1.5', null],
    ['1e3', null],
    ['2027', 2_027_000],
    ['Sun, 22 Nov 2026 12:01:00 GMT', 60_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['Sun, 22 Nov 2030 12:00:00 GMT', 3_600_000],
    ['Sunday, 22-Nov-26 12:01:00 GMT', 60_000],
    ['Sun Nov 22 12:01:00 2026', 60_000],
    ['Sun, 99 Nov 2026 12:01:00 GMT', null],
    ['tomorrow', null],
    ['2026-11-22', null],
  ]
  for (const [text, ms] of cases) {
    test(`${JSON.stringify(text)}: ${ms}`, () => assert.equal(retryAfterMs(text, NOW), ms))
  }
})

describe('text of others', () => {
  const cases: readonly (readonly [text: string, plain: string])[] = [
    ['plain', 'plain'],
    ['  two\r\n\tlines  ', 'two lines'],
    ['\u001b[31mred\u0007', '[31mred'],
    ['a\u202eb\u200bc\u2028d', 'a b c d'],
    ['\ud800x', '\ufffdx'],
    ['😀'.repeat(301), `${'😀'.repeat(299)}…`],
    ['x'.repeat(300), 'x'.repeat(300)],
    [`${'\0'.repeat(5000)}x`, ''],
  ]
  for (const [text, plain] of cases) {
    test(JSON.stringify(text.slice(0, 20)), () => assert.equal(plainText(text), plain))
  }
})
