/** Replay, evidence, verdict and dead letters where the log is a Kafka cluster, beside the node's own groups. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { brokers, freshPrefix } from '#test/kafka/brokers.ts'
import { sampleConfig } from './sample.ts'
import { scratch, tapwire } from './tapwire.ts'

test('on Kafka: what the live run found, byte by byte the same twice; its groups stay where they are', async t => {
  const kafka = await brokers(t)
  if (kafka === null) return
  const folder = scratch(t)
  const log = `log:\n  kind: kafka\n  brokers: [${kafka.bootstrap.map(broker => `"${broker}"`).join(', ')}]\n  prefix: ${freshPrefix()}\n  partitions: 2\nflowHashKey: { env: TEST_FLOW_HASH_KEY }\n`
  const config = sampleConfig(folder, text => text.replace(/log:\n(?: {2}.*\n)+/, log))
  const env = { TEST_FLOW_HASH_KEY: 'a key of this test' }
  const ours = (...args: readonly string[]) => tapwire(args, { cwd: folder, env })
  const live = await ours('run', '-c', config)
  assert.equal(live.code, 0, live.stderr)
  const lines = readFileSync(join(folder, 'detections.jsonl'), 'utf8').trimEnd().split('\n')

  const first = await ours('replay', '-c', config)
  assert.equal(first.stderr, '')
  assert.deepEqual(first.stdout.trimEnd().split('\n').sort(), lines.toSorted())
  assert.equal((await ours('replay', '-c', config)).stdout, first.stdout)

  const { id } = lines.map(line => JSON.parse(line)).find(({ type }) => type === 'detection') as { id: string }
  const written = await ours('evidence', '-c', config, id)
  assert.equal(written.code, 0, written.stderr)
  const read = await ours('read', '-c', config, '--only', 'detection', join(folder, `${id}.pcapng`))
  assert.ok(read.lines<{ id: string }>().some(line => line.id === id))
  assert.match((await ours('verify', '-c', config, id)).stdout, /^Confirmed/)
  assert.match((await ours('dead', 'list', '-c', config)).stdout, /^0 dead letters/)

  const trial = await ours('replay', '-c', config, '--to-topic', 'trial')
  assert.equal(trial.code, 0, trial.stderr)
  assert.match((await ours('replay', '-c', config, '--to-topic', 'trial')).stderr, /holds results already/)
  const again = await ours('run', '-c', config)
  assert.match(again.stdout, /Nothing new/)
})
