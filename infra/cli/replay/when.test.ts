import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBus } from '#infra/bus/memory/index.ts'
import { TOPICS } from '#schemas/avro/topics.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { parseBudget } from './budget.ts'
import { merged } from './merged.ts'
import { resolveRange } from './range.ts'
import { formatOffsets, type Place, parsePlace } from './when.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const at = (iso: string): Place => ({ kind: 'time', time: Date.parse(iso) * 1000 })

for (const [text, place] of [
  ['2026-11-21', at('2026-11-21T00:00:00Z')],
  ['2026-11-21T09:30', at('2026-11-21T09:30:00Z')],
  ['2026-11-21 09:30:05', at('2026-11-21T09:30:05Z')],
  ['2026-11-21T09:30:05.25Z', at('2026-11-21T09:30:05.250Z')],
  ['2026-11-21T10:30:00+01:00', at('2026-11-21T09:30:00Z')],
  ['2026-11-21T09:30:00.000001Z', { kind: 'time', time: Date.parse('2026-11-21T09:30:00Z') * 1000 + 1 }],
  ['1h', at('2026-11-21T11:00:00Z')],
  ['-2d', at('2026-11-19T12:00:00Z')],
  ['90s', at('2026-11-21T11:58:30Z')],
  ['120', { kind: 'offset', offset: 120 }],
  [
    '0:120,3:7',
    {
      kind: 'offsets',
      offsets: new Map([
        [0, 120],
        [3, 7],
      ]),
    },
  ],
] as const) {
  test(`when: ${text}`, () => {
    assert.deepEqual(parsePlace('from', text, NOW), place)
    if (place.kind === 'offsets') assert.equal(formatOffsets(place.offsets), text)
  })
}

for (const text of ['', 'yesterday', '2026-02-30', '2026-13-01', '1y', '-5', '0:1,', '12:', '2026-11-21T25:00']) {
  test(`when: ${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => parsePlace('from', text, NOW),
      (error: unknown) => error instanceof Usage && /^--from /.test(error.message),
    )
  })
}

test('budgets', () => {
  assert.equal(parseBudget('100MB').bytes, 100e6)
  assert.equal(parseBudget('1.5GiB').bytes, 1.5 * 1024 ** 3)
  assert.equal(parseBudget('5m').ms, 300_000)
  for (const text of ['', '5', '0s', '0MB', '-1MB', '5 parsecs', '5mb']) assert.throws(() => parseBudget(text), Usage)
})

/** Records with these times (seconds) in partitions 0 and 1. */
async function logOf(...times: readonly (readonly number[])[]): Promise<MemoryBus> {
  const bus = new MemoryBus({ partitions: times.length })
  await bus.ensure([TOPICS.segments])
  for (const [partition, own] of times.entries()) {
    for (const time of own)
      await bus.append([{ topic: 'segments', partition, key: null, value: null, time: time * 1e6 }])
  }
  return bus
}

async function spansOf(bus: MemoryBus, from: Place | null, to: Place | null, warmUp = 0): Promise<string[]> {
  const { spans } = await resolveRange(bus, { topic: 'segments', from, to, warmUp: warmUp * 1e6 })
  return spans.map(span => `${span.partition}: ${span.warm} ${span.from} ${span.to}${span.cut ? ' cut' : ''}`)
}

const second = (seconds: number): Place => ({ kind: 'time', time: seconds * 1e6 })
const offset = (offset: number): Place => ({ kind: 'offset', offset })

test('ranges: everything, times, offsets, warm-up', async () => {
  const bus = await logOf([1, 2, 3, 4, 5], [2, 4, 6])
  assert.deepEqual(await spansOf(bus, null, null), ['0: 0 0 5', '1: 0 0 3'])
  assert.deepEqual(await spansOf(bus, second(3), second(5)), ['0: 2 2 5 cut', '1: 1 1 3 cut'])
  assert.deepEqual(await spansOf(bus, second(3), null, 1), ['0: 1 2 5 cut', '1: 0 1 3'])
  assert.deepEqual(await spansOf(bus, second(5.5), null), ['1: 2 2 3 cut'])
  assert.deepEqual(await spansOf(bus, offset(2), offset(3), 1), ['0: 1 2 3 cut', '1: 2 2 3 cut'])
  assert.deepEqual(await spansOf(bus, { kind: 'offsets', offsets: new Map([[1, 1]]) }, null), ['1: 1 1 3 cut'])
  assert.deepEqual(await spansOf(bus, second(7), null), [])
  assert.deepEqual((await resolveRange(bus, { topic: 'segments', from: second(7), to: null, warmUp: 0 })).stored, {
    records: 8,
    times: [1e6, 6e6],
  })
})

test('ranges: where times go up and down, nothing of the range is left out', async () => {
  const bus = await logOf([100, 101, 5, 6, 102])
  // The first record may reach back to any time, and the last one to that of the one before.
  assert.deepEqual(await spansOf(bus, second(5), second(7)), ['0: 0 0 5'])
  assert.deepEqual(await spansOf(bus, second(101), second(102)), ['0: 1 1 5 cut'])
  assert.deepEqual(await spansOf(bus, second(100), second(103)), ['0: 0 0 5'])
})

test('ranges that cannot be', async () => {
  const bus = await logOf([1], [2])
  await assert.rejects(spansOf(bus, second(2), second(1)), /--from must come before --to/)
  await assert.rejects(spansOf(bus, offset(3), offset(3)), /--from must come before --to/)
  await assert.rejects(
    spansOf(bus, { kind: 'offsets', offsets: new Map([[2, 0]]) }, null),
    /partitions 0 to 1, and no 2/,
  )
})

test('records of all partitions by time, of equal times by partition, each partition in its own order', async () => {
  const bus = await logOf([1, 5, 3], [1, 2, 4])
  const { spans } = await resolveRange(bus, { topic: 'segments', from: null, to: null, warmUp: 0 })
  const order: string[] = []
  for await (const { span, record } of merged(bus, 'segments', spans)) order.push(`${span.partition}:${record.offset}`)
  assert.deepEqual(order, ['0:0', '1:0', '1:1', '1:2', '0:1', '0:2'])
})
