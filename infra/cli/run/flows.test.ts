import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { MemoryBus } from '#infra/bus/memory/index.ts'
import { emptyIntakeStats, runIntake } from '#infra/runtime/intake.ts'
import { encodeRecord } from '#schemas/avro/records.ts'
import { TOPICS } from '#schemas/avro/topics.ts'
import { capture } from '#schemas/config/capture.ts'
import { Flows } from './flows.ts'

const LIVE = { flow: 'shed' } as const

async function mainLog(): Promise<MemoryBus> {
  const main = new MemoryBus({ partitions: 2 })
  await main.ensure(Object.values(TOPICS))
  return main
}

test('files wait; live sources have a queue, and a spill only when it is configured', async () => {
  await using main = await mainLog()
  await using flows = new Flows(capture.parse({ queueBytes: 16_777_216, flushMs: 7 }), '/', main)
  assert.deepEqual(await flows.of({}, 'a/file'), { flow: { kind: 'wait' }, position: null })
  assert.deepEqual(await flows.of({ flow: 'wait' }, 'a/file'), { flow: { kind: 'wait' }, position: null })
  const { flow } = await flows.of(LIVE, 'a/eth0')
  assert.deepEqual(flow, { kind: 'shed', queueBytes: 16_777_216, appendBytes: 2_097_152, flushMs: 7, spill: null })
  assert.deepEqual(await flows.abandoned(new Set()), [])
})

test('overload: wait makes live sources wait too, and needs no spill', async () => {
  await using main = await mainLog()
  await using flows = new Flows(capture.parse({ overload: 'wait' }), '/', main)
  assert.deepEqual(await flows.of(LIVE, 'a/eth0'), { flow: { kind: 'wait' }, position: null })
  assert.equal(capture.safeParse({ overload: 'wait', spill: {} }).success, false)
})

test('a source goes on behind what it left in the spill; one that is configured no more is brought into the log', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tapwire-flows-'))
  try {
    await using main = await mainLog()
    const config = capture.parse({ spill: { reserveBytes: 0 } })
    {
      await using flows = new Flows(config, directory, main)
      for (const source of ['a/eth0', 'a/eth1']) {
        const { flow, position } = await flows.of(LIVE, source)
        assert.equal(position, null)
        assert.ok(flow.kind === 'shed' && flow.spill !== null)
        const records = [41, 42].map(n => ({
          topic: 'positions',
          key: Buffer.from(source),
          value: encodeRecord('positions', { source, position: { packet: n } }),
          time: 0,
        }))
        await flow.spill.put(records.map((record, i) => ({ seq: i + 1, bytes: 10, records: [record] })))
      }
    }
    await using flows = new Flows(config, directory, main)
    assert.deepEqual((await flows.of(LIVE, 'a/eth0')).position, { packet: 42 })
    assert.deepEqual(await flows.abandoned(new Set(['a/eth0'])), ['a/eth1'])
    const { producer, flow } = await flows.leftover('a/eth1')
    const stats = emptyIntakeStats()
    const backoff = { firstMs: 1, maxMs: 1 }
    const signal = new AbortController().signal
    assert.ok(await runIntake({ producer, bus: main, encode: () => [], backoff, stats, flow }, signal))
    assert.equal(stats.records, 2)
    assert.deepEqual(await flows.abandoned(new Set(['a/eth0'])), [])
    const keys: string[] = []
    for await (const { records } of main.read('positions', 0, 0)) {
      for (const { key } of records) keys.push(Buffer.from(key!).toString())
    }
    assert.ok(keys.includes('a/eth1') && !keys.includes('a/eth0'))
  } finally {
    rmSync(directory, { recursive: true })
  }
})
