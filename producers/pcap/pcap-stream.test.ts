import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { LONGEST_FRAME } from './options.ts'
import { BrokenStream, PcapStream } from './pcap-stream.ts'
import { PcapWriter } from './pcap-writer.ts'

const LINKTYPE = 113
const TIME = 1_700_000_000_123_456

interface Frame {
  readonly bytes: Uint8Array
  readonly wireLength: number
  readonly time: number
}

function written(frames: readonly Frame[]): Buffer {
  const pieces: Uint8Array[] = []
  const writer = new PcapWriter(LINKTYPE, bytes => pieces.push(Uint8Array.from(bytes)))
  for (const { bytes, wireLength, time } of frames) writer.add(bytes, bytes.length, wireLength, time)
  writer.flush()
  return Buffer.concat(pieces)
}

function read(bytes: Uint8Array, size: (at: number) => number): Frame[] {
  const stream = new PcapStream()
  const frames: Frame[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + size(at)
    stream.feed(bytes.subarray(at, end), (linktype, from, start, stop, wireLength, time) => {
      assert.equal(linktype, LINKTYPE)
      frames.push({ bytes: Uint8Array.from(from.subarray(start, stop)), wireLength, time })
    })
    at = end
  }
  return frames
}

const FRAMES: readonly Frame[] = [
  { bytes: Uint8Array.of(), wireLength: 60, time: TIME },
  { bytes: Uint8Array.of(1, 2, 3), wireLength: 3, time: TIME + 1 },
  { bytes: new Uint8Array(100).fill(7), wireLength: LONGEST_FRAME, time: TIME + 999_999 },
]

describe('pcap stream', () => {
  test('what was written is read, cut at every byte', () => {
    const bytes = written(FRAMES)
    assert.deepEqual(
      read(bytes, () => bytes.length),
      FRAMES,
    )
    for (let cut = 1; cut < bytes.length; cut++) {
      assert.deepEqual(
        read(bytes, at => (at === 0 ? cut : bytes.length - cut)),
        FRAMES,
        `cut at ${cut}`,
      )
    }
  })

  test('more than fits into one piece, in chunks of any size', () => {
    const seed = 11
    const random = mulberry32(seed)
    const frames = Array.from({ length: 40 }, (_, i) => {
      const bytes = new Uint8Array(Math.floor(random() * 40_000)).fill(i)
      return { bytes, wireLength: bytes.length, time: TIME + i }
    })
    assert.deepEqual(
      read(written(frames), () => 1 + Math.floor(random() * 70_000)),
      frames,
      `seed ${seed}`,
    )
  })

  test('what is no such stream is broken, before it is buffered', () => {
    const stream = written(FRAMES)
    assert.throws(() => read(Buffer.from('tcpdump: what?          '), () => 24), BrokenStream)
    stream.writeUInt32LE(LONGEST_FRAME + 1, 24 + 8)
    assert.throws(() => read(stream, () => 50), BrokenStream)
  })
})
