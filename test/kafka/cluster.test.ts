import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka, logLevel, type SASLOptions } from 'kafkajs'
import { mendRequestQueue } from '#infra/bus/kafka/kafkajs.ts'
import { freshPrefix, ownCluster } from './brokers.ts'
import type { Access } from './contract.ts'

mendRequestQueue() // or it sets timers with negative delays, which Node warns of

const QUIET = { logLevel: logLevel.NOTHING, retry: { retries: 20 } }

test('a broker of three that is killed comes back with its data', async t => {
  const cluster = await ownCluster(t, { brokers: 3, version: '3.9' })
  if (cluster === null) return
  const topic = `${freshPrefix()}kept`
  const first = cluster.bootstrap[0]!
  const kafka = new Kafka({ brokers: [...cluster.bootstrap], ...QUIET })
  const admin = kafka.admin()
  await admin.connect()
  t.after(() => admin.disconnect())
  const { brokers } = await admin.describeCluster()
  assert.equal(brokers.length, 3)
  const only = brokers.find(({ host, port }) => `${host}:${port}` === first)!.nodeId
  // One copy, on the broker that dies: no other could give it back.
  const replicaAssignment = [{ partition: 0, replicas: [only] }]
  await admin.createTopics({ topics: [{ topic, replicaAssignment }], waitForLeaders: false })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic, messages: [{ value: 'one' }, { value: 'two' }] })
  await producer.disconnect()

  await cluster.stop(0, 'SIGKILL')
  const alone = new Kafka({ brokers: [first], logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin()
  await assert.rejects(alone.connect())
  await cluster.start(0)

  assert.equal(await highOffset(cluster.bootstrap, topic), '2')
})

/** Asks until the partition has its leader back: a broker serves clients a moment before the others tell so. */
async function highOffset(bootstrap: readonly string[], topic: string): Promise<string | undefined> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const admin = new Kafka({ brokers: [...bootstrap], ...QUIET }).admin() // a new one: kafkajs keeps the old leader
    try {
      await admin.connect()
      return (await admin.fetchTopicOffsets(topic))[0]?.high
    } catch (error) {
      if (performance.now() > deadline) throw error
    } finally {
      await admin.disconnect()
    }
  }
}

test('a secure cluster lets in who knows the password, by each mechanism, and nobody else', async t => {
  const cluster = await ownCluster(t, { secure: true })
  if (cluster === null) return
  const topics = async (tls: boolean, sasl: SASLOptions | null): Promise<readonly string[]> => {
    const admin = new Kafka({
      brokers: [...cluster.bootstrap],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
      connectionTimeout: 5000,
      ...(tls ? { ssl: { ca: cluster.access!.ca } } : {}),
      ...(sasl ? { sasl } : {}),
    }).admin()
    try {
      await admin.connect()
      return await admin.listTopics()
    } finally {
      await admin.disconnect()
    }
  }
  const { user: username, password }: Access = cluster.access!
  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
    assert.deepEqual(await topics(true, { mechanism, username, password } as SASLOptions), [], mechanism)
    const wrong = { mechanism, username, password: `${password}x` } as SASLOptions
    await assert.rejects(topics(true, wrong), /authentication failed|Authentication failed/i, mechanism)
  }
  await assert.rejects(topics(true, null))
  await assert.rejects(topics(false, { mechanism: 'plain', username, password }))
})
