import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { sampleConfig } from './sample.ts'
import { scratch, tapwire } from './tapwire.ts'
import { freePort, poll, sampleOf } from './telemetry.ts'

test('a running node shows health, metrics and an exact coverage ledger on loopback', async t => {
  const port = await freePort()
  const config = sampleConfig(scratch(t), text => text.replace(/path: (\S+sample\.pcapng)/, 'path: $1\n    speed: 2'))
  writeFileSync(config, readFileSync(config, 'utf8').replace('listen: false', `listen: 127.0.0.1:${port}`))
  let metrics = ''
  let seen: Promise<void> | null = null
  const ended = await tapwire(['run', '--config', config], {
    during: child => {
      seen = (async () => {
        await poll(`http://127.0.0.1:${port}/ready`, status => status === 200)
        await poll(`http://127.0.0.1:${port}/live`, (status, body) => status === 200 && body === 'ok\n')
        metrics = await poll(
          `http://127.0.0.1:${port}/metrics`,
          // Each worker thread reports for itself, the one of partition 0 perhaps later than another.
          (_, body) => sampleOf(body, 'tapwire_bytes_total{fate="inspected"}') > 0 && body.includes('partition="0"'),
        )
        child.kill('SIGINT')
      })()
    },
  })
  await seen
  assert.equal(ended.code, 130, ended.stderr)
  const captured = sampleOf(metrics, 'tapwire_bytes_captured_total')
  const fates = [...metrics.matchAll(/^tapwire_bytes_total\{fate="[a-z]+"\} (\d+)$/gm)].map(match => Number(match[1]))
  assert.ok(captured > 0)
  assert.equal(fates.reduce((sum, n) => sum + n, 0) + sampleOf(metrics, 'tapwire_bytes_pending'), captured)
  assert.match(metrics, /tapwire_partition_lag_records\{partition="0"\} \d+/)
  assert.match(metrics, /tapwire_component_total\{kind="producer",component="[^"]+",name="packets"\} \d+/)
})
