import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { MemoryBus } from '#infra/bus/memory/index.ts'
import { encodeRecord } from '#schemas/avro/records.ts'
import { delivery } from '#schemas/config/delivery.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Refused, Retryable, Usage } from '#schemas/contracts/errors.ts'
import type { Processor } from '#schemas/contracts/processor.ts'
import type { RefusedRecord, SinkRecord } from '#schemas/contracts/sink.ts'
import { type DeadLetter, NO_TOPIC } from '#schemas/records/dead.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { type AnyProcessor, type Components, loadComponents } from '../components.ts'
import { ATTACK, conversations, runLive, storedTraffic, valuesOf } from '../replay/traffic.test-support.ts'
import type { SinkRun } from '../run/sinks.ts'
import { type Entry, pick, readLetters } from './letters.ts'
import { hexdump, renderLetter, renderList } from './render.ts'
import { type Outcome, retryLetter } from './retry.ts'

const PACKETS = conversations(4, 4)
const [ATTACK_PATH] = ATTACK.split('?') as [string]

const LETTER: DeadLetter = {
  group: 'sink.log',
  topic: 'detections',
  partition: 0,
  offset: 7,
  index: -1,
  timer: null,
  stage: '',
  reason: 'refused-by-sink',
  message: 'record 0 of a batch of 1',
  time: 1_795_253_435_000_000,
  value: null,
}

async function bury(bus: Bus, ...letters: readonly DeadLetter[]): Promise<void> {
  await bus.append(
    letters.map(letter => ({ topic: 'dead', key: null, value: encodeRecord('dead', letter), time: letter.time })),
  )
}

/** A sink that keeps what it is given, or does what `answer` does. */
function sinkRun(
  name: string,
  answer: () => readonly RefusedRecord[] = () => [],
): SinkRun & { readonly got: SinkRecord[] } {
  const got: SinkRecord[] = []
  const sink = {
    write: async (batch: readonly unknown[]) => {
      const refused = answer()
      got.push(...(batch as readonly SinkRecord[]))
      return refused
    },
    [Symbol.asyncDispose]: async () => {},
  }
  return { name, topics: ['detections'], sink, delivery: delivery.parse(undefined), got }
}

describe('retry', () => {
  let components: Components
  before(async () => {
    components = await loadComponents()
  })

  const retry = (bus: Bus, entry: Entry, sinks: readonly SinkRun[] = []): Promise<Outcome> =>
    retryLetter(
      {
        bus,
        components,
        processors: {},
        sinks,
        mask: (_: string, value: unknown) => value,
        signal: new AbortController().signal,
      },
      entry,
    )

  const only = async (bus: Bus): Promise<Entry> => {
    const entries = await readLetters(bus)
    assert.equal(entries.length, 1)
    return entries[0]!
  }

  /** A detection as it stands in the log, in a letter of a sink. */
  async function refusedBySink(): Promise<MemoryBus> {
    const bus = await storedTraffic(components, PACKETS)
    await runLive(bus, components)
    const [detection] = await valuesOf(bus, 'detections')
    await bury(bus, { ...LETTER, value: encodeRecord('detections', detection!) })
    return bus
  }

  test('what a source could not understand is shown, and cannot be fed in', async () => {
    const bus = await storedTraffic(components, PACKETS)
    const value = Buffer.from('?')
    await bury(bus, { ...LETTER, group: 'source.envoy/1', topic: NO_TOPIC, offset: LETTER.time, value })
    const entry = await only(bus)
    assert.match(renderLetter(entry, value), /^Origin {6}a source, as it came$/m)
    const { ok, says } = await retry(bus, entry, [])
    assert.deepEqual([ok, says], [false, 'its source could not understand it, so it never was in the log'])
  })

  test('what a sink refused goes to that sink alone, once', async () => {
    const bus = await refusedBySink()
    const [log, other] = [sinkRun('log'), sinkRun('other')]
    const before = await bus.bounds('detections', 0)
    const { ok, says } = await retry(bus, await only(bus), [other, log])
    assert.deepEqual([ok, says], [true, 'delivered to log'])
    assert.deepEqual([log.got.length, other.got.length], [1, 0])
    assert.equal(log.got[0]?.topic, 'detections')
    const entry = await only(bus)
    assert.ok(entry.done)
    assert.match((await retry(bus, entry, [log])).says, /was retried before/)
    assert.equal(log.got.length, 1)
    assert.deepEqual(await bus.bounds('detections', 0), before)
  })

  test('a sink that refuses again, waits, or is gone: the letter stays open, tries are counted', async () => {
    const bus = await refusedBySink()
    assert.match(
      (await retry(bus, await only(bus), [sinkRun('log', () => [{ index: 0, answer: 'no such index' }])])).says,
      /refused it again: no such index/,
    )
    assert.equal((await only(bus)).tries, 1)
    const busy = sinkRun('log', () => {
      throw new Retryable('away', 'the other side is away')
    })
    assert.match((await retry(bus, await only(bus), [busy])).says, /not now: the other side is away/)
    assert.equal((await only(bus)).tries, 1, 'only what failed for good counts')
    assert.match((await retry(bus, await only(bus))).says, /nothing that runs as sink\.log/)
    const { tries, done } = await only(bus)
    assert.deepEqual([tries, done], [2, false])
  })

  test('a record that this code can read goes back to its partition, one that it cannot does not', async () => {
    const bus = await storedTraffic(components, PACKETS)
    const place = { ...LETTER, group: 'process', topic: 'segments', partition: 1, reason: 'undecodable' }
    let value: Uint8Array | null = null
    for await (const { records } of bus.read('segments', 1, 0, 1)) value = records[0]!.value
    await bury(bus, { ...place, offset: 1, value: Buffer.from('garbage') }, { ...place, offset: 2, value })
    const [bad, good] = await readLetters(bus)
    const { next } = await bus.bounds('segments', 1)
    assert.match((await retry(bus, bad!)).says, /no Avro record/)
    assert.equal((await bus.bounds('segments', 1)).next, next)
    assert.deepEqual(await retry(bus, good!), { ok: true, says: 'put back at the end of segments/1' })
    assert.equal((await bus.bounds('segments', 1)).next, next + 1)
  })

  test('a segment that made a processor throw: its connection gives what is missing, with the ids it would have had', async () => {
    const calm = await storedTraffic(components, PACKETS)
    await runLive(calm, components)
    const want = await everything(calm)

    const bus = await storedTraffic(components, PACKETS)
    await runLive(bus, throwingAt(components, '/item/3'))
    const letters = await readLetters(bus)
    assert.ok(letters.length >= 4, `${letters.length} letters`)
    assert.ok((await everything(bus)).length < want.length)
    for (const letter of letters) {
      const { ok, says } = await retry(bus, letter)
      // The end of the source made the same exchange come out, and throw, without the segment that was skipped.
      if (!ok) assert.match(says, /no segment of a connection/)
    }
    const got = await everything(bus)
    assert.equal(new Set(got).size, got.length, 'nothing twice')
    assert.deepEqual(got.toSorted(), want.toSorted())
    assert.equal((await readLetters(bus)).filter(({ done }) => done).length, 4)
  })

  test('what was published is not published again, also when nobody remembers the retry', async () => {
    const bus = await storedTraffic(components, PACKETS)
    await runLive(bus, throwingAt(components, ATTACK_PATH))
    const entries = await readLetters(bus)
    let letter: Entry | undefined
    for (const entry of entries) if ((await retry(bus, entry)).says === '2 results published') letter ??= entry
    assert.ok(letter !== undefined, 'an exchange and its detection')
    const before = await everything(bus)
    const { ok, says } = await retry(bus, { ...letter, done: false })
    assert.deepEqual([ok, says], [true, '0 results published, 2 were there already'])
    assert.deepEqual(await everything(bus), before)
  })

  test('the same thing refused twice is one letter, with its tries', async () => {
    const bus = await refusedBySink()
    await retry(bus, await only(bus))
    const before = await only(bus)
    await bury(bus, { ...LETTER, value: Buffer.from('again') })
    assert.deepEqual(await only(bus), before)
    assert.equal(before.tries, 1)
  })

  test('what still throws stays a letter', async () => {
    const bus = await storedTraffic(components, PACKETS)
    const broken = throwingAt(components, '/item/3')
    await runLive(bus, broken)
    const [letter] = await readLetters(bus)
    const parts = {
      bus,
      components: broken,
      processors: {},
      sinks: [],
      mask: (_: string, value: unknown) => value,
      signal: new AbortController().signal,
    }
    const { ok, says } = await retryLetter(parts, letter!)
    assert.equal(ok, false)
    assert.match(says, /still makes a processor throw: .*no \/item\/3/)
    assert.equal((await readLetters(bus))[0]!.tries, 1)
  })

  test('a timer cannot be fed in', async () => {
    const bus = await storedTraffic(components, PACKETS)
    await bury(bus, { ...LETTER, group: 'process', timer: { stage: 1, order: 9 }, stage: 'http' })
    const { ok, says } = await retry(bus, await only(bus))
    assert.equal(ok, false)
    assert.match(says, /timer of stage http/)
  })
})

/** The same components, but `detect` throws at this path. */
function throwingAt(components: Components, path: string): Components {
  const detect = components.processors.get('detect')!
  const broken: AnyProcessor = {
    ...detect,
    create: (config, parts) => {
      const inner = detect.create(config, parts)
      const process: Processor<unknown, unknown>['process'] = (value, ctx) => {
        if ((value as Exchange).request.path === path) throw new Error(`no ${path}`)
        inner.process(value, ctx)
      }
      return { process }
    },
  }
  return { ...components, processors: new Map(components.processors).set('detect', broken) }
}

async function everything(bus: Bus): Promise<string[]> {
  return [...(await valuesOf(bus, 'exchanges')), ...(await valuesOf(bus, 'detections'))].map(({ id }) => id)
}

describe('letters', () => {
  const entry: Entry = {
    ...LETTER,
    id: '0123456789abcdef01234567',
    at: 3,
    bytes: 4,
    done: false,
    tries: 1,
    lastTry: 'no \x1b[31mluck',
  }

  test('are picked by id, its beginning, or place', () => {
    const other = { ...entry, id: '0123ffffffffffffffffffff', at: 4 }
    const entries = [entry, other]
    assert.equal(pick(entries, entry.id), entry)
    assert.equal(pick(entries, '01234'), entry)
    assert.equal(pick(entries, '0/4'), other)
    assert.throws(() => pick(entries, '0123'), /beginning of 2 ids/)
    assert.throws(() => pick(entries, '012'), Usage)
    assert.throws(() => pick(entries, 'zzzzz'), Usage)
    assert.throws(() => pick(entries, 'ffff'), Refused)
    assert.throws(() => pick(entries, '0/5'), Refused)
  })

  test('are shown without control characters', () => {
    const text = renderLetter({ ...entry, message: 'a\x1b]0;title\x07\nb', group: 'x\r' }, Buffer.from('\x1b[2Jhello'))
    assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f]/)
    assert.match(text, /000000 {2}1b 5b 32 4a 68 65 6c 6c 6f +\.\[2Jhello$/m)
    assert.match(renderList([entry], 5), /^1 dead letters, 1 of them open\n +1 {2}sink\.log: refused-by-sink$/m)
    assert.match(renderList([entry, { ...entry, done: true }], 1), /and 1 older ones/)
  })

  test('bytes are dumped sixteen a row', () => {
    assert.deepEqual(hexdump(new Uint8Array(0)), [])
    const rows = hexdump(Uint8Array.from({ length: 17 }, (_, i) => 0x30 + i))
    assert.equal(rows.length, 2)
    assert.equal(rows[1], `  000010  40${' '.repeat(45)}  @`)
  })
})
