/** Dead letters from the command line. How each kind is fed in again: infra/cli/dead/retry.test.ts. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEmbedded } from '#infra/bus/embedded/index.ts'
import { decodeRecord, encodeRecord } from '#schemas/avro/records.ts'
import type { DeadLetter } from '#schemas/records/dead.ts'
import { sampleConfig } from './sample.ts'
import { scratch, tapwire } from './tapwire.ts'

/** The sample's log with two letters of the log sink: a detection, and bytes that are nothing. */
async function withLetters(folder: string): Promise<string> {
  const config = sampleConfig(folder)
  const { code, stderr } = await tapwire(['run', '--config', config])
  assert.equal(code, 0, stderr)
  const limits = { maxBytes: 2 ** 30, reserveBytes: 0 }
  await using bus = await openEmbedded({ directory: join(folder, 'log'), partitions: 4, durability: 'process', limits })
  const letter: DeadLetter = {
    group: 'sink.log',
    topic: 'detections',
    partition: 0,
    offset: 1,
    index: -1,
    timer: null,
    stage: '',
    reason: 'refused-by-sink',
    message: 'record 1 of a batch of 2',
    time: 1_795_253_435_000_000,
    value: null,
  }
  let value: Uint8Array | null = null
  for (let partition = 0; partition < 4 && value === null; partition++) {
    for await (const { records } of bus.read('detections', partition, 0)) value ??= Uint8Array.from(records[0]!.value!)
  }
  const letters = [
    { ...letter, value },
    { ...letter, offset: 2, reason: 'undecodable', value: Buffer.from('\x1b[2J nothing') },
  ]
  await bus.append(
    letters.map(one => ({ topic: 'dead', key: null, value: encodeRecord('dead', one), time: letter.time })),
  )
  assert.ok(decodeRecord('detections', value!).id !== '')
  return config
}

interface Line {
  readonly id: string
  readonly reason: string
}

test('list, show, retry', async t => {
  const folder = scratch(t)
  const config = await withLetters(folder)
  const dead = (...args: readonly string[]) => tapwire(['dead', ...args, '-c', config])
  const list = await dead('list')
  assert.equal(list.code, 0, list.stderr)
  assert.match(
    list.stdout,
    /^2 dead letters, 2 of them open\n +1 {2}sink\.log: refused-by-sink\n +1 {2}sink\.log: undecodable\n/,
  )
  const letters = (await dead('list', '--json')).lines<Line>()
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    ['undecodable', 'refused-by-sink'],
    'newest first',
  )
  const [bad, good] = letters

  const show = await dead('show', bad!.id.slice(0, 12))
  assert.match(show.stdout, /1b 5b 32 4a 20 6e/)
  assert.ok(!show.stdout.includes('\x1b'))
  assert.equal((await dead('show', '0/0')).stdout, (await dead('show', good!.id)).stdout)

  const out = join(folder, 'detections.jsonl')
  const before = readFileSync(out, 'utf8').split('\n').length
  const retried = await dead('retry', '--all')
  assert.equal(retried.stderr, '')
  assert.equal(retried.code, 1, 'one of them cannot be delivered')
  assert.match(retried.stdout, new RegExp(`^${good!.id.slice(0, 12)} {2}ok {2}delivered to log$`, 'm'))
  assert.match(retried.stdout, new RegExp(`^${bad!.id.slice(0, 12)} {2}failed {2}no Avro record`, 'm'))
  assert.equal(readFileSync(out, 'utf8').split('\n').length, before + 1)

  assert.match((await dead('list')).stdout, /^1 dead letters, 1 of them open[\s\S]*\(1 retry failed\)/)
  assert.match((await dead('list', '--all')).stdout, /^2 dead letters, 1 of them open[\s\S]*\(retried\)/)
  assert.match((await dead('retry', good!.id)).stdout, /was retried before/)
  assert.equal(readFileSync(out, 'utf8').split('\n').length, before + 1, 'nothing twice')
  await dead('retry', bad!.id)
  await dead('retry', bad!.id)
  const tired = await dead('retry', '--all')
  assert.equal(tired.code, 1)
  assert.match(tired.stderr, /no open letter fits/)
})

const BAD: readonly (readonly [args: readonly string[], code: number, says: RegExp])[] = [
  [[], 2, /dead list, dead show ID, or dead retry ID/],
  [['lsit'], 2, /dead list, dead show ID, or dead retry ID/],
  [['list', 'x'], 2, /takes filters, no ids/],
  [['list', '--limit', '0'], 2, /--limit: expected a whole number from 1/],
  [['show'], 2, /takes one id/],
  [['show', 'zz'], 2, /names no letter/],
  [['show', 'aaaaaaaa'], 1, /no dead letter aaaaaaaa is stored/],
  [['retry'], 2, /which letters\?/],
  [['retry', 'aaaa', '--all'], 2, /choose one/],
  [['retry', '--reason', 'never'], 1, /no open letter fits/],
]

test('bad input: one line, and the right exit code', async t => {
  const folder = scratch(t)
  const config = await withLetters(folder)
  for (const [args, code, says] of BAD) {
    const ended = await tapwire(['dead', ...args, '-c', config])
    assert.match(ended.stderr, says, args.join(' '))
    assert.equal(ended.code, code, args.join(' '))
    assert.equal(ended.stdout, '')
    assert.equal(ended.stderr.trimEnd().split('\n').length, 1)
  }
})
