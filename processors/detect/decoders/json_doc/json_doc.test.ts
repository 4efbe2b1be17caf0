import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fits, take } from '../../testdata/decode.ts'
import json from './index.ts'

const values = (text: string) =>
  take(json, text).values.map(([point, value]) => [point.replace('json_doc', '').trim(), value])

test('a worked document', () => {
  assert.deepEqual(values('{"p1":"value","p2":["v1","v2"],"p3":{"somekey":"somevalue"}}'), [
    ['hash p1', 'value'],
    ['hash p2 array 0', 'v1'],
    ['hash p2 array 1', 'v2'],
    ['hash p3 hash somekey', 'somevalue'],
  ])
})

describe('as lenient servers read it', () => {
  const cases: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    [
      '{"a":"first","a":"second"}',
      [
        ['hash a', 'first'],
        ['hash a', 'second'],
      ],
    ],
    ['{"a":"xx",}', [['hash a', 'xx']]],
    [
      '["xx",,"yy",]',
      [
        ['array 0', 'xx'],
        ['array 2', 'yy'],
      ],
    ],
    ["{'a':'it\\'s'}", [['hash a', "it's"]]],
    ['{a:"xx"}', [['hash a', 'xx']]],
    [
      '{"a":/*c1*/"xx"//c2\n}',
      [
        ['hash a _comment', '/*c1*/'],
        ['hash a', 'xx'],
        ['hash a _comment', '//c2\n'],
      ],
    ],
    ['\ufeff{"a":"xx"}', [['hash a', 'xx']]],
    [
      '{"a":"xx"}\n{"a":"yy"}\n',
      [
        ['hash a', 'xx'],
        ['hash a', 'yy'],
      ],
    ],
    ['{"a":"\\u0027\\x27\\47\\/\\q"}', [['hash a', "''47/q"]]],
    ['{"a":"\\ud83d\\ude00\\ud83d"}', [['hash a', '😀\ud83d']]],
    ['{"a":"line\nbreak\tand\0nul"}', [['hash a', 'line\nbreak\tand\0nul']]],
    ['{"a":123456789012345678901234567890}', [['hash a', '123456789012345678901234567890']]],
    [
      '{"a":1e400,"b":NaN,"c":-Infinity,"d":0x1F}',
      [
        ['hash a', '1e400'],
        ['hash b', 'NaN'],
        ['hash c', '-Infinity'],
        ['hash d', '0x1F'],
      ],
    ],
    [
      '{"jsonrpc":"2.0","method":"m","params":["xx"],"id":1}',
      [
        ['hash jsonrpc', '2.0'],
        ['hash method', 'm'],
        ['hash params array 0', 'xx'],
        ['hash id', '1'],
      ],
    ],
    ['"top level"', [['', 'top level']]],
    [
      '{"a b":"xx"}',
      [
        ['hash _name', 'a b'],
        ['hash a b', 'xx'],
      ],
    ],
    ['{"a":[[["xx"]]]}', [['hash a array 0 array 0 array 0', 'xx']]],
  ]
  for (const [text, found] of cases) test(JSON.stringify(text), () => assert.deepEqual(values(text), found))
})

test('what is broken is looked at in one piece as well', () => {
  for (const text of ['{"a":"xx', '{"a":"xx"}]', '{"a":"xx"', '{"a":"xx"} or 1=1', '[1,2']) {
    assert.equal(take(json, text).outcome, 'part', text)
  }
})

test('names and nesting are bounded', () => {
  const limits = { nesting: 10, values: 100 }
  assert.equal(take(json, `{${'"a":{},'.repeat(101)}}`, { limits }).outcome, 'too-many')
  assert.equal(take(json, '['.repeat(11), { limits }).outcome, 'too-deep')
  assert.equal(take(json, `[${'1,'.repeat(5000)}1]`, { limits }).outcome, 'whole')
})

test('what it takes', () => {
  for (const type of ['text/plain', 'application/x-unknown', 'application/json'])
    assert.ok(fits(json, ' {"a":1}', { type }))
  assert.ok(fits(json, '"x"', { type: 'application/json' }))
  assert.ok(!fits(json, '"x"', { type: 'text/plain' }))
  assert.ok(fits(json, '{"a":1}', { point: ['post', 'form_urlencoded', 'data'] }))
  assert.ok(!fits(json, '{smile', { point: ['query', 'a'] }))
})
