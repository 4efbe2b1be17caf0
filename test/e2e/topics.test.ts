/** `tapwire topics` on real brokers, as an operator uses it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import kafkajs, { type Admin } from 'kafkajs'
import { mendRequestQueue } from '#infra/bus/kafka/kafkajs.ts'
import type { Difference } from '#infra/cli/topics/differences.ts'
import { brokers, freshPrefix, ownCluster } from '#test/kafka/brokers.ts'
import type { Brokers } from '#test/kafka/contract.ts'
import { readAsStranger, registryServer } from '#test/kafka/registry.ts'
import { sampleConfig } from './sample.ts'
import { type Ended, scratch, tapwire } from './tapwire.ts'

mendRequestQueue() // or it sets timers with negative delays, which Node warns of

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ResourcePatternTypes } = kafkajs

/** Topics of a configuration without sinks: those of the table, one per stage, and `transactions`. */
const TOPICS = 12

/** A cluster with a prefix of its own, seen by the command line and by an administrator. */
interface Scene {
  readonly prefix: string
  readonly admin: Admin
  /** Runs `tapwire topics …` with these keys below `log`. */
  topics(words: readonly string[], log?: string): Promise<Ended>
  settings(topic: string): Promise<ReadonlyMap<string, string>>
}

async function scene(t: TestContext, { bootstrap }: Pick<Brokers, 'bootstrap'>): Promise<Scene> {
  const prefix = freshPrefix()
  const admin = new kafkajs.Kafka({ brokers: [...bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  t.after(() => admin.disconnect())
  const file = join(scratch(t), 'tapwire.yaml')
  return {
    prefix,
    admin,
    topics(words, log = 'partitions: 2') {
      writeFileSync(
        file,
        `log:\n  kind: kafka\n  brokers: ${JSON.stringify(bootstrap)}\n  prefix: ${prefix}\n  ${log}\n`,
      )
      return tapwire(['topics', ...words, '--config', file])
    },
    async settings(topic) {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: prefix + topic }],
      })
      return new Map(resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]))
    },
  }
}

async function set(scene: Scene, topic: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: scene.prefix + topic, configEntries }]
  await scene.admin.alterConfigs({ validateOnly: false, resources })
}

function said({ lines }: Ended): string[] {
  return lines<Difference>().map(({ topic, what, have, want, mend }) => `${topic}: ${what} ${have} → ${want} (${mend})`)
}

describe('topics, on three brokers', () => {
  test('plan changes nothing, apply makes them, check finds them right', async t => {
    const kafka = await brokers(t, { brokers: 3 })
    if (kafka === null) return
    const { prefix, admin, topics, settings } = await scene(t, kafka)
    const planned = await topics(['plan'])
    assert.equal(planned.code, 0, planned.stderr)
    assert.match(planned.stdout, new RegExp(`^${prefix}segments\n  topic  create with 2 partitions, 3 copies, `))
    assert.match(
      planned.stdout,
      new RegExp(`${TOPICS} differences. Nothing was changed: 'tapwire topics apply' does it.`),
    )
    assert.deepEqual(
      (await admin.listTopics()).filter(name => name.startsWith(prefix)),
      [],
    )
    const applied = await topics(['apply'])
    assert.equal(applied.code, 0, applied.stderr)
    assert.match(applied.stdout, new RegExp(`${TOPICS} changes made. ${TOPICS} topics as they should be.\n$`))
    const checked = await topics(['check', '--json'])
    assert.equal(checked.code, 0)
    assert.deepEqual(checked.lines(), [{ brokers: 3, topics: TOPICS, applied: 0, differences: [] }])
    assert.match((await topics(['plan'])).stdout, /nothing to do/)
    const segments = await settings('segments')
    assert.deepEqual(
      ['cleanup.policy', 'min.insync.replicas', 'retention.ms', 'max.message.bytes'].map(name => segments.get(name)),
      ['delete', '2', '86400000', String(8 * 1024 * 1024)],
    )
    assert.equal((await settings('tcp.state')).get('cleanup.policy'), 'compact')
  })

  test('what was changed by hand is found and mended; what is none of our business stays', async t => {
    const kafka = await brokers(t, { brokers: 3 })
    if (kafka === null) return
    const own = await scene(t, kafka)
    const { prefix, topics, settings } = own
    assert.equal((await topics(['apply'])).code, 0)
    await set(own, 'tcp.state', { 'cleanup.policy': 'delete', 'min.insync.replicas': '1', 'flush.messages': '5000' })
    await set(own, 'segments', {
      'retention.ms': '60000',
      'max.message.bytes': '1000000',
      'unclean.leader.election.enable': 'true',
      'compression.type': 'lz4',
      'message.timestamp.type': 'LogAppendTime',
      'min.insync.replicas': '3',
    })
    const checked = await topics(['check', '--lines'])
    assert.equal(checked.code, 1)
    const found = said(checked)
    for (const line of [
      `${prefix}segments: retention.ms 60000 → 86400000 (set)`,
      `${prefix}segments: max.message.bytes 1000000 → 8388608 (set)`,
      `${prefix}segments: unclean.leader.election.enable true → false (set)`,
      `${prefix}segments: compression.type lz4 → producer (set)`,
      `${prefix}segments: min.insync.replicas 3 → 2 (set)`,
      `${prefix}tcp.state: cleanup.policy delete → compact (set)`,
      `${prefix}tcp.state: min.insync.replicas 1 → 2 (set)`,
    ])
      assert.ok(found.includes(line), `${line}\nin\n${found.join('\n')}`)
    assert.ok(!found.some(line => line.includes('message.timestamp.type')), 'both kinds of timestamp will do')
    const why = checked.lines<Difference>().find(({ what }) => what === 'retention.ms')?.why
    assert.match(why ?? '', /60000 ms are shorter than the worst replay/)
    const applied = await topics(['apply'])
    assert.equal(applied.code, 0, applied.stdout)
    assert.match(applied.stdout, /retention\.ms {2}60000 \(1 minute\) → 86400000 \(1 day\)/)
    assert.equal((await topics(['check'])).code, 0)
    assert.equal((await settings('tcp.state')).get('flush.messages'), '5000')
    assert.equal((await settings('segments')).get('message.timestamp.type'), 'LogAppendTime')
  })

  test('partitions are added only when told to, state first, and never taken away', async t => {
    const kafka = await brokers(t, { brokers: 3 })
    if (kafka === null) return
    const { prefix, admin, topics } = await scene(t, kafka)
    const counts = async (): Promise<Record<string, number>> => {
      const names = ['segments', 'tcp.state', 'transactions'].map(name => prefix + name)
      const { topics: found } = await admin.fetchTopicMetadata({ topics: names })
      return Object.fromEntries(found.map(({ name, partitions }) => [name.slice(prefix.length), partitions.length]))
    }
    assert.equal((await topics(['apply'])).code, 0)
    const planned = await topics(['plan'], 'partitions: 3')
    assert.equal(planned.code, 0)
    assert.match(planned.stdout, /More partitions, 2 → 3.*67 % of the connections.*stop the capture processes/s)
    const refused = await topics(['apply'], 'partitions: 3')
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /2 → 3 tears open connections apart.*--grow-partitions.*nothing was changed/)
    assert.deepEqual(await counts(), { segments: 2, 'tcp.state': 2, transactions: 1 })
    const grown = await topics(['apply', '--grow-partitions'], 'partitions: 3')
    assert.equal(grown.code, 0, grown.stderr)
    assert.deepEqual(await counts(), { segments: 3, 'tcp.state': 3, transactions: 1 })
    assert.equal((await topics(['check'], 'partitions: 3')).code, 0)
    const fewer = await topics(['apply'])
    assert.equal(fewer.code, 1)
    assert.match(fewer.stdout, /partitions {2}3 → 2 {2}\(Kafka takes no partition away: set log\.partitions/)
  })

  test('too few copies are explained, and the file for Kafka’s tool makes them', async t => {
    const kafka = await brokers(t, { brokers: 3 })
    if (kafka === null) return
    const { prefix, admin, topics } = await scene(t, kafka)
    const single = await topics(['apply'], 'replication: 1\n  partitions: 2')
    assert.equal(single.code, 1)
    assert.match(single.stdout, /log\.replication {2}1 → 3 {2}\(the cluster has 3 brokers.*1 difference left/s)
    const checked = await topics(['check', '--lines'])
    assert.equal(checked.code, 1)
    const differences = checked.lines<Difference>()
    assert.deepEqual(
      [...new Set(differences.map(({ what, have, want }) => `${what} ${have} → ${want}`))],
      ['replication 1 → 3'],
    )
    const file = join(scratch(t), 'copies.json')
    assert.equal((await topics(['plan', '--reassignment', file])).code, 0)
    const { partitions } = JSON.parse(readFileSync(file, 'utf8')) as {
      partitions: { topic: string; partition: number; replicas: number[] }[]
    }
    assert.ok(partitions.every(({ topic, replicas }) => topic.startsWith(prefix) && new Set(replicas).size === 3))
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic)
    await admin.alterPartitionReassignments({
      topics: [...byTopic].map(([topic, of]) => ({
        topic,
        partitionAssignment: of.map(({ partition, replicas }) => ({ partition, replicas })),
      })),
    })
    const applied = await topics(['apply'])
    assert.equal(applied.code, 0, applied.stdout)
    assert.match(applied.stdout, /min\.insync\.replicas {2}1 → 2/)
    assert.equal((await topics(['check'])).code, 0)
  })
})

test('topics registers schemas where values name them by id, and a node writes and reads such values', async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  const registry = await registryServer(t)
  registry.authorization = `Basic ${Buffer.from('me:a secret').toString('base64')}`
  const folder = scratch(t)
  const prefix = freshPrefix()
  const log = `log:
  kind: kafka
  brokers: ${JSON.stringify(kafka.bootstrap)}
  prefix: ${prefix}
  partitions: 2
  compression: gzip # what kafkajs' own consumer reads
  schemaRegistry: { url: "${registry.url}", username: me, password: { env: TEST_REGISTRY }, register: false }
flowHashKey: { env: TEST_FLOW_HASH_KEY }
workers: 2
`
  const config = sampleConfig(folder, text => text.replace(/log:\n(?: {2}.*\n)+/, log))
  const env = { TEST_REGISTRY: 'a secret', TEST_FLOW_HASH_KEY: 'a key of this test' }
  const ours = (...args: readonly string[]) => tapwire([...args, '--config', config], { cwd: folder, env })
  const refused = await ours('run')
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /has not the schema of this version: 'tapwire topics apply' registers it/)
  const checked = await ours('topics', 'check', '--lines')
  assert.equal(checked.lines<Difference>().filter(({ mend }) => mend === 'register').length, 6)
  const applied = await ours('topics', 'apply')
  assert.equal(applied.code, 0, applied.stderr)
  assert.equal(registry.subjects.get(`${prefix}detections-value`)?.length, 1)
  assert.equal((await ours('topics', 'check')).code, 0)

  const ran = await ours('run')
  assert.equal(ran.code, 0, ran.stderr)
  const lines = readFileSync(join(folder, 'detections.jsonl'), 'utf8').trimEnd().split('\n')
  const detections = lines
    .map(line => JSON.parse(line) as { type: string; id: string })
    .filter(({ type }) => type === 'detection')
  assert.ok(detections.length > 0)
  const consumer = new kafkajs.Kafka({ brokers: [...kafka.bootstrap], logLevel: kafkajs.logLevel.NOTHING }).consumer({
    groupId: `${prefix}stranger`,
  })
  t.after(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topic: `${prefix}detections`, fromBeginning: true })
  const { promise: all, resolve, reject } = Promise.withResolvers<void>()
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
  const ids = new Set<string>()
  await consumer.run({
    eachMessage: async ({ message }) => {
      ids.add((readAsStranger(registry, message.value!) as { readonly id: string }).id)
      if (ids.size === detections.length) resolve()
    },
  })
  await all
  assert.deepEqual([...ids].toSorted(), detections.map(({ id }) => id).toSorted())
})

describe('topics refuses', () => {
  test('more copies than there are brokers', async t => {
    const kafka = await brokers(t)
    if (kafka === null) return
    const { topics } = await scene(t, kafka)
    const refused = await topics(['apply'], 'replication: 2')
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /log\.replication: 2 copies, and the cluster has 1 broker\n/)
  })

  test('without the rights it needs, naming them', async t => {
    const kafka = await ownCluster(t, {
      settings: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'allow.everyone.if.no.acl.found': 'true',
      },
    })
    if (kafka === null) return
    const { prefix, admin, topics } = await scene(t, kafka)
    assert.equal((await topics(['apply'])).code, 0)
    const deny = async (operation: number): Promise<void> => {
      const acl = {
        resourceType: AclResourceTypes.TOPIC,
        resourceName: prefix,
        resourcePatternType: ResourcePatternTypes.PREFIXED,
        principal: 'User:ANONYMOUS',
        host: '*',
      }
      await admin.createAcls({
        acl: [
          { ...acl, operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.ALLOW },
          { ...acl, operation, permissionType: AclPermissionTypes.DENY },
        ],
      })
    }
    await deny(AclOperationTypes.ALTER_CONFIGS)
    const altered = await topics(['apply'], 'retention: { dead: { ms: 7200000 } }\n  partitions: 2')
    assert.equal(altered.code, 1)
    assert.match(altered.stderr, /settings of .*dead: .*apply also Create, Alter and AlterConfigs/)
    await deny(AclOperationTypes.DESCRIBE_CONFIGS)
    const described = await topics(['check'])
    assert.equal(described.code, 1)
    assert.match(described.stderr, /describing topics.*this needs Describe and DescribeConfigs/)
  })

  test('a cluster that is not there', async t => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const file = join(scratch(t), 'tapwire.yaml')
    writeFileSync(file, `log: { kind: kafka, brokers: ["127.0.0.1:${port}"] }`)
    const { code, stderr } = await tapwire(['topics', 'check', '--config', file])
    assert.equal(code, 1)
    assert.match(stderr, /^tapwire: Kafka at 127\.0\.0\.1:[0-9]+: .*ECONNREFUSED/)
  })

  test('what is wrong in the configuration or the words, before it asks a broker', async t => {
    const folder = scratch(t)
    const cases: readonly (readonly [text: string, words: readonly string[], said: RegExp])[] = [
      ['log: { kind: embedded }', ['check'], /log\.kind is embedded/],
      [
        'log: { kind: kafka, brokers: ["x:1"], retention: { segments: { ms: 3600000 } } }',
        ['plan'],
        /3600000 ms are shorter .* 3610000 at least/,
      ],
      [
        'log: { kind: kafka, brokers: ["x:1"], retention: { segments: { bytes: 268435455 } } }',
        ['plan'],
        /268435455 bytes .* 268435456, at least/,
      ],
      ['', ['plan', 'check'], /topics plan, topics apply or topics check/],
      ['', ['check', '--grow-partitions'], /--grow-partitions is for topics apply/],
      ['', ['check', '--lines', '--json'], /choose one/],
    ]
    for (const [text, words, expected] of cases) {
      const file = join(folder, 'tapwire.yaml')
      writeFileSync(file, text)
      const { code, stderr } = await tapwire(['topics', ...words, '--config', file])
      assert.equal(code, 2, stderr)
      assert.match(stderr, expected)
    }
  })

  test('and so does run, when its retention is too short', async t => {
    const folder = scratch(t)
    const file = join(folder, 'tapwire.yaml')
    writeFileSync(file, 'log: { kind: kafka, brokers: ["x:1"], retention: { segments: { ms: 3600000 } } }')
    const { code, stderr } = await tapwire(['run', '--role', 'process', '--config', file])
    assert.equal(code, 2)
    assert.match(stderr, /log\.retention\.segments: 3600000 ms are shorter than the worst replay/)
  })
})
