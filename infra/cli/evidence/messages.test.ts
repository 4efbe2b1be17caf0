/** What proxies mirrored, stored: found again, proven, replayed and retried as what packets brought is. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { MemoryBus } from '#infra/bus/memory/index.ts'
import { decodeRecord } from '#schemas/avro/records.ts'
import type { Processor } from '#schemas/contracts/processor.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { Segment } from '#schemas/records/segment.ts'
import { mirrored, roundsOf, type Taken } from '#test/driver/messages.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { type AnyProcessor, type Components, loadComponents } from '../components.ts'
import { readLetters } from '../dead/letters.ts'
import { retryLetter } from '../dead/retry.ts'
import { Begun } from '../replay/begun.ts'
import { Rerun } from '../replay/rerun.ts'
import { runLive, storedRounds, valuesOf } from '../replay/traffic.test-support.ts'
import { locateConversation, piecesOf } from './conversation.ts'
import { messageLines } from './messages.ts'
import { verdictOf } from './verdict.ts'

const PARTITIONS = 2
const all = mirrored(mulberry32(7), 40)
/** Nobody waits for their responses. */
const slow = new Set(all.filter(({ half }) => half.end - half.start > 30e6).map(({ half }) => half.id))
const taken = all.filter(({ half }) => !slow.has(half.id))
const stored = (components: Components, given: readonly Taken[] = taken) =>
  storedRounds(components, roundsOf(given, PARTITIONS, 4), PARTITIONS)

interface Line {
  readonly stored: { readonly offset: number; readonly sensor: string }
  readonly message: { readonly id: string; readonly half: string; readonly path?: string; readonly body: string }
}

describe('mirrored exchanges', () => {
  let components: Components
  let bus: MemoryBus
  before(async () => {
    components = await loadComponents()
    bus = await stored(components)
    await runLive(bus, components)
  })

  test('evidence of a detection is its two messages, and nothing else', async () => {
    const detections = await valuesOf(bus, 'detections')
    assert.ok(detections.length > 3)
    for (const { connection, origin, path } of detections) {
      const lines: Line[] = []
      const conversation = await locateConversation(bus, connection, origin)
      for await (const line of messageLines(bus, conversation)) lines.push(JSON.parse(line) as Line)
      assert.deepEqual(lines.map(({ message }) => message.half).toSorted(), ['request', 'response'])
      assert.equal(new Set(lines.map(({ message }) => message.id)).size, 1)
      const { message } = lines.find(({ message }) => message.half === 'request')!
      assert.equal(message.path!.split('?')[0], path)
      const half = taken.find(({ half }) => half.id === message.id && half.half === 'request')!.half
      assert.equal(message.body, Buffer.from(half.body).toString('base64'))
    }
  })

  test('verify finds every detection again', async () => {
    for (const detection of await valuesOf(bus, 'detections')) {
      const conversation = await locateConversation(bus, detection.connection, detection.origin)
      const verdict = await verdictOf(bus, components, {}, detection, conversation)
      assert.deepEqual(verdict, { confirmed: true, reason: null, differences: [] })
    }
  })

  test('a replay gives the same ids', async () => {
    const ids: string[] = []
    const rerun = new Rerun(components, {}, ['exchanges', 'detections'], (_topic, _key, { id }) => ids.push(id))
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for await (const { records } of bus.read('segments', partition, 0)) {
        for (const { offset, value } of records) rerun.process(partition, { offset }, decodeRecord('segments', value!))
      }
    }
    const live = [...(await valuesOf(bus, 'exchanges')), ...(await valuesOf(bus, 'detections'))]
    assert.equal(live.filter(value => 'request' in value).length, 40 - slow.size)
    assert.deepEqual(ids.toSorted(), live.map(({ id }) => id).toSorted())
  })

  test('a message that made a processor throw is taken again with its other half', async () => {
    const want = (await valuesOf(bus, 'exchanges')).map(({ id }) => id)
    const broken = await stored(components)
    // The last segment of its exchange: when the source ends, the other half comes out alone.
    await runLive(broken, throwingOnce(components))
    assert.equal((await valuesOf(broken, 'exchanges')).length, want.length)
    const [letter, ...more] = await readLetters(broken)
    assert.deepEqual(more, [])
    const parts = {
      bus: broken,
      components,
      processors: {},
      sinks: [],
      mask: (_: string, value: unknown) => value,
      signal: new AbortController().signal,
    }
    const { ok, says } = await retryLetter(parts, letter!)
    assert.equal(ok, true)
    const got = (await valuesOf(broken, 'exchanges')).map(({ id }) => id)
    assert.equal(new Set(got).size, got.length, `nothing twice: ${says}`)
    assert.ok(
      want.every(id => got.includes(id)),
      says,
    )
  })

  test('an exchange whose request lies before the place where reading begins is known', () => {
    const [request, response] = taken.slice(0, 2).map(({ half }) => half)
    const cut = roundsOf(
      [
        { half: response!, time: 5, server: 0 },
        { half: response!, time: 6, server: 0 },
      ],
      1,
    )
    const whole = roundsOf(
      [
        { half: response!, time: 5, server: 0 },
        { half: request!, time: 6, server: 0 },
      ],
      1,
    )
    const known = (rounds: typeof cut): number => {
      const begun = new Begun()
      const ids: string[] = []
      const rerun = new Rerun(components, {}, ['exchanges'], (_topic, _key, { connection }) => ids.push(connection.id))
      for (const { batch } of rounds.flat()) {
        begun.look(0, batch)
        rerun.process(0, { offset: 0 }, batch)
      }
      return ids.filter(id => begun.has(id)).length
    }
    assert.equal(known(cut), 1)
    assert.equal(known(whole), 0)
  })

  test('another message between the same ends is none of it', async () => {
    const [detection] = await valuesOf(bus, 'detections')
    const conversation = await locateConversation(bus, detection!.connection, detection!.origin)
    const segment = new Segment()
    let takes = 0
    for await (const piece of piecesOf(bus, { ...conversation, from: 0, until: Number.MAX_SAFE_INTEGER })) {
      segment.reset(piece.batch)
      while (segment.next()) if (piece.takes(segment)) takes++
    }
    assert.equal(takes, 2)
  })
})

/** The same components, but `detect` throws at the first exchange with a response that asks for a file. */
function throwingOnce(components: Components): Components {
  const detect = components.processors.get('detect')!
  let at = ''
  const broken: AnyProcessor = {
    ...detect,
    create: (config, parts) => {
      const inner = detect.create(config, parts)
      const process: Processor<unknown, unknown>['process'] = (value, ctx) => {
        const { id, request, response } = value as Exchange
        if (at === '' && request.path === '/etc/passwd') at = id
        if (id === at && response !== null) throw new Error('no such file')
        inner.process(value, ctx)
      }
      return { process }
    },
  }
  return { ...components, processors: new Map(components.processors).set('detect', broken) }
}
