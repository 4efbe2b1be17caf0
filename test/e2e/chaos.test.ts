/** The short form of `npm run chaos`: see test/chaos/README.md. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka, logLevel } from 'kafkajs'
import { openKafka } from '#infra/bus/kafka/index.ts'
import { retry } from '#infra/runtime/retry.ts'
import { TOPICS } from '#schemas/avro/topics.ts'
import { runChaos } from '#test/chaos/chaos.ts'
import type { ChaosOptions } from '#test/chaos/options.ts'
import { ownCluster } from '#test/kafka/brokers.ts'
import { inSync } from '#test/kafka/in-sync.ts'
import { optionsFor } from '#test/kafka/options.ts'

/** Its schedule has every kind of blow: a capture, a sink and processing processes killed, one frozen, added and removed. */
const SEED = 5

/** The cluster notices a dead broker after 4 s, then ends its transactions; the rest is for a loaded machine. */
const FAILOVER_MS = 150_000

const CALM: ChaosOptions = {
  minutes: 0.25,
  seed: SEED,
  rate: 60,
  captures: 2,
  processes: 2,
  partitions: 4,
  killEvery: 0,
  brokerStops: 0,
  keep: false,
}
const WILD: ChaosOptions = { ...CALM, minutes: 2 / 3, captures: 1, processes: 3, killEvery: 4, brokerStops: 1 }

test('chaos: processes killed, a broker restarted: nothing lost, nothing twice', { timeout: 600_000 }, async t => {
  const cluster = await ownCluster(t, { brokers: 3 })
  if (cluster === null) return
  const run = async (options: ChaosOptions): Promise<void> => {
    let said = ''
    const show = (text: string): void => {
      said += text
    }
    const { passed, line } = await runChaos(options, { show, signal: t.signal, cluster })
    t.diagnostic(line)
    assert.ok(passed, `seed ${options.seed}\n${said}${line}`)
  }
  await t.test('undisturbed, through Kafka, is what the chain finds without a log', () => run(CALM))
  await t.test('disturbed', () => run(WILD))
  await t.test('while a broker is dead, whichever it is, a log opens, and one that is open goes on', async () => {
    const options = optionsFor(cluster)
    await using log = await openKafka(options)
    await log.ensure([TOPICS.positions])
    await using writer = await log.writer('source')
    const record = { topic: 'positions', key: Buffer.from('source'), value: Buffer.from('here'), time: 0 }
    const admin = new Kafka({ brokers: [...cluster.bootstrap], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    t.after(() => admin.disconnect())
    for (const [broker] of cluster.bootstrap.entries()) {
      await writer.append([record]) // now it knows whom to ask
      await cluster.stop(broker, 'SIGKILL')
      const records = [record]
      await retry(() => writer.append(records), AbortSignal.timeout(FAILOVER_MS), { firstMs: 100, maxMs: 100 })
      await using _another = await openKafka(options)
      await cluster.start(broker)
      await inSync(admin, t.signal)
    }
  })
})
