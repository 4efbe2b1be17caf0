import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  block,
  concat,
  describedInterface,
  enhancedPacket,
  obsoletePacket,
  pcap,
  pcapng,
  section,
  simplePacket,
} from '#test/driver/captures.ts'
import { text } from '#test/driver/frames.ts'
import { frames, readAll, readBytes, scratch } from './read-all.test-support.ts'

const START = 1_700_000_000_000_000
const FRAMES = frames(['one', 'two', 'three', 'four'])
const EVENTS = [
  ...['tick@1700000000000000', '1:one@1700000000000000', '2:two@1700000000400000', '3:three@1700000000800000'],
  ...['tick@1700000001000000', '4:four@1700000001200000', 'end@1700000001200000'],
]

const FILES: Readonly<Record<string, Uint8Array>> = {
  'pcap, µs, little-endian': pcap(FRAMES),
  'pcap, µs, big-endian': pcap(FRAMES, { little: false }),
  'pcap, ns, little-endian': pcap(FRAMES, { nanoseconds: true }),
  'pcap, ns, big-endian': pcap(FRAMES, { nanoseconds: true, little: false }),
  'pcapng, little-endian': pcapng(FRAMES),
  'pcapng, big-endian': pcapng(FRAMES, { little: false }),
}

describe('formats', () => {
  for (const [name, bytes] of Object.entries(FILES)) {
    test(`${name}: from a file`, async () => {
      using directory = scratch()
      const { events, error, ledger, payload } = await readAll({ path: directory.path('a', bytes) })
      assert.equal(error, null)
      assert.deepEqual(events, EVENTS)
      assert.equal(ledger.pending, payload)
    })

    test(`${name}: gzip, in two members`, async () => {
      using directory = scratch()
      const zipped = concat([gzipSync(bytes.subarray(0, 130)), gzipSync(bytes.subarray(130))])
      const { events, error } = await readAll({ path: directory.path('a.gz', zipped) })
      assert.equal(error, null)
      assert.deepEqual(events, EVENTS)
    })

    for (const chunk of [1, 7, 1000]) {
      test(`${name}: from standard input in chunks of ${chunk}, plain and gzip`, async () => {
        assert.deepEqual((await readBytes(bytes, {}, chunk)).events, EVENTS)
        assert.deepEqual((await readBytes(gzipSync(bytes), {}, chunk)).events, EVENTS)
      })
    }
  }

  test('pcapng: sections of either byte order, interfaces of other link types, all packet blocks, unknown blocks', async () => {
    const [one, two, three, four] = FRAMES as [
      (typeof FRAMES)[0],
      (typeof FRAMES)[0],
      (typeof FRAMES)[0],
      (typeof FRAMES)[0],
    ]
    const raw = { ...two, bytes: two.bytes.subarray(14) }
    const file = concat([
      section(),
      block(0x0bad, text('a custom block')),
      describedInterface(),
      describedInterface({ linktype: 101, resolution: 9 }),
      enhancedPacket(one, BigInt(one.time)),
      enhancedPacket(raw, BigInt(two.time) * 1000n + 999n, 1),
      block(5, new Uint8Array(24)),
      section(false),
      describedInterface({ little: false }),
      obsoletePacket(three, BigInt(three.time), 0, false),
      block(4, new Uint8Array(8), false),
      simplePacket(four, false),
    ])
    const { events, error } = await readBytes(file)
    assert.equal(error, null)
    // A simple packet has no time: it takes the highest so far.
    assert.deepEqual(events, [...EVENTS.slice(0, 4), '4:four@1700000000800000', 'end@1700000000800000'])
  })

  test('pcapng: a simple packet is cut to the snaplen of its interface', async () => {
    const [frame] = frames(['twelve bytes'])
    const cut = { bytes: frame!.bytes.subarray(0, 60), time: 0, wireLength: frame!.bytes.length }
    const file = concat([section(), describedInterface({ snaplen: 60 }), simplePacket(cut)])
    assert.deepEqual((await readBytes(file)).events, ['tick@0', '1:twelve@0', 'end@0'])
  })

  const STAMPS: readonly (readonly [string, { resolution?: number; offset?: number }, bigint, number])[] = [
    ['10^-6', { resolution: 6 }, BigInt(START) + 7n, START + 7],
    ['10^-9, rounded down', { resolution: 9 }, (BigInt(START) + 7n) * 1000n + 999n, START + 7],
    ['10^-12', { resolution: 12 }, 3_000_000n * 1_000_000n, 3_000_000],
    ['10^-3', { resolution: 3 }, 1_700_000_000_123n, 1_700_000_000_123_000],
    ['10^0', { resolution: 0 }, 1_700_000_000n, START],
    ['10^-15', { resolution: 15 }, 5_000_000_000_123_456n, 5_000_000],
    ['2^-20', { resolution: 0x94 }, 3n << 19n, 1_500_000],
    ['offset', { offset: 1_600_000_000 }, 100_000_000_000_000n, START],
    ['negative offset', { resolution: 9, offset: -10 }, 1_700_000_010_000_000_500n, START],
  ]
  for (const [name, options, stamp, time] of STAMPS) {
    test(`pcapng: time stamps of ${name}`, async () => {
      const [frame] = frames(['x'])
      const file = concat([section(), describedInterface(options), enhancedPacket(frame!, stamp)])
      const { events, error } = await readBytes(file)
      assert.equal(error, null)
      assert.equal(events[1], `1:x@${time}`)
    })
  }

  test('pcapng: a time outside the calendar damages its packet, not the file', async () => {
    const [frame] = frames(['x'])
    const far = enhancedPacket(frame!, 0xffff_ffff_ffff_ffffn)
    const file = concat([section(), describedInterface({ resolution: 0 }), far, enhancedPacket(frame!, 5n)])
    const { events, ledger } = await readBytes(file)
    assert.deepEqual(events, ['tick@5000000', '2:x@5000000', 'end@5000000'])
    assert.equal(ledger.get('damaged'), frame!.bytes.length)
  })

  test('a capture without packets ends at once', async () => {
    for (const file of [pcap([]), section(), pcapng([])]) {
      const { events, error } = await readBytes(file)
      assert.equal(error, null)
      assert.deepEqual(events, ['end@0'])
    }
  })

  test('every partition gets its ticks and its end', async () => {
    const { reads } = await readBytes(pcap(FRAMES), { partitions: 3 })
    assert.deepEqual(
      reads.map(({ batches }) => batches.map(({ partition }) => partition)),
      [[0, 1, 2]],
    )
    assert.deepEqual(reads[0]!.batches.map(({ batch }) => batch.count).toSorted(), [3, 3, 7])
  })

  test('a batch is about as large as it was asked for', async () => {
    const many = pcap(frames(Array.from({ length: 500 }, () => 'x'.repeat(900))))
    const { reads } = await readBytes(many, { batchBytes: 50_000 })
    const sizes = reads.map(({ batches }) => batches.reduce((sum, { batch }) => sum + batch.frame.length, 0))
    for (const size of sizes.slice(0, -1)) assert.ok(size > 40_000 && size < 60_000, `${size}`)
    assert.ok(sizes.length > 9)
  })
})
