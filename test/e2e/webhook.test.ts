/** The webhook sink in a whole node: what arrives is what the log sink writes, through errors of the other side. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { OtherSide } from '#test/driver/other-side.ts'
import { sampleConfig } from './sample.ts'
import { scratch, tapwire } from './tapwire.ts'

/** Answers of the other side before it begins to take batches. */
const FIRST = [
  { status: 500 },
  { status: 429, headers: { 'retry-after': '0' } },
  { status: 503 },
  { status: 401 },
] as const

test('every record arrives, also when it is refused at first; secrets are not printed', async t => {
  const folder = scratch(t)
  const lines = new Set<string>()
  const tokens = new Set<unknown>()
  let tries = 0
  await using side = await OtherSide.open(({ headers, body }) => {
    tokens.add(headers.authorization)
    const given = FIRST[tries++]
    if (given !== undefined) return given
    for (const line of body.toString().split('\n').slice(0, -1)) lines.add(line)
    return { status: 204 }
  })
  const sink = `sinks:
  - type: webhook
    url: ${side.url}/in
    topics: [exchanges, detections]
    token: { env: WEBHOOK_TOKEN }
    delivery: { retry: { firstMs: 1, maxMs: 10 } }
`
  const config = sampleConfig(folder, text => text.replace(/^sinks:\n/m, sink))
  const { code, stdout, stderr } = await tapwire(['run', '--config', config], {
    env: { WEBHOOK_TOKEN: 's3cret-token' },
  })
  assert.equal(code, 0, stderr)
  assert.ok(tries > FIRST.length, `${tries} tries`)
  assert.deepEqual([...tokens], ['Bearer s3cret-token'])
  assert.doesNotMatch(stdout + stderr, /s3cret-token/)
  const written = readFileSync(join(folder, 'detections.jsonl'), 'utf8').split('\n').slice(0, -1)
  assert.ok(written.length > 0)
  assert.deepEqual([...lines].sort(), written.sort())
})
