/** The short form of `npm run chaos`: see test/chaos/README.md. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openKafka } from '#infra/bus/kafka/index.ts'
import { runChaos } from '#test/chaos/chaos.ts'
import type { ChaosOptions } from '#test/chaos/options.ts'
import { ownCluster } from '#test/kafka/brokers.ts'
import { optionsFor } from '#test/kafka/options.ts'

/** Its schedule has every kind of blow: a capture, a sink and processing processes killed, one frozen, added and removed. */
const SEED = 5

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
  await t.test('a log opens also right after a broker died, whichever it is', async () => {
    const options = optionsFor(cluster)
    await using _first = await openKafka(options) // makes a topic: there is something to ask for
    for (const [broker] of cluster.bootstrap.entries()) {
      await cluster.stop(broker, 'SIGKILL')
      await using _log = await openKafka(options)
      await cluster.start(broker)
    }
  })
})
