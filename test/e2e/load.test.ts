/** A node under load with worker threads: a log that is too small for the capture, and kill -9 at random moments. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEmbedded } from '#infra/bus/embedded/index.ts'
import { decodeRecord } from '#schemas/avro/records.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { LOG_OPTIONS, nodeConfig, writeLoad } from './load.ts'
import { scratch, tapwire } from './tapwire.ts'
import { freePort, poll, sampleOf } from './telemetry.ts'

const MIB = 1024 ** 2

interface Identified {
  readonly id: string
}

async function readIds(capture: string): Promise<string[]> {
  const { lines, code, stderr } = await tapwire(['read', '--only', 'exchange', capture])
  assert.equal(code, 0, stderr)
  return lines<Identified>()
    .map(({ id }) => id)
    .sort()
}

function sinkIds(folder: string): string[] {
  const lines = readFileSync(join(folder, 'exchanges.jsonl'), 'utf8').trimEnd().split('\n')
  return lines.map(line => (JSON.parse(line) as Identified).id)
}

/** What the log holds, as another process sees it. */
async function loggedIds(folder: string): Promise<string[]> {
  const limits = { maxBytes: 16 * MIB, reserveBytes: 0 }
  await using bus = await openEmbedded({ directory: join(folder, 'log'), ...LOG_OPTIONS, limits, readOnly: true })
  const ids: string[] = []
  for (let p = 0; p < bus.partitions('exchanges'); p++) {
    for await (const { records } of bus.read('exchanges', p, 0))
      for (const { value } of records) ids.push((decodeRecord('exchanges', value!) as Identified).id)
  }
  return ids
}

/** Kills a node `afterMs` after the file has begun to grow: by then everything of it is at work. */
function killWhenGrown(child: ChildProcess, file: string, afterMs: number): void {
  const size = (): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const before = size()
  const watch = setInterval(() => {
    if (size() === before) return
    clearInterval(watch)
    setTimeout(() => child.kill('SIGKILL'), afterMs)
  }, 10)
  child.once('exit', () => clearInterval(watch))
}

test('a log smaller than the capture: the producer waits, retention makes room, nothing is lost', async t => {
  const folder = scratch(t)
  const capture = join(folder, 'load.pcap')
  writeLoad(capture, { connections: 25, exchanges: 50, bodyBytes: 20_000 })
  const small = { bytes: MIB }
  const retention = { segments: small, exchanges: small, detections: small, anomalies: small }
  const port = await freePort()
  const config = nodeConfig(folder, { capture, log: { maxBytes: 16 * MIB, retention }, listen: `127.0.0.1:${port}` })
  const series = `tapwire_component_total{kind="producer",component="pcap-file/${capture}",name="refused.log-full"}`
  let waited: Promise<string> | null = null
  const { code, stdout, stderr } = await tapwire(['run', '--config', config], {
    during: () => {
      waited = poll(`http://127.0.0.1:${port}/metrics`, (_, body) => sampleOf(body, series) > 0)
    },
  })
  await waited
  assert.equal(code, 0, stderr)
  assert.match(stdout, /Exchanges +1,250/)
  assert.doesNotMatch(stdout, /still open/)
  assert.deepEqual(sinkIds(folder).sort(), await readIds(capture))
})

test('kill -9 of a node with two worker threads under load: every exchange is in the log once', async t => {
  const seed = 20261121
  const random = mulberry32(seed)
  const folder = scratch(t)
  const capture = join(folder, 'load.pcap')
  // 12 s at its own pace: a life that is killed soon after it exported something is far from the end.
  writeLoad(capture, { connections: 60, exchanges: 50, bodyBytes: 500 })
  const config = nodeConfig(folder, { capture, speed: 1 })
  const standing: number[] = []
  for (let life = 0; life < 10; life++) {
    const { signal } = await tapwire(['run', '--config', config], {
      during: child => killWhenGrown(child, join(folder, 'exchanges.jsonl'), random() * 200),
    })
    if (signal === 'SIGKILL') standing.push((await loggedIds(folder)).length)
  }
  const last = await tapwire(['run', '--config', nodeConfig(folder, { capture })])
  assert.equal(last.code, 0, last.stderr)

  const want = await readIds(capture)
  assert.equal(want.length, 60 * 50)
  const message = `seed ${seed}, exchanges in the log after each kill: ${standing.join(' ')}`
  assert.deepEqual((await loggedIds(folder)).sort(), want, message)
  assert.deepEqual([...new Set(sinkIds(folder))].sort(), want, message)
  assert.ok(
    standing.some(count => count < want.length),
    `${message}: no kill came before the end`,
  )
  assert.match((await tapwire(['run', '--config', config])).stdout, /Nothing new/)
})
