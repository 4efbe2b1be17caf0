/** Messages of a proxy through a node that is killed between the halves: exchanges, evidence, verdict and replay. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { requestHalf, responseHalf } from '#schemas/message/message.test-support.ts'
import { encodeMessage } from '#schemas/message/message.ts'
import type { MessageHalf } from '#schemas/records/message.ts'
import { type Ended, scratch, tapwire } from './tapwire.ts'
import { freePort, poll, sampleOf } from './telemetry.ts'

const EXCHANGES = 300
const ATTACKS = EXCHANGES / 10

interface Line {
  readonly type: string
  readonly id: string
  readonly anomalies?: readonly string[]
  readonly via?: { readonly upstream: object }
  readonly response: { readonly status: number } | null
}

const now = Date.now() * 1000
const id = (n: number): string => `e2e-message-${String(n).padStart(8, '0')}`
const requests = Array.from({ length: EXCHANGES }, (_, n) =>
  requestHalf({ id: id(n), start: now, end: now, path: n % 10 === 0 ? `/etc/passwd?n=${n}` : `/item/${n}` }),
)
const responses = Array.from({ length: EXCHANGES }, (_, n) =>
  responseHalf({ id: id(n), start: now, end: now, status: 200 + (n % 100) }),
)

test('the halves meet across a kill, once, and what is stored proves it', async t => {
  const folder = scratch(t)
  const [ingest, telemetry] = [await freePort(), await freePort()]
  const config = join(folder, 'tapwire.yaml')
  writeFileSync(
    config,
    `producers: [{ type: envoy, listen: "127.0.0.1:${ingest}" }]
sinks: [{ type: log, path: lines.jsonl, topics: [exchanges, detections] }]
log: { kind: embedded, directory: log, partitions: 2, reserveBytes: 0 }
telemetry: { listen: "127.0.0.1:${telemetry}" }
`,
  )
  const lines = (): readonly Line[] => readLines(join(folder, 'lines.jsonl'))
  const entries = (metrics: string): number =>
    [...metrics.matchAll(/^tapwire_stage_entries\{[^}]*stage="messages"[^}]*\} (\d+)$/gm)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    )

  const killed = await node(config, telemetry, 'SIGKILL', async () => {
    await post(ingest, requests)
    // Acceptance is into memory: all are in the log when the stage has them (one entry more for the source in each partition).
    await poll(`http://127.0.0.1:${telemetry}/metrics`, (_, body) => entries(body) >= EXCHANGES)
  })
  assert.equal(killed.signal, 'SIGKILL')
  assert.deepEqual(lines(), [], 'nobody has answered yet')

  let metrics = ''
  const stopped = await node(config, telemetry, 'SIGINT', async () => {
    await post(ingest, responses)
    metrics = await poll(`http://127.0.0.1:${telemetry}/metrics`, () => lines().length >= EXCHANGES + ATTACKS)
  })
  assert.equal(stopped.code, 130, stopped.stderr)
  assert.equal(sampleOf(metrics, 'tapwire_bytes_total{fate="damaged"}'), 0)

  const exchanges = lines().filter(({ type }) => type === 'exchange')
  assert.equal(exchanges.length, EXCHANGES)
  assert.equal(new Set(exchanges.map(line => line.id)).size, EXCHANGES)
  assert.deepEqual(
    exchanges.flatMap(({ anomalies }) => anomalies),
    [],
  )
  assert.ok(exchanges.every(({ response, via }) => response !== null && via !== undefined))
  const detections = lines().filter(({ type }) => type === 'detection')
  assert.equal(detections.length, ATTACKS)

  const [detection] = detections
  const evidence = await tapwire(['evidence', '-c', config, detection!.id], { cwd: folder })
  assert.equal(evidence.code, 0, evidence.stderr)
  assert.match(
    evidence.stdout,
    /^[0-9a-f]{24}\.jsonl: 2 messages of 203\.0\.113\.7 port 50123 to 10\.0\.0\.2 port 8443, /,
  )
  const halves = readLines<{ message: MessageHalf }>(join(folder, `${detection!.id}.jsonl`)).map(
    ({ message }) => message,
  )
  assert.deepEqual(halves.map(({ half }) => half).toSorted(), ['request', 'response'])
  const verdict = await tapwire(['verify', '-c', config, detection!.id])
  assert.match(verdict.stdout, /^Confirmed: /)

  const replay = await tapwire(['replay', '--topic', 'segments', '-c', config])
  assert.equal(replay.code, 0, replay.stderr)
  const again = replay.lines<Line>().map(line => line.id)
  assert.deepEqual(
    again.toSorted(),
    lines()
      .map(line => line.id)
      .toSorted(),
  )
})

/** Runs a node until `during` is done, then ends it with `signal`. */
async function node(
  config: string,
  telemetry: number,
  signal: NodeJS.Signals,
  during: () => Promise<void>,
): Promise<Ended> {
  let work: Promise<void> | undefined
  const ended = await tapwire(['run', '--config', config], {
    during: child => {
      const ready = poll(`http://127.0.0.1:${telemetry}/ready`, status => status === 200)
      work = ready.then(during).finally(() => child.kill(signal))
      // Awaited when the node has ended.
      work.catch(() => {})
    },
  })
  try {
    await work
  } catch (error) {
    throw new Error(ended.stderr, { cause: error })
  }
  return ended
}

/** In several bodies, as a filter would send them. */
async function post(port: number, halves: readonly MessageHalf[]): Promise<void> {
  for (let at = 0; at < halves.length; at += 50) {
    const body = Buffer.concat(halves.slice(at, at + 50).map(encodeMessage))
    const headers = { 'content-type': 'application/x-msgpack' }
    const { status } = await fetch(`http://127.0.0.1:${port}/v1/messages`, { method: 'POST', headers, body })
    assert.equal(status, 202)
  }
}

function readLines<T = Line>(path: string): readonly T[] {
  const text = readFileSync(path, { encoding: 'utf8', flag: 'a+' })
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T)
}
