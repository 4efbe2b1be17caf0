import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { exchangeOf } from '../../testdata/exchange.ts'
import detector from './index.ts'
import { type Origin, refererOf } from './referer.ts'

function from(referer: string, host: string, target = '/'): ReturnType<typeof exchangeOf> {
  return { ...exchangeOf({ target, headers: [['Referer', referer]] }), host }
}

test('where the browser came from', () => {
  const table: readonly (readonly [referer: string, host: string, origin: Origin])[] = [
    ['https://shop.example/a', 'shop.example', 'same'],
    ['https://www.shop.example:8443/a', 'shop.example', 'same'],
    ['https://login.shop.example/', 'shop.example', 'same'],
    ['https://shop.example/', 'login.shop.example', 'same'],
    ['https://blog.shop.example/', 'app.shop.example', 'sibling'],
    ['https://blog.shop.co.uk/', 'app.shop.co.uk', 'sibling'],
    ['https://evil.co.uk/', 'shop.co.uk', 'foreign'],
    ['https://evil.github.io/', 'shop.github.io', 'foreign'],
    ['https://shop.example@evil.test/', 'shop.example', 'foreign'],
    ['https://192.0.2.1/', '198.51.2.1', 'foreign'],
    ['about:blank', 'shop.example', 'none'],
  ]
  for (const [referer, host, origin] of table)
    assert.equal(refererOf(from(referer, host)), origin, `${referer} ${host}`)
})

test('a sibling host counts where sessions begin', () => {
  const rules = (target: string) => {
    const found: string[] = []
    const { inspect }: DetectorSpec = detector
    inspect(
      { point: ['query', 'sessionid'], text: 'abc123' },
      'abc123',
      from('https://blog.shop.example/', 'app.shop.example', target),
      one => found.push(one.rule),
    )
    return found
  }
  assert.deepEqual(rules('/login?sessionid=abc123'), ['session_fixation.foreign-referer'])
  assert.deepEqual(rules('/cart?sessionid=abc123'), [])
})
