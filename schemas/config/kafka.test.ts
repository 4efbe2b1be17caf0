import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadConfig } from './load.ts'
import { rootSchema } from './root.ts'

const SCHEMA = rootSchema([])
const load = (keys: string) =>
  loadConfig(`log: { kind: kafka, brokers: ["kafka-1:9092"], ${keys} }`, 'f', SCHEMA, {
    env: { SECRET: 'hunter2' },
    readFile: () => '',
  })

describe('a schema registry', () => {
  test('needs an address and nothing else', () => {
    const { log } = load('schemaRegistry: { url: "https://registry.example:8081/apis/ccompat/v7" }')
    assert.deepEqual(log.kind === 'kafka' && log.schemaRegistry, {
      url: 'https://registry.example:8081/apis/ccompat/v7',
      subjects: 'topic',
      register: true,
      timeoutMs: 5000,
    })
  })

  const wrong: readonly (readonly [keys: string, said: RegExp])[] = [
    ['url: "ftp://registry.example"', /expected an address like/],
    ['url: registry.example', /expected an address like/],
    ['url: "https://me:hunter2@registry.example"', /without user, query and fragment/],
    ['url: "https://registry.example/?a=1"', /without user, query and fragment/],
    ['url: "https://r", username: me', /username and password belong together/],
    ['url: "https://r", username: me, password: hunter2', /a secret is \{ env: NAME \}/],
    ['url: "https://r", username: me, password: { env: SECRET }, token: { env: SECRET }', /not both/],
    ['url: "https://r", subjects: mine', /expected one of topic, record, topic-record/],
  ]
  for (const [keys, said] of wrong) test(keys, () => assert.throws(() => load(`schemaRegistry: { ${keys} }`), said))
})
