import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, test } from 'node:test'
import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { anomalyLine, detectionLine, exchangeLine } from '#schemas/json/lines.ts'
import { anomaly, detection, exchange, request } from '#test/driver/records.ts'
import log from './index.ts'

const { signal } = new AbortController()
const body = new TextEncoder().encode('hello')
const RECORDS: readonly SinkRecord[] = [
  { topic: 'exchanges', value: exchange({ request: request({ body }) }) },
  { topic: 'detections', value: detection() },
  { topic: 'anomalies', value: anomaly() },
]
const linesWith = (bodies: boolean): string =>
  `${exchangeLine(exchange({ request: request({ body }) }), { bodies })}\n${detectionLine(detection())}\n${anomalyLine(anomaly())}\n`

/** Takes writes one by one, and says when. */
class Slow extends Writable {
  readonly taken: string[] = []
  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    setImmediate(() => {
      this.taken.push(chunk.toString())
      done()
    })
  }
}

describe('the file', () => {
  for (const bodies of [false, true]) {
    test(`holds exactly the lines of the contract, bodies ${bodies}`, async () => {
      await using directory = await mkdtempDisposable(join(tmpdir(), 'tapwire-log-'))
      const config = log.config.parse({ bodies, fsync: true })
      await using sink = await log.open(config, { stdout: process.stdout, directory: directory.path })
      assert.deepEqual(await sink.write(RECORDS, signal), [])
      assert.equal(readFileSync(join(directory.path, 'tapwire.jsonl'), 'utf8'), linesWith(bodies))
    })
  }

  test('an aborted write writes nothing', async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), 'tapwire-log-'))
    await using sink = await log.open(log.config.parse({}), { stdout: process.stdout, directory: directory.path })
    await assert.rejects(sink.write(RECORDS, AbortSignal.abort()), { name: 'AbortError' })
    assert.equal(readFileSync(join(directory.path, 'tapwire.jsonl'), 'utf8'), '')
  })
})

describe('standard output', () => {
  const open = (stdout: Writable) => log.open(log.config.parse({ to: 'stdout' }), { stdout, directory: '/' })

  test('gets a batch in one piece; write waits until it is taken', async () => {
    const stdout = new Slow()
    await using sink = await open(stdout)
    await sink.write(RECORDS, signal)
    assert.deepEqual(stdout.taken, [linesWith(false)])
  })

  test('its error is the error of write', async () => {
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
    stdout.on('error', () => {})
    await using sink = await open(stdout)
    await assert.rejects(sink.write(RECORDS, signal), /EPIPE/)
  })
})

describe('configuration', () => {
  test('topics are those it names, detections by default', () => {
    assert.deepEqual(log.topics(log.config.parse({})), ['detections'])
    const config = log.config.parse({ topics: ['exchanges', 'anomalies'] })
    assert.deepEqual(log.topics(config), ['exchanges', 'anomalies'])
  })

  test('refuses what is wrong', () => {
    for (const config of [
      { topics: [] },
      { topics: ['segments'] },
      { path: '' },
      { rotate: { keep: 0 } },
      { level: 'info' },
    ]) {
      assert.equal(log.config.safeParse(config).success, false, JSON.stringify(config))
    }
    const twice = log.config.safeParse({ topics: ['detections', 'detections'] })
    assert.equal(twice.error?.issues[0]?.message, 'a topic is listed twice')
  })
})
