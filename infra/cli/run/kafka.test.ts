import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '#schemas/config/load.ts'
import { rootSchema } from '#schemas/config/root.ts'
import { kafkaPlan } from './kafka.ts'

function registryOf(keys: string) {
  const text = `log: { kind: kafka, brokers: ["k:1"], schemaRegistry: { url: "https://r", ${keys} } }`
  const { log } = loadConfig(text, 'f', rootSchema([]), { env: { SECRET: 'hunter2' }, readFile: () => 'PEM\n' })
  assert.ok(log.kind === 'kafka')
  return kafkaPlan(log).schemaRegistry
}

test('how a schema registry is logged in to', () => {
  assert.equal(registryOf('')?.authorization, null)
  assert.equal(registryOf('token: { env: SECRET }')?.authorization, 'Bearer hunter2')
  const basic = registryOf('username: me, password: { env: SECRET }, tls: { ca: { file: ca.pem } }')
  assert.equal(basic?.authorization, `Basic ${Buffer.from('me:hunter2').toString('base64')}`)
  assert.deepEqual(basic?.tls, { ca: 'PEM' })
})
