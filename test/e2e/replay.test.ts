/** Stored traffic processed again, beside and after a live run. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { LOG_OPTIONS, nodeConfig, writeLoad } from './load.ts'
import { SAMPLE, sampleConfig } from './sample.ts'
import { scratch, tapwire } from './tapwire.ts'

/** The sample, run once: what only looks at its log can share it. */
const folder = mkdtempSync(join(tmpdir(), 'tapwire-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let config = ''
let lines: readonly string[] = []
before(async () => {
  config = sampleConfig(folder)
  const { code, stderr } = await tapwire(['run', '--config', config])
  assert.equal(code, 0, stderr)
  lines = readFileSync(join(folder, 'detections.jsonl'), 'utf8').trimEnd().split('\n')
})

test('replay prints what the live run found, the same bytes each time, and leaves the live run where it was', async () => {
  const first = await tapwire(['replay', '-c', config])
  assert.equal(first.stderr, '')
  assert.equal(first.code, 0)
  assert.deepEqual(first.stdout.trimEnd().split('\n').sort(), lines.toSorted())
  assert.equal((await tapwire(['replay', '-c', config])).stdout, first.stdout)
  await tapwire(['replay', '-c', config, '-o', join(folder, 'again.jsonl')])
  assert.equal(readFileSync(join(folder, 'again.jsonl'), 'utf8'), first.stdout)
  const again = await tapwire(['run', '--config', config])
  assert.match(again.stdout, /Nothing new/)
})

test('--diff says what other settings find, lose and change, and nothing when there is nothing', async () => {
  const other = join(folder, 'other.yaml')
  const text = readFileSync(config, 'utf8')
  writeFileSync(other, text.replace('processors:\n', 'processors:\n  detect:\n    maxDepth: 1\n'))
  const deep = lines.filter(line => line.includes('"type":"detection"') && line.includes('"base64"'))
  assert.ok(deep.length > 0)

  const diff = await tapwire(['replay', '-c', config, '--with', other, '--diff', '--lines'])
  assert.equal(diff.code, 0, diff.stderr)
  const differences = diff.lines<{ change: string; now: unknown; was: { id: string } | null }>()
  const lost = differences.filter(({ change }) => change === 'lost').map(({ was }) => was!.id)
  for (const line of deep) {
    const { id, point } = JSON.parse(line) as { id: string; point: readonly string[] }
    if (point.length > 3) assert.ok(lost.includes(id), line)
  }
  const report = await tapwire(['replay', '-c', config, '--with', other, '--diff'])
  assert.match(report.stdout, new RegExp(`Found by \\S+tapwire.yaml and no longer by \\S+other.yaml: ${lost.length}\n`))
  const same = await tapwire(['replay', '-c', config, '--with', config, '--diff', '--lines'])
  assert.equal(same.stdout, '')
})

test('--to-topic publishes to topics of their own, and does not mix two replays', async () => {
  const first = await tapwire(['replay', '-c', config, '--to-topic', 'trial-1'])
  assert.deepEqual([first.code, first.stdout, first.stderr], [0, '', ''])
  const second = await tapwire(['replay', '-c', config, '--to-topic', 'trial-1'])
  assert.equal(second.code, 2)
  assert.match(second.stderr, /trial-1\.exchanges holds results already/)
  assert.equal((await tapwire(['replay', '-c', config, '--to-topic', 'trial-2'])).code, 0)
})

test('beside a node that is running: it reads; it does not write into a log that another process has', async t => {
  const folder = scratch(t)
  writeLoad(join(folder, 'load.pcap'), { connections: 20, exchanges: 200, bodyBytes: 100 })
  // At a pace that leaves it running until it is told to stop.
  const config = nodeConfig(folder, { capture: 'load.pcap', speed: 1, log: LOG_OPTIONS })
  let seen = 0
  let refused = ''
  const node = await tapwire(['run', '--config', config], {
    during: async child => {
      for (let i = 0; i < 100 && seen === 0; i++) {
        seen = (await tapwire(['replay', '-c', config, '--only', 'exchange'])).stdout.split('\n').length - 1
      }
      refused = (await tapwire(['replay', '-c', config, '--to-topic', 'trial'])).stderr
      child.kill('SIGINT')
    },
  })
  assert.equal(node.code, 130, node.stderr)
  assert.ok(seen > 0)
  assert.match(refused, /is in use by process \d+/)
})

const BAD: readonly (readonly [args: readonly string[], code: number, says: RegExp])[] = [
  [['--from', '2026-11-22', '--to', '2026-11-21'], 2, /--from must come before --to/],
  [['--from', 'tomorrow'], 2, /--from "tomorrow": expected a time/],
  [['--from', '2030-01-01'], 1, /nothing is stored in this range of segments; stored are batches that end 2026-11-21T/],
  [['--to', '2000-01-01'], 1, /nothing is stored in this range of segments/],
  [['--from', '100000'], 1, /nothing is stored in this range/],
  [['--from', '99:1'], 2, /segments has partitions 0 to 3, and no 99/],
  [['--topic', 'exchanges'], 2, /--topic exchanges: only segments can be processed again/],
  [['--diff'], 2, /--diff compares two configurations/],
  [['--lines'], 2, /--lines goes with --diff/],
  [['--only', 'exchanges'], 2, /unknown type "exchanges" \(did you mean exchange\?\)/],
  [['--budget', 'some'], 2, /--budget "some": expected bytes/],
  [['--warm-up', 'x'], 2, /--warm-up "x": expected a time span/],
  [['--with', 'nowhere.yaml'], 2, /nowhere\.yaml: cannot be read/],
  [['--output', 'no/such/folder/x'], 2, /no\/such\/folder\/x: cannot be written/],
  [['--to-topic', 'a b'], 2, /topic name "a b\.exchanges"/],
  [[SAMPLE], 2, /no arguments, only flags/],
]

test('bad input: one line, and the right exit code', async () => {
  for (const [args, code, says] of BAD) {
    const ended = await tapwire(['replay', '-c', config, ...args], { cwd: folder })
    assert.match(ended.stderr, says, args.join(' '))
    assert.equal(ended.code, code, args.join(' '))
    assert.equal(ended.stdout, '')
    assert.equal(ended.stderr.trimEnd().split('\n').length, 1, ended.stderr)
  }
})

test('a budget that is spent says how to go on', async () => {
  const { code, stderr, stdout } = await tapwire(['replay', '-c', config, '--budget', '1kB'])
  assert.equal(code, 0)
  const on = /the budget of 1kB is spent at 2026-\S+; go on with --from (\S+)\n$/.exec(stderr)?.[1]
  assert.ok(on !== undefined, stderr)
  const rest = await tapwire(['replay', '-c', config, '--from', on, '--warm-up', '1h'])
  const whole = await tapwire(['replay', '-c', config])
  assert.equal(stdout + rest.stdout, whole.stdout)
})
