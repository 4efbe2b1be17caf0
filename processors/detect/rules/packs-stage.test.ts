/** The positive tests of the packs that come with Tapwire, as requests through the whole stage: sieve, points and decoders too. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange, Header } from '#schemas/records/exchange.ts'
import { drive } from '#test/driver/stage.ts'
import { config } from '../config.ts'
import { DECODERS, exchangeOf } from '../testdata/exchange.ts'
import { checkPack, compilePack, type Rule } from './pack.ts'
import type { TestSource } from './schema.ts'
import { Ruled } from './stage.ts'

const FOLDER = new URL('packs/', import.meta.url)

/** A request with the value at its point. */
function requestOf({ example }: Rule, test: TestSource): Exchange {
  const given = typeof test === 'string' ? { value: test } : test
  const point = given.point ?? example.point
  const value = given.value ?? given.path ?? example.path
  const method = given.method ?? example.method
  const headers = Object.entries(given.headers ?? {})
  const path = given.path ?? example.path
  const [part = '', ...rest] = point
  const at = (target: string, more: readonly Header[] = [], body = ''): Exchange => ({
    ...exchangeOf({ method, target, headers: [...headers, ...more], ...(body === '' ? {} : { body }) }),
    host: given.host ?? example.host,
    application: example.application,
  })
  if (part === 'uri' || part === 'path') return at(value)
  if (part === 'header' && rest[1] === 'cookie') return at(path, [['Cookie', `${rest[2]}=${value}`]])
  if (part === 'header') return at(path, [[rest[0] ?? '', value]])
  if (part === 'query') return at(`${path}?${rest[0] ?? 'q'}=${encodeURIComponent(value)}`)
  const names = (part === 'post' ? rest : point).filter(name => !['form_urlencoded', 'hash', 'json_doc'].includes(name))
  const document = names.toReversed().reduce<unknown>((inner, name) => ({ [name]: inner }), value)
  return at(path, [['Content-Type', 'application/json']], JSON.stringify(names.length === 0 ? { a: value } : document))
}

for (const name of readdirSync(FOLDER).filter(file => file.endsWith('.yaml'))) {
  const checked = checkPack({ name, text: readFileSync(new URL(name, FOLDER), 'utf8') })
  const rules = { sources: [checked], enable: ['*'] }
  describe(`pack ${name} through the stage`, () => {
    const stage = drive(() => new Ruled(config.parse({ rules }), DECODERS, []), { outputs: ['detections'] })
    for (const rule of compilePack(checked).rules) {
      test(rule.id, () => {
        for (const one of rule.tests.positive) {
          const exchange = requestOf(rule, one)
          stage.feed(exchange, exchange.time)
          const found = stage.take<Detection>('detections').map(detection => detection.rule)
          assert.ok(found.includes(rule.id), `${JSON.stringify(one)}: found ${found.join() || 'nothing'}`)
        }
      })
    }
  })
}
