import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { pcap, pcapHeader } from '#test/driver/captures.ts'
import spec from './index.ts'
import { frames, host } from './read-all.test-support.ts'

const MIB = 1024 * 1024

test('memory stays the same, whatever the size of the capture: 300 MB through standard input', async () => {
  const records = pcap(frames(Array.from({ length: 700 }, () => 'x'.repeat(1400)))).subarray(24)
  const chunks = Math.ceil((300 * MIB) / records.length)
  function* capture() {
    yield pcapHeader({})
    for (let i = 0; i < chunks; i++) yield records
  }
  await using producer = await spec.open(spec.config.parse({ path: '-' }), host({ stdin: Readable.from(capture()) }))
  const { signal } = new AbortController()
  const before = process.memoryUsage.rss()
  let most = 0
  while ((await producer.read(signal)) !== null) most = Math.max(most, process.memoryUsage.rss() - before)
  assert.equal(producer.stats()['segments'], chunks * 700)
  assert.ok(most < 150 * MIB, `${Math.round(most / MIB)} MiB more than before`)
})
