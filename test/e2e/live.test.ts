/** `run` with live capture: from real connections on loopback to the sink. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { ENGINES, type EngineName, ready, serve } from '#producers/pcap/live.test-support.ts'
import { type Ended, scratch, tapwire } from './tapwire.ts'

interface Line {
  readonly connection: { readonly capture: string }
  readonly request: { readonly target: string }
  readonly response: { readonly status: number } | null
}

const REQUESTS = 20

function linesOf(folder: string): Line[] {
  const file = join(folder, 'out.jsonl')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Line)
}

function configure(folder: string, producers: readonly object[]): string {
  const config = {
    producers,
    log: { kind: 'embedded', directory: 'log', partitions: 2, reserveBytes: 0 },
    workers: 1,
    sinks: [{ type: 'log', path: 'out.jsonl', topics: ['exchanges'] }],
    telemetry: { listen: false },
  }
  const file = join(folder, 'tapwire.yaml')
  writeFileSync(file, JSON.stringify(config))
  return file
}

async function request(port: number, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const sent = get({ host: '127.0.0.1', port, path, agent: false }, response => {
      response.resume().once('end', resolve)
    })
    sent.once('error', reject)
  })
}

/** Requests until one is in the sink (capture has begun by then), and `REQUESTS` more; SIGTERM when all are there. */
async function traffic(folder: string, port: number, stop: () => void, over: AbortSignal): Promise<void> {
  try {
    while (linesOf(folder).length === 0) {
      await request(port, '/first')
      await delay(100, undefined, { signal: over })
    }
    for (let i = 0; i < REQUESTS; i++) await request(port, `/live/${i}`)
    while (targets(folder).length < REQUESTS) await delay(100, undefined, { signal: over })
  } catch (error) {
    if (!over.aborted) throw error
  } finally {
    stop()
  }
}

function targets(folder: string): readonly string[] {
  return linesOf(folder)
    .map(({ request }) => request.target)
    .filter(target => target.startsWith('/live/'))
}

async function captured(t: TestContext, engine: EngineName): Promise<void> {
  const { port } = await serve(t)
  const folder = scratch(t)
  const config = configure(folder, [{ type: 'pcap', interface: 'lo', engine, filter: `tcp port ${port}` }])
  const over = new AbortController()
  let talk = Promise.resolve()
  const ended: Ended = await tapwire(['run', '--config', config], {
    during: child => {
      talk = traffic(folder, port, () => child.kill('SIGTERM'), over.signal)
    },
  })
  over.abort()
  await talk
  assert.equal(ended.stderr, '')
  assert.equal(ended.code, 130, 'stopped, with its state saved')
  assert.match(ended.stdout, /The same command goes on from here/)
  assert.doesNotMatch(ended.stdout, /still open/, 'every captured byte has its fate')
  assert.deepEqual(
    targets(folder).toSorted(),
    Array.from({ length: REQUESTS }, (_, i) => `/live/${i}`).toSorted(),
    'each exactly once',
  )
  for (const { connection, response } of linesOf(folder)) {
    assert.equal(connection.capture, 'pcap')
    assert.equal(response?.status, 200)
  }
}

for (const engine of ENGINES) {
  test(`run captures live with ${engine}; every exchange is in the sink, and SIGTERM stops it cleanly`, async t => {
    if (await ready(t, engine)) await captured(t, engine)
  })
}

test('what cannot be captured is one line that says what there is', async t => {
  if (!(await ready(t, 'tcpdump'))) return
  const folder = scratch(t)
  const config = configure(folder, [
    { type: 'pcap', name: 'one', interface: 'lo', engine: 'tcpdump' },
    { type: 'pcap', name: 'two', interface: 'nope0', engine: 'tcpdump' },
  ])
  const { code, stderr } = await tapwire(['run', '--config', config])
  assert.match(stderr, /^tapwire: producers: pcap: interface: nope0 does not exist \(.*\); there are .*lo.*any\n$/)
  assert.equal(code, 2)
})
