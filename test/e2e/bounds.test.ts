/** `read` keeps eight partitions in one process: the bounds hold for all of them together. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Clock, captureOf, Talk } from '#test/driver/packets.ts'
import { scratch, tapwire } from './tapwire.ts'

test('a bound on connections is one for the whole read', async t => {
  const folder = scratch(t)
  const clock = new Clock()
  const packets = Array.from({ length: 40 }, (_, i) => {
    const talk = new Talk(clock, { client: { ip: `10.0.0.${i + 1}`, port: 40_000 } })
    const ask = () => talk.client('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    return [...talk.open(), ...ask(), ...talk.server('HTTP/1.1 204 No Content\r\n\r\n'), ...ask()]
  }).flat()
  writeFileSync(join(folder, 'open.pcap'), captureOf(packets))
  writeFileSync(join(folder, 'few.yaml'), 'processors:\n  tcp:\n    openFlows: 8\n')

  const ended = await tapwire(['read', '--config', 'few.yaml', 'open.pcap'], { cwd: folder })

  assert.equal(ended.stderr, '')
  const lines = ended.lines<{ readonly anomalies: readonly string[] }>()
  assert.equal(lines.length, 80)
  const evicted = lines.filter(({ anomalies }) => anomalies.includes('http.no-response.evicted'))
  assert.ok(evicted.length >= 32, `at most 8 of 40 stay open, ${evicted.length} made room`)
})
