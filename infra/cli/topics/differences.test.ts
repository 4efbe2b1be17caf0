import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type FoundTopic, type TopicOptions, wanted } from '#infra/bus/kafka/topics.ts'
import { stateTopic, TOPICS, type TopicSpec } from '#schemas/avro/topics.ts'
import { differencesOf } from './differences.ts'
import { renderDifferences } from './render.ts'
import { SETTINGS } from './settings.ts'

const MIB = 1024 ** 2
const options: TopicOptions = {
  prefix: 'tw.',
  partitions: 4,
  replication: null,
  maxMessageBytes: 8 * MIB,
  create: true,
  grow: false,
}
const checkpoint = { everyMs: 10_000, everyBytes: 64 * MIB }

interface Case {
  readonly spec?: TopicSpec
  readonly brokers?: number
  /** Copies wanted and there. */
  readonly copies?: readonly [want: number, have: number]
  readonly partitions?: number
  readonly settings?: Readonly<Record<string, string>>
}

/** What is said of one topic that is as it should be, but for these. */
function said({ spec = TOPICS.segments, brokers = 3, copies = [3, 3], partitions = 4, settings = {} }: Case): string[] {
  const want = wanted(spec, options, copies[0])
  const own = wanted(spec, options, copies[1])
  const found: FoundTopic = {
    kafkaName: want.kafkaName,
    partitions,
    replication: copies[1],
    replicas: new Map(),
    config: new Map(Object.entries({ ...own.config, ...settings })),
  }
  const ids = Array.from({ length: brokers }, (_, i) => i + 1)
  const differences = differencesOf([want], { brokers: ids, topics: new Map([[found.kafkaName, found]]) }, checkpoint)
  return differences.map(({ what, have, want, mend }) => `${what} ${have} → ${want} (${mend})`)
}

const state = stateTopic('tcp')
const cases: readonly (readonly [what: string, given: Case, said: readonly string[]])[] = [
  ['as it should be', {}, []],
  ['state as it should be', { spec: state }, []],
  ['one broker, one copy', { brokers: 1, copies: [1, 1] }, []],
  ['two brokers, one copy', { brokers: 2, copies: [1, 1] }, ['log.replication 1 → 2 (by-hand)']],
  ['more copies than wanted', { copies: [2, 3] }, []],
  ['fewer copies: two in sync would stop it', { copies: [3, 1] }, ['replication 1 → 3 (by-hand)']],
  [
    'two copies, both in sync',
    { copies: [2, 2], settings: { 'min.insync.replicas': '2' } },
    ['min.insync.replicas 2 → 1 (set)'],
  ],
  ['more in sync than copies', { settings: { 'min.insync.replicas': '4' } }, ['min.insync.replicas 4 → 2 (set)']],
  ['larger messages than ours', { settings: { 'max.message.bytes': String(64 * MIB) } }, []],
  ['smaller ones', { settings: { 'max.message.bytes': '1048588' } }, [`max.message.bytes 1048588 → ${8 * MIB} (set)`]],
  ['smaller segments than ours', { settings: { 'segment.bytes': String(MIB), 'segment.ms': '60000' } }, []],
  ['longer segments', { settings: { 'segment.ms': '604800000' } }, ['segment.ms 604800000 → 10800000 (set)']],
  ['retention without end', { settings: { 'retention.ms': '-1' } }, ['retention.ms -1 → 86400000 (set)']],
  ['brokers that compress with zstd', { settings: { 'compression.type': 'zstd' } }, []],
  [
    'brokers that compress with snappy',
    { settings: { 'compression.type': 'snappy' } },
    ['compression.type snappy → producer (set)'],
  ],
  [
    'compaction later',
    { spec: state, settings: { 'min.cleanable.dirty.ratio': '0.5' } },
    ['min.cleanable.dirty.ratio 0.5 → 0.2 (set)'],
  ],
  [
    'deletions forgotten sooner',
    { spec: state, settings: { 'delete.retention.ms': '1000' } },
    ['delete.retention.ms 1000 → 600000 (set)'],
  ],
  [
    'state that is deleted too',
    { spec: state, settings: { 'cleanup.policy': 'compact,delete' } },
    ['cleanup.policy compact,delete → compact (set)'],
  ],
  ['fewer partitions', { partitions: 2 }, ['partitions 2 → 4 (grow)']],
  ['more partitions', { partitions: 8 }, ['partitions 8 → 4 (by-hand)']],
]

describe('differences', () => {
  for (const [what, given, expected] of cases) test(what, () => assert.deepEqual(said(given), expected))

  test('every setting that is asked for says what it is for', () => {
    const names = [TOPICS.segments, state].flatMap(spec => Object.keys(wanted(spec, options, 3).config))
    assert.deepEqual(
      names.filter(name => !SETTINGS.has(name)),
      [],
    )
  })
})

test('a topic that came from a hostile name does not reach the terminal as it is', () => {
  const text = renderDifferences([
    { topic: 'a\x1b[2J', what: 'retention.ms', have: '3600000', want: '90000', why: 'x', mend: 'set' },
  ])
  assert.equal(text, 'a\\x1b[2J\n  retention.ms  3600000 (1 hour) → 90000 (90 seconds)  (x)\n')
})
