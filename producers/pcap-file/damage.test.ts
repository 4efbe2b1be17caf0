import assert from 'node:assert/strict'
import { chmodSync, mkdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Refused } from '#schemas/contracts/errors.ts'
import { block, concat, describedInterface, enhancedPacket, pcap, pcapng, section } from '#test/driver/captures.ts'
import { hex, text } from '#test/driver/frames.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { frames, type Outcome, readAll, readBytes, scratch } from './read-all.test-support.ts'

const FRAMES = frames(['one', 'two', 'three'])
const MIXED = concat([
  pcapng(FRAMES.slice(0, 1)),
  block(0x0bad, text('unknown')),
  section(false),
  describedInterface({ little: false, resolution: 9 }),
  ...FRAMES.slice(1).map(frame => enhancedPacket(frame, BigInt(frame.time) * 1000n, 0, false)),
])
const FILES: Readonly<Record<string, Uint8Array>> = { pcap: pcap(FRAMES), pcapng: MIXED }

const packets = ({ events }: Outcome) => events.filter(event => /^\d/.test(event))

function assertLedger({ ledger, payload }: Outcome, message: string): void {
  assert.equal(ledger.pending, payload, message)
}

/** The number of packets whose records are complete in the first `length` bytes, by growing the file record by record. */
function completeIn(name: string, length: number): number {
  const grown = FRAMES.map((_, i) => (name === 'pcap' ? pcap(FRAMES.slice(0, i + 1)).length : pcapngEnd(i)))
  return grown.filter(end => end <= length).length
}

function pcapngEnd(last: number): number {
  const behind = FRAMES.slice(last + 1).map(frame => enhancedPacket(frame, 0n).length)
  if (last === 0) return pcapng(FRAMES.slice(0, 1)).length
  return MIXED.length - behind.reduce((sum, size) => sum + size, 0)
}

describe('damage', () => {
  for (const [name, bytes] of Object.entries(FILES)) {
    test(`${name}: cut anywhere, the complete packets are read, then it is refused`, async () => {
      for (let length = 0; length < bytes.length; length++) {
        const outcome = await readBytes(bytes.subarray(0, length))
        assert.equal(packets(outcome).length, completeIn(name, length), `cut at ${length}`)
        assertLedger(outcome, `cut at ${length}`)
        if (outcome.error === null) continue
        assert.ok(outcome.error instanceof Refused, `cut at ${length}: ${outcome.error}`)
        assert.match(
          outcome.error.message,
          /^standard input: (is empty|is neither|cut off .* at byte \d+ \(packet \d\))/,
        )
        if (outcome.events.length > 0) assert.match(outcome.events.at(-1)!, /^end@/)
      }
    })

    test(`${name}: a cut is silent only where a record ends`, async () => {
      const silent: number[] = []
      for (let length = 0; length < bytes.length; length++) {
        if ((await readBytes(bytes.subarray(0, length))).error === null) silent.push(length)
      }
      const ends = FRAMES.slice(0, -1).map((_, i) =>
        name === 'pcap' ? pcap(FRAMES.slice(0, i + 1)).length : pcapngEnd(i),
      )
      for (const end of ends) assert.ok(silent.includes(end), `${end} is the end of a record`)
      // pcap: also behind the file header; pcapng: behind every block.
      assert.equal(silent.length, name === 'pcap' ? 3 : 7, silent.join(' '))
    })

    test(`${name}: gzip cut anywhere never passes for whole`, async () => {
      const zipped = gzipSync(bytes)
      const counts: number[] = []
      for (let length = 1; length < zipped.length; length++) {
        const outcome = await readBytes(zipped.subarray(0, length))
        assert.ok(outcome.error instanceof Refused, `cut at ${length}: ${outcome.error}`)
        counts.push(packets(outcome).length)
      }
      assert.deepEqual(counts, counts.toSorted())
      assert.equal(counts.at(-1), FRAMES.length, 'only the checksum is missing: every packet is there')
    })

    test(`${name}: random mutations end in a refusal or a reading, and the ledger is exact`, async () => {
      const seed = 1121
      const random = mulberry32(seed)
      for (let round = 0; round < 1500; round++) {
        const mutated = bytes.slice()
        const changes = 1 + Math.floor(random() * 4)
        for (let n = 0; n < changes; n++) mutated[Math.floor(random() * mutated.length)] = random() * 256
        const outcome = await readBytes(mutated, { partitions: 3, batchBytes: 4096 })
        const message = `seed ${seed}, round ${round}`
        assert.ok(outcome.error === null || outcome.error instanceof Refused, `${message}: ${outcome.error}`)
        assertLedger(outcome, message)
      }
    })
  }

  test('gzip with a flipped bit is refused, with what could be decompressed before', async () => {
    const zipped = gzipSync(pcap(frames(Array.from({ length: 2000 }, (_, i) => `packet ${i}`))))
    zipped[zipped.length - 200]! ^= 0x10
    const outcome = await readBytes(zipped)
    assert.ok(outcome.error instanceof Refused)
    assert.match(outcome.error.message, /gzip/)
    assertLedger(outcome, 'flipped bit')
  })

  const huge = new Uint8Array(16)
  new DataView(huge.buffer).setUint32(8, 0x7fffffff, true)
  const wide = (total: number) =>
    concat([section(), hex('06000000'), Uint8Array.of(total, total >> 8, total >> 16, total >> 24), new Uint8Array(8)])

  const BROKEN: readonly (readonly [string, Uint8Array, RegExp])[] = [
    [
      'a packet of 2 GB',
      concat([pcap([]), huge]),
      /a packet of 2147483647 bytes, more than limits.packetBytes \(1048576\), at byte 32 \(packet 1\); 0 packets/,
    ],
    ['a packet block of 512 MB', wide(0x20000000), /a block of 536870912 bytes, more than limits.packetBytes/],
    ['a block of 8 bytes', wide(8), /a block of 8 bytes, at byte 32/],
    ['a block of 34 bytes', wide(34), /a block of 34 bytes/],
    ['two lengths that differ', concat([pcapng([]).subarray(0, -4), hex('20000000')]), /two lengths differ/],
    [
      'a packet before its interface',
      concat([section(), enhancedPacket(FRAMES[0]!, 0n)]),
      /interface 0, which was not described/,
    ],
    [
      'an interface of the section before',
      concat([pcapng([]), section(), enhancedPacket(FRAMES[0]!, 0n)]),
      /interface 0/,
    ],
    ['pcap 3.0', concat([pcap([]).subarray(0, 4), hex('03000000'), new Uint8Array(16)]), /pcap version 3.0, only 2.4/],
    ['pcapng 2.0', concat([section().subarray(0, 12), hex('0200'), section().subarray(14)]), /pcapng version 2/],
    [
      'a section without its magic',
      concat([section().subarray(0, 8), hex('00000000'), section().subarray(12)]),
      /byte order magic/,
    ],
  ]
  for (const [name, bytes, message] of BROKEN) {
    test(`refuses ${name}`, async () => {
      const { error } = await readBytes(bytes)
      assert.ok(error instanceof Refused)
      assert.equal(error.reason, 'damaged-capture')
      assert.match(error.message, message)
    })
  }

  test('refuses more interfaces than allowed', async () => {
    using directory = scratch()
    const path = directory.path('a', concat([section(), ...Array(4).fill(describedInterface())]))
    const limits = { packetBytes: 1000, blockBytes: 1000, interfaces: 3 }
    const { error } = await readAll({ path, limits })
    assert.ok(error instanceof Refused)
    assert.match(error.message, /more interfaces than limits.interfaces \(3\)/)
  })

  const FOREIGN: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['nothing', new Uint8Array(0), /is empty; hand in a pcap or pcapng capture/],
    ['a JPEG', hex('ffd8ffe0 00104a46'), /is a JPEG image; hand in a capture/],
    ['text', text('hello'), /is neither pcap nor pcapng \(starts with 68 65 6c 6c\)/],
    ['two bytes', hex('d4c3'), /is neither pcap nor pcapng \(starts with d4 c3\)/],
    ['a Kuznetzov pcap', hex('34cdb2a1 02000400'), /"modified" \(Kuznetzov\).*editcap/],
    ['zstd', hex('28b52ffd 00000000'), /zstd.*zstd -dc/],
    ['gzip of text', gzipSync('hello'), /is neither pcap/],
    ['gzip of nothing', gzipSync(''), /is empty/],
    ['gzip twice', gzipSync(gzipSync(pcap(FRAMES))), /compressed twice/],
  ]
  for (const [name, bytes, message] of FOREIGN) {
    test(`refuses ${name}`, async () => {
      using directory = scratch()
      const path = directory.path('a', bytes)
      for (const outcome of [await readBytes(bytes), await readAll({ path })]) {
        assert.ok(outcome.error instanceof Refused)
        assert.equal(outcome.error.reason, 'not-a-capture')
        assert.match(outcome.error.message, message)
        assert.deepEqual(outcome.events, [])
      }
    })
  }

  test('refuses paths that cannot be read, in one line', async () => {
    using directory = scratch()
    mkdirSync(directory.path('d'))
    const cases: [string, RegExp][] = [
      [directory.path('missing'), /missing: no such file$/],
      [directory.path('d'), /d: is a directory; name a capture file in it$/],
    ]
    for (const [path, message] of cases) {
      await assert.rejects(readAll({ path }), { name: 'Refused', reason: 'cannot-read', message })
    }
  })

  test(
    'refuses a file without permission',
    { skip: process.getuid?.() === 0 && 'root may read everything' },
    async () => {
      using directory = scratch()
      const path = directory.path('secret', pcap(FRAMES))
      chmodSync(path, 0)
      await assert.rejects(readAll({ path }), { reason: 'cannot-read', message: /permission denied/ })
    },
  )
})
