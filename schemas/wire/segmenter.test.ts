import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import type { Captured } from '#schemas/contracts/producer.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { checkFrame, KIND, Segment } from '#schemas/records/segment.ts'
import { Segmenter, type SegmenterOptions } from '#schemas/wire/segmenter.ts'
import { ethernet, ipv6, tcp, tcpFrame, text, vlan } from '#test/driver/frames.ts'
import { mulberry32 } from '#test/driver/random.ts'

const OPTIONS: SegmenterOptions = {
  sensor: 's',
  capture: 'pcap-file',
  source: 'a.pcap',
  partitions: 4,
  flowHashKey: text('0123456789abcdef'),
  batchBytes: 4096,
  time: 0,
  wire: WIRE_DEFAULTS,
}
const SECOND = 1_000_000

function segmenter(options: Partial<SegmenterOptions> = {}) {
  const made = new Segmenter({ ...OPTIONS, ...options })
  let packet = 0
  return {
    made,
    frame: (bytes: Uint8Array, time = 0, wireLength = bytes.length) =>
      made.frame(1, bytes, 0, bytes.length, wireLength, time, ++packet),
  }
}

/** Every entry as plain data, partition by partition. */
function entries(batches: Captured['batches']) {
  return batches.flatMap(({ partition, batch }) => {
    checkFrame(batch.frame, batch.count)
    const cursor = new Segment().reset(batch)
    const found = []
    while (cursor.next()) {
      const { kind, flags, dir, time, key, packet, seq, ack, window, wireLength } = cursor
      const identity = kind === KIND.packet ? cursor.identity() : null
      const payload = Buffer.from(cursor.payload).toString()
      found.push({ partition, kind, flags, dir, time, key, packet, seq, ack, window, wireLength, identity, payload })
    }
    return found
  })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

const segments = (batches: Captured['batches']) => entries(batches).filter(entry => entry.kind === KIND.packet)

function ledgerOf(batches: Captured['batches']): Ledger {
  const ledger = new Ledger()
  for (const { batch } of batches) ledger.merge(batch.ledger)
  return ledger
}

describe('segmenter', () => {
  test('turns a frame into a segment with all its fields', () => {
    const { made, frame } = segmenter({ partitions: 1 })
    const options = { source: '10.0.0.9', target: '10.0.0.2', from: 40_000, seq: 7, ack: 9, flags: 24, window: 3 }
    frame(tcpFrame(options, text('hello')), 1_500_000)
    const [segment] = segments(made.take())
    assert.ok(segment)
    const { key, ...rest } = segment
    assert.ok(Number.isSafeInteger(key))
    assert.deepEqual(rest, {
      partition: 0,
      kind: KIND.packet,
      flags: 24,
      dir: 1,
      time: 1_500_000,
      packet: 1,
      seq: 7,
      ack: 9,
      window: 3,
      wireLength: 5,
      identity: { a: { ip: '10.0.0.2', port: 80 }, b: { ip: '10.0.0.9', port: 40_000 }, encapsulation: [] },
      payload: 'hello',
    })
  })

  test('gives both directions of a flow one key, and another VLAN another', () => {
    const { made, frame } = segmenter()
    const there = ipv6({ source: 9, target: 2 }, tcp({ from: 40_000, to: 80 }, text('a')))
    const back = ipv6({ source: 2, target: 9 }, tcp({ from: 80, to: 40_000 }, text('b')))
    frame(ethernet(0x86dd, there))
    frame(ethernet(0x86dd, back))
    frame(ethernet(0x8100, vlan(42, 0x86dd, back)))
    const found = segments(made.take()).toSorted((a, b) => a.packet - b.packet)
    assert.deepEqual(
      found.map(({ dir }) => dir),
      [1, 0, 0],
    )
    assert.equal(found[0]!.key, found[1]!.key)
    assert.notEqual(found[1]!.key, found[2]!.key)
    assert.deepEqual(found[2]!.identity?.encapsulation, [{ type: 'vlan', id: 42 }])
    assert.equal(found[2]!.identity?.a.ip, '2001:db8::2')
  })

  test('orders equal addresses by port', () => {
    const { made, frame } = segmenter()
    frame(tcpFrame({ target: '10.0.0.1', from: 9000, to: 80 }, text('a')))
    frame(tcpFrame({ target: '10.0.0.1', from: 80, to: 9000 }, text('b')))
    const found = segments(made.take())
    assert.deepEqual(
      found.map(({ dir }) => dir),
      [1, 0],
    )
    assert.equal(found[0]!.identity?.a.port, 80)
  })

  for (const partitions of [1, 3, 4, 7]) {
    test(`partition is key % partitions: ${partitions}`, () => {
      const { made, frame } = segmenter({ partitions })
      for (let from = 1000; from < 1100; from++) frame(tcpFrame({ from }, text('x')))
      const found = segments(made.take())
      assert.equal(found.length, 100)
      for (const { partition, key } of found) assert.equal(partition, key % partitions)
    })
  }

  test('keeps pure acknowledgements and the length on the wire', () => {
    const { made, frame } = segmenter()
    const whole = tcpFrame({}, text('hello, world'))
    frame(tcpFrame({}, text('')))
    frame(whole.subarray(0, whole.length - 7), 0, whole.length)
    const found = segments(made.take())
    assert.deepEqual(
      found.map(({ payload, wireLength }) => [payload, wireLength]),
      [
        ['', 0],
        ['hello', 12],
      ],
    )
  })

  test('ticks every partition before the first frame of a second, once, and not for time that goes back', () => {
    const { made, frame } = segmenter({ partitions: 2 })
    const ack = tcpFrame({}, text(''))
    for (const time of [5.2, 5.9, 4.1, 6, 6.5, 100.7]) frame(ack, time * SECOND)
    const found = entries(made.take())
    const order = found.filter(
      ({ partition }) => partition === found.find(({ kind }) => kind === KIND.packet)!.partition,
    )
    const told = order.map(({ kind, time }) => `${kind === KIND.tick ? 'tick' : 'packet'} ${time / SECOND}`)
    assert.deepEqual(told, [
      ...['tick 5', 'packet 5.2', 'packet 5.9', 'packet 4.1', 'tick 6', 'packet 6', 'packet 6.5'],
      ...['tick 100', 'packet 100.7'],
    ])
    const ticks = (partition: number) =>
      found.filter(entry => entry.kind === KIND.tick && entry.partition === partition).map(({ time }) => time)
    assert.deepEqual(ticks(0), ticks(1))
    assert.equal(made.time, 100.7 * SECOND)
  })

  test('goes on ticking where a restart left it', () => {
    const { made, frame } = segmenter({ partitions: 1, time: 5.2 * SECOND })
    for (const time of [5.9, 6.1]) frame(tcpFrame({}, text('')), time * SECOND)
    assert.deepEqual(
      entries(made.take()).map(({ kind }) => kind),
      [KIND.packet, KIND.tick, KIND.packet],
    )
  })

  test('ends every partition at the highest time', () => {
    const { made, frame } = segmenter({ partitions: 3 })
    frame(tcpFrame({}, text('')), 7 * SECOND)
    made.end()
    const ends = entries(made.take()).filter(({ kind }) => kind === KIND.end)
    assert.deepEqual(
      ends.map(({ partition, time }) => [partition, time]),
      [0, 1, 2].map(p => [p, 7 * SECOND]),
    )
  })

  test('a time outside the calendar damages the frame and leaves stream time alone', () => {
    const { made, frame } = segmenter()
    for (const time of [-1, 9e15, Number.NaN]) frame(tcpFrame({}, text('x')), time)
    assert.deepEqual(made.stats(), { packets: 3, segments: 0, 'damaged.time': 3 })
    assert.equal(made.time, 0)
    assert.deepEqual(entries(made.take()), [])
  })

  test('what the producer left out is counted by its name, and is in the ledger', () => {
    const { made } = segmenter({ partitions: 1 })
    made.leave('filtered', 'filtered.vni', 100)
    made.leave('dropped', 'drops.pending', 30)
    made.leave('dropped', 'drops.pending', 7)
    assert.deepEqual(made.stats(), { packets: 3, segments: 0, 'filtered.vni': 1, 'drops.pending': 2 })
    assert.deepEqual(ledgerOf(made.take()).counts(), { captured: 137, filtered: 100, dropped: 37 })
  })

  test('hands over frames with memory of their own, and starts afresh', () => {
    const { made, frame } = segmenter({ partitions: 1 })
    frame(tcpFrame({}, text('one')))
    const first = made.take()
    frame(tcpFrame({}, text('two')))
    const second = made.take()
    assert.deepEqual(
      [...segments(first), ...segments(second)].map(({ payload }) => payload),
      ['one', 'two'],
    )
    assert.notEqual(first[0]!.batch.frame.buffer, second[0]!.batch.frame.buffer)
    assert.deepEqual(made.take(), [])
  })

  test('law: every byte of every frame is counted once, or is in a frame that is held, whatever the bytes', () => {
    const seed = 42
    const random = mulberry32(seed)
    const { made, frame } = segmenter()
    const lengths = [0]
    let counted = 0
    const check = (message: string): void => {
      const batches = made.take()
      const ledger = ledgerOf(batches)
      const payload = segments(batches).reduce((bytes, entry) => bytes + entry.payload.length, 0)
      counted += ledger.get('captured')
      assert.equal(ledger.pending, payload, message)
      const held = made.held().reduce((bytes, number) => bytes + lengths[number]!, 0)
      assert.equal(counted + held, sum(lengths), message)
    }
    for (let round = 0; round < 300; round++) {
      for (let n = 0; n < 20; n++) {
        const bytes = tcpFrame({ from: Math.floor(random() * 65_536) }, text('x'.repeat(random() * 40)))
        if (random() < 0.7) bytes[12 + Math.floor(random() * (bytes.length - 12))] = random() * 256
        const captured = bytes.subarray(0, random() < 0.7 ? bytes.length : Math.floor(random() * bytes.length))
        lengths.push(captured.length)
        frame(captured, round * 100_000, bytes.length)
      }
      check(`seed ${seed}, round ${round}`)
    }
    made.end()
    check(`seed ${seed}, at the end`)
    assert.equal(counted, sum(lengths))
    const stats = made.stats()
    assert.equal(stats['packets'], 6000)
    assert.ok(stats['segments']! > 3000 && Object.keys(stats).length > 8, JSON.stringify(stats))
  })
})
