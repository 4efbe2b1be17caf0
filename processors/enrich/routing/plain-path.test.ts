import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainPath } from './plain-path.ts'

for (const [sent, plain] of [
  ['/', '/'],
  ['/a/b', '/a/b'],
  ['/a/b/', '/a/b/'],
  ['/a//b', '/a/b'],
  ['//', '/'],
  ['/a/./b', '/a/b'],
  ['/a/../b', '/b'],
  ['/a/b/..', '/a/'],
  ['/a/b/.', '/a/b/'],
  ['/..', '/'],
  ['/../../etc', '/etc'],
  ['/.well-known/x', '/.well-known/x'],
  ['/a/...', '/a/...'],
  ['/%61dmin', '/admin'],
  ['/a/%2e%2E/b', '/b'],
  ['/a%2Fb', '/a/b'],
  ['/a/%2F/b', '/a/b'],
  ['/%252e%252e/a', '/%2e%2e/a'],
  ['/100%', '/100%'],
  ['/%zz/%4', '/%zz/%4'],
  ['/a%3Fb%23c', '/a?b#c'],
  ['/caf%C3%A9', '/café'],
  ['/caf%E9', '/café'],
  ['/café/x', '/café/x'],
  ['*', '*'],
  ['', ''],
  ['shop.example:443', 'shop.example:443'],
] as const) {
  test(`${JSON.stringify(sent)} is ${JSON.stringify(plain)}`, () => assert.equal(plainPath(sent), plain))
}

test('a path without anything to resolve is given back as it is, however long', () => {
  const path = `/${'a/'.repeat(50_000)}`
  assert.equal(plainPath(path), path)
})
