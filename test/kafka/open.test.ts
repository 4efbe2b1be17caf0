import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { Unavailable } from './contract.ts'
import { openBrokers, openCluster } from './open.ts'
import { askForBrokers, shareBrokers } from './share.ts'

const VARIABLES = ['KAFKA_BROKERS', 'TAPWIRE_KAFKA_WAY', 'TAPWIRE_TEST_BROKERS'] as const
beforeEach(t => {
  const before = VARIABLES.map(name => [name, process.env[name]] as const)
  for (const name of VARIABLES) delete process.env[name]
  if ('after' in t) {
    t.after(() => {
      for (const [name, value] of before) value === undefined ? delete process.env[name] : (process.env[name] = value)
    })
  }
})

const given = { way: 'env', bootstrap: ['a:1', 'b:2'], version: 'unknown', access: null }

test('brokers that are given come first', async () => {
  process.env['KAFKA_BROKERS'] = 'a:1,b:2'
  assert.deepEqual(await openBrokers(), given)
})

test('a way that is forced is the only one, and says what is missing', async () => {
  process.env['TAPWIRE_KAFKA_WAY'] = 'env'
  await assert.rejects(openBrokers(), new Unavailable('no Kafka brokers: env: KAFKA_BROKERS is not set'))
  process.env['KAFKA_BROKERS'] = 'a:1'
  await assert.rejects(openBrokers({ secure: true }), /no Kafka brokers: env: .* taken as they are/)
  await assert.rejects(openCluster(), /no Kafka brokers: env: .* cannot be stopped/)
  process.env['TAPWIRE_KAFKA_WAY'] = 'cloud'
  await assert.rejects(openBrokers(), /TAPWIRE_KAFKA_WAY=cloud: there are env, docker, jvm/)
})

test('the runner gives out its brokers, or the reason why it has none', async () => {
  process.env['TAPWIRE_KAFKA_WAY'] = 'env'
  process.env['KAFKA_BROKERS'] = 'a:1,b:2'
  assert.equal(askForBrokers({}), null)
  await using _ = shareBrokers()
  assert.deepEqual(await askForBrokers({}), given)
  await assert.rejects(askForBrokers({ secure: true })!, Unavailable)
})
