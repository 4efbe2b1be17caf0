/** What a node does when a part of it fails: it stops with a clear error, and the next start goes on. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { EXPECTED, sampleConfig } from './sample.ts'
import { scratch, tapwire } from './tapwire.ts'

/** Loaded into every thread: all but the main one end soon after their start. */
const DYING_THREADS = `import { isMainThread } from 'node:worker_threads'
if (!isMainThread) setTimeout(() => process.exit(3), 400)`

test('a worker thread that dies stops the node with exit code 1; the next start goes on', async t => {
  const folder = scratch(t)
  const config = sampleConfig(
    folder,
    text => `${text.replace(/path: (\S+sample\.pcapng)/, 'path: $1\n    speed: 20')}\nworkers: 2\n`,
  )
  const died = await tapwire(['run', '--config', config], {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(DYING_THREADS)}` },
  })
  assert.equal(died.code, 1)
  assert.match(died.stderr, /the same command goes on from here/)
  assert.match(died.stderr, /a worker thread ended with code 3/)

  const rest = await tapwire(['run', '--config', sampleConfig(folder)])
  assert.equal(rest.code, 0, rest.stderr)
  const lines = readFileSync(join(folder, 'detections.jsonl'), 'utf8').trimEnd().split('\n')
  const ids = lines
    .map(line => JSON.parse(line) as { type: string; id: string })
    .filter(({ type }) => type === 'exchange')
  assert.equal(new Set(ids.map(({ id }) => id)).size, EXPECTED.exchanges)
})
