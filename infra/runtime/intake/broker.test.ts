/** Live capture into a real Kafka broker that is killed and comes back. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEmbedded } from '#infra/bus/embedded/index.ts'
import { openKafka } from '#infra/bus/kafka/index.ts'
import { TOPICS } from '#schemas/avro/topics.ts'
import { ownCluster } from '#test/kafka/brokers.ts'
import { optionsFor } from '#test/kafka/options.ts'
import { emptyIntakeStats, runIntake } from '../intake.ts'
import { encode, logged, numbersTo, PARTITIONS, ROUND_BYTES, SOURCE, sourceOf } from './live.test-support.ts'
import { Spill } from './spill.ts'

const LAST = 90

test('a broker is killed under live capture: everything is in the log once, in order', async t => {
  const cluster = await ownCluster(t, { brokers: 1 })
  if (cluster === null) return
  const directory = mkdtempSync(join(tmpdir(), 'tapwire-spill-'))
  try {
    await using bus = await openKafka(optionsFor(cluster, { partitions: PARTITIONS, requestTimeoutMs: 5000 }))
    await bus.ensure(Object.values(TOPICS))
    await using writer = await bus.writer('source.test')
    const limits = { maxBytes: 1 << 30, reserveBytes: 0 }
    await using embedded = await openEmbedded({ directory, partitions: 1, durability: 'process', limits })
    await using spill = await Spill.open({ bus: embedded, trim: () => embedded.enforceRetention() }, bus, SOURCE)
    let mostSpilled = 0
    const stats = emptyIntakeStats()
    const producer = sourceOf(LAST, 0, async n => {
      mostSpilled = Math.max(mostSpilled, stats.spilledBytes)
      if (n === 30) await cluster.stop(0, 'SIGKILL')
      if (n === 70) await cluster.start(0)
    })
    const flow = { kind: 'shed', queueBytes: 5 * ROUND_BYTES, appendBytes: ROUND_BYTES, flushMs: 1000, spill } as const
    const backoff = { firstMs: 50, maxMs: 1000 }
    const signal = AbortSignal.timeout(120_000)
    assert.ok(await runIntake({ producer, bus: writer, encode, backoff, stats, flow }, signal))
    const { packets, ended, ledger } = await logged(bus, 'broker')
    assert.deepEqual(packets, Array(PARTITIONS).fill(numbersTo(LAST)))
    assert.ok(ended)
    assert.equal(ledger.get('captured'), LAST * PARTITIONS * 1054)
    assert.ok(mostSpilled >= 35 * ROUND_BYTES, `${mostSpilled} bytes spilled at most`)
    assert.ok(stats.refused.size > 0, 'the log was away')
  } finally {
    rmSync(directory, { recursive: true })
  }
})
