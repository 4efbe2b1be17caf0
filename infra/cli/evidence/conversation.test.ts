import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Bus } from '#schemas/contracts/bus.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import type { Detection } from '#schemas/records/detection.ts'
import { Segment, SYN } from '#schemas/records/segment.ts'
import { Clock, type Packet, Talk } from '#test/driver/packets.ts'
import { type Components, loadComponents } from '../components.ts'
import { ATTACK, conversations, runLive, storedTraffic, valuesOf } from '../replay/traffic.test-support.ts'
import { locateConversation, piecesOf } from './conversation.ts'
import { verdictOf } from './verdict.ts'

const request = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: shop.example\r\n\r\n`
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** An exchange on a connection of its own, attack or not. */
function visit(clock: Clock, target: string, clientSeq: number): readonly Packet[] {
  const talk = new Talk(clock, { clientSeq, serverSeq: clientSeq + 1000 })
  return [...talk.open(), ...talk.client(request(target)), ...talk.server(OK), ...talk.close()]
}

describe('a conversation', () => {
  let components: Components
  before(async () => {
    components = await loadComponents()
  })

  /** Numbers (from 1) of the packets that are taken for the first detection, and whether its beginning was found. */
  async function taken(packets: readonly Packet[], log: (bus: Bus) => Bus = bus => bus) {
    const bus = await storedTraffic(components, packets)
    await runLive(bus, components)
    const [detection] = await valuesOf(bus, 'detections')
    const { connection, origin } = detection!
    const seen = log(bus)
    const conversation = await locateConversation(seen, connection, origin)
    const numbers: number[] = []
    const segment = new Segment()
    for await (const { batch, takes } of piecesOf(seen, conversation)) {
      segment.reset(batch)
      while (segment.next()) if (takes(segment)) numbers.push(segment.packet)
    }
    const verdict = await verdictOf(seen, components, {}, detection as Detection, conversation)
    return { numbers, begin: conversation.begin, confirmed: verdict.confirmed }
  }

  const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)

  test('is one of many, whole', async () => {
    const packets = conversations(6, 4)
    const { numbers, confirmed } = await taken(packets)
    const port = packets[numbers[0]! - 1]!.from.port
    const own = packets.flatMap(({ from, to }, i) => (from.port === port || to.port === port ? [i + 1] : []))
    assert.deepEqual(numbers, own)
    assert.ok(confirmed)
  })

  test('the port used again, before and after: only the one in the middle', async () => {
    const clock = new Clock()
    const [before, attack, after] = [visit(clock, '/', 1), visit(clock, ATTACK, 90_000), visit(clock, '/', 900_000)]
    // Silence, so that a record of its own holds what comes after: the end is looked for behind the origin.
    const quiet = Array.from({ length: 60 }, (_, i) => new Talk(clock, { client: { ip: '10.9.9.9', port: 1000 + i } }))
    const packets = [...before, ...attack, ...quiet.flatMap(talk => talk.open()), ...after]
    const { numbers, confirmed } = await taken(packets)
    assert.deepEqual(numbers, range(before.length + 1, before.length + attack.length))
    assert.ok(confirmed)
  })

  test('a forged SYN before the attack cuts nothing off', async () => {
    const clock = new Clock()
    const talk = new Talk(clock)
    const opened = [...talk.open(), ...talk.client(request('/')), ...talk.server(OK)]
    const forged: Packet = { ...opened[0]!, seq: 77_777_777, flags: SYN, time: clock.next() }
    const attack = [...talk.client(request(ATTACK)), ...talk.server(OK), ...talk.close()]
    const { numbers, confirmed } = await taken([...opened, forged, ...attack])
    assert.deepEqual(numbers, range(1, opened.length + 1 + attack.length))
    assert.ok(confirmed)
  })

  test('whose beginning is no longer stored: what is left, and the verdict does without the numbers', async () => {
    const packets = conversations(6, 4)
    const whole = await taken(packets)
    const rest = await taken(packets, bus => without(bus, whole.begin!.offset + 1))
    assert.equal(rest.begin, null)
    assert.ok(rest.numbers.length > 0)
    assert.deepEqual(rest.numbers, whole.numbers.slice(-rest.numbers.length))
    assert.ok(rest.confirmed)
  })

  test('that is no longer stored at all is refused with the reason', async () => {
    await assert.rejects(
      taken(conversations(2, 4), bus => without(bus, 1e6)),
      (error: unknown) => error instanceof Refused && /no longer stored: retention has deleted/.test(error.message),
    )
  })
})

/** The log as retention leaves it: everything of `segments` before `first` is gone. */
function without(bus: Bus, first: number): Bus {
  const own: Pick<Bus, 'partitions' | 'bounds' | 'read'> = {
    partitions: topic => bus.partitions(topic),
    bounds: async (topic, partition) => {
      const { next } = await bus.bounds(topic, partition)
      return { first, next: Math.max(first, next) }
    },
    read: (topic, partition, from, until) =>
      bus.read(topic, partition, topic === 'segments' ? Math.max(first, from) : from, until),
  }
  return own as Bus
}
