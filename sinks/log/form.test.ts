import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, test } from 'node:test'
import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { FORMS, type Form, formLine } from '#schemas/forms/form.ts'
import { anomaly, detection, exchange, socketMessage } from '#test/driver/records.ts'
import log from './index.ts'

const { signal } = new AbortController()
const EXCHANGES: readonly SinkRecord[] = [
  { topic: 'exchanges', value: exchange() },
  { topic: 'exchanges', value: socketMessage() },
]
const ALL: readonly SinkRecord[] = [
  ...EXCHANGES,
  { topic: 'detections', value: detection() },
  { topic: 'anomalies', value: anomaly() },
]
const recordsOf = (form: Form): readonly SinkRecord[] => (form === 'combined' ? EXCHANGES : ALL)
const configOf = (form: Form, more: object = {}) =>
  log.config.parse({ form, topics: [...new Set(recordsOf(form).map(({ topic }) => topic))], ...more })
const linesOf = (form: Form): string =>
  recordsOf(form)
    .map(record => formLine(form, record, { bodies: false }))
    .filter(line => line !== null)
    .map(line => `${line}\n`)
    .join('')

for (const form of FORMS) {
  describe(`form ${form}`, () => {
    test('is what the file and standard output hold', async () => {
      await using directory = await mkdtempDisposable(join(tmpdir(), 'tapwire-log-'))
      let written = ''
      const stdout = new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          written += chunk.toString()
          done()
        },
      })
      for (const to of ['file', 'stdout']) {
        await using sink = await log.open(configOf(form, { to }), { stdout, directory: directory.path })
        assert.deepEqual(await sink.write(recordsOf(form), signal), [])
      }
      assert.equal(readFileSync(join(directory.path, 'tapwire.jsonl'), 'utf8'), linesOf(form))
      assert.equal(written, linesOf(form))
    })

    test('its torn end is cut off, wherever it was torn; what is not ours is left alone', async () => {
      await using directory = await mkdtempDisposable(join(tmpdir(), 'tapwire-log-'))
      const path = join(directory.path, 'tapwire.jsonl')
      const host = { stdout: process.stdout, directory: directory.path }
      const whole = linesOf(form)
      for (const torn of [1, 4, 9, 15, 16, 17, 60]) {
        for (const after of ['', '\0\0\0\0']) {
          writeFileSync(path, `${whole}${whole.slice(0, torn)}${after}`)
          await (await log.open(configOf(form), host))[Symbol.asyncDispose]()
          assert.equal(readFileSync(path, 'utf8'), whole, `torn after ${torn}`)
        }
      }
      writeFileSync(path, 'my notes')
      await assert.rejects(log.open(configOf(form), host), { name: 'Usage' })
      assert.equal(readFileSync(path, 'utf8'), 'my notes')
    })
  })
}

test('what does not fit is refused, and why', () => {
  for (const [config, path, message] of [
    [{ form: 'combined' }, 'form', /it can hold topic exchanges only, not detections$/],
    [{ form: 'combined', topics: ['exchanges', 'anomalies'] }, 'form', /not anomalies$/],
    [{ form: 'ecs', topics: ['exchanges'], bodies: true }, 'bodies', /^form ecs holds no bodies/],
    [{ form: 'xml' }, 'form', /lines.*combined/],
  ] as const) {
    const { error } = log.config.safeParse(config)
    assert.equal(error?.issues[0]?.path.join('.'), path, JSON.stringify(config))
    assert.match(error!.issues[0]!.message, message)
  }
})
