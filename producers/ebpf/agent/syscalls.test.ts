/** Every form of system call that moves bytes on a socket, on the real kernel. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { TYPE } from '../messages.ts'
import { ready, type Seen, Watch } from './watch.test-support.ts'

const HIDDEN = 16
const UNSEEN = 32
const CUT = 4

const folder = mkdtempSync(join(tmpdir(), 'tapwire-agent-'))
after(() => rmSync(folder, { recursive: true }))

const FORMS = join(folder, 'forms')
function compile(): void {
  const source = fileURLToPath(new URL('testdata/forms.c', import.meta.url))
  execFileSync('cc', ['-D_GNU_SOURCE', '-O1', '-o', FORMS, source, '-lpthread'])
}

/** The bytes that testdata/forms.c moves. */
function pattern(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, i) => i * 31 + Math.floor(i / 256) * 17))
}

/** Both ends of the connection of one run. */
async function run(watch: Watch, form: string, size: number): Promise<readonly Seen[]> {
  const before = watch.connections.length
  const child = spawn(FORMS, [form, String(size)], { stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'close')
  assert.equal(code, 0, form)
  const both = (): readonly Seen[] => watch.connections.slice(before).filter(seen => seen.pid === child.pid)
  await watch.until(() => both().filter(seen => seen.closed).length === 2)
  return both()
}

const SIZE = 300_001
const seen = { bytes: SIZE, gaps: 0 }
const hidden = { bytes: 0, gaps: SIZE, why: HIDDEN }
const unseen = { bytes: 0, gaps: SIZE, why: UNSEEN }

/** What is seen of the direction that an end receives, and of the one that it sends. */
const cases = {
  'read-write': [seen, seen],
  'send-recv': [seen, seen],
  waitall: [seen, seen],
  peek: [seen, seen],
  vectors: [seen, seen],
  vectors2: [seen, seen],
  crumbs: [seen, seen],
  messages: [seen, seen],
  'many-messages': [seen, seen],
  nonblocking: [seen, seen],
  sendfile: [seen, hidden],
  splice: [seen, hidden],
  truncate: [hidden, seen],
  'io-uring': [unseen, unseen],
} as const

test('every form of call: the bytes once and in order, or a gap of their length', async t => {
  if (!ready(t, 'cc')) return
  compile()
  const bytes = pattern(SIZE)
  await using watch = await Watch.start()
  for (const [form, wanted] of Object.entries(cases)) {
    const both = await run(watch, form, SIZE)
    assert.deepEqual(both.map(one => one.side).sort(), ['client', 'server'], form)
    for (const { side, streams, midstream } of both) {
      assert.equal(midstream, false, form)
      for (const [direction, stream] of streams.entries()) {
        const want = wanted[direction as 0 | 1]
        const missed = stream.gaps.reduce((sum, gap) => sum + gap.length, 0)
        const what = `${form}, ${side}, direction ${direction}`
        assert.deepEqual({ bytes: stream.bytes.length, gaps: missed }, { bytes: want.bytes, gaps: want.gaps }, what)
        assert.ok(stream.bytes.equals(bytes.subarray(0, want.bytes)), `${what}: other bytes`)
        assert.ok('why' in want ? stream.gaps.every(gap => gap.why === want.why) : true, what)
      }
    }
  }
  const reasons = watch.of(TYPE.process).filter(said => said['event'] === 'unseen')
  assert.deepEqual(new Set(reasons.map(said => said['reason'])), new Set(['io-uring']))
})

test('one call of several megabytes comes whole, or cut where it is told to', async t => {
  if (!ready(t, 'cc')) return
  compile()
  const size = 4 << 20
  const whole = await Watch.start(['--ring-bytes', String(64 << 20)])
  for (const { streams } of await run(whole, 'read-write', size)) {
    for (const stream of streams) assert.ok(stream.bytes.equals(pattern(size)))
  }
  assert.equal((await whole.stop())['ringLost'], 0)

  await using cut = await Watch.start(['--call-bytes', '1000'])
  for (const { streams } of await run(cut, 'waitall', 300_000)) {
    for (const stream of streams) {
      assert.equal(stream.at, 300_000)
      assert.ok(stream.gaps.length > 0 && stream.gaps.every(gap => gap.why === CUT && gap.offset >= 1000))
      assert.ok(stream.bytes.subarray(0, 1000).equals(pattern(1000)))
    }
  }
})
