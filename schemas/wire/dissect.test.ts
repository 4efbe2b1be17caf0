import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dissect } from '#schemas/wire/dissect.ts'
import { DAMAGED, SEGMENT, UNSUPPORTED, Walk } from '#schemas/wire/walk.ts'
import { hex, ipv6, join } from '#test/driver/frames.ts'
import { mulberry32 } from '#test/driver/random.ts'
import { FRAME, OPEN, PAYLOAD, READ, TCP } from './cases.test-support.ts'
import { REFUSED } from './refused.test-support.ts'

const walk = new Walk()
const run = (linktype: number, frame: Uint8Array, wireLength = frame.length) =>
  dissect(walk, linktype, frame, 0, frame.length, wireLength)
const payload = () => walk.bytes.subarray(walk.at, walk.end)

describe('dissect', () => {
  for (const [name, linktype, frame, layers] of READ) {
    test(`reads ${name}`, () => {
      assert.equal(run(linktype, frame), SEGMENT, walk.why)
      assert.deepEqual(payload(), PAYLOAD)
      assert.equal(walk.wireEnd, walk.end)
      assert.deepEqual(walk.layers.slice(0, walk.layersLength), hex(layers))
      assert.deepEqual([walk.sourcePort, walk.targetPort, walk.seq, walk.flags, walk.window], [40_000, 80, 1, 16, 502])
    })
  }

  for (const [name, linktype, frame, why] of REFUSED) {
    test(`refuses ${name}`, () => {
      assert.equal(run(linktype, frame), why.startsWith('damaged') ? DAMAGED : UNSUPPORTED)
      assert.equal(walk.why, why)
    })
  }

  test('keeps the captured part of a packet that the capture cut, and says what is missing', () => {
    assert.equal(run(1, FRAME.subarray(0, FRAME.length - 5), FRAME.length), SEGMENT)
    assert.deepEqual(payload(), PAYLOAD.subarray(0, -5))
    assert.equal(walk.wireEnd - walk.end, 5)
  })

  test('takes the captured length for the length on the wire when that is smaller', () => {
    assert.equal(run(1, FRAME, 10), SEGMENT)
    assert.deepEqual(payload(), PAYLOAD)
  })

  test('takes no packet without a length of its own for longer than offload makes them', () => {
    assert.equal(run(101, OPEN, 1 << 20), SEGMENT)
    for (const packet of [OPEN, ipv6({ payloadLength: 0 }, TCP)]) {
      assert.equal(run(101, packet, (1 << 20) + 1), DAMAGED)
      assert.match(walk.why, /-length$/)
    }
  })

  test('starts and ends where it is told', () => {
    const surrounded = join(new Uint8Array(7).fill(255), FRAME, new Uint8Array(7).fill(255))
    assert.equal(dissect(walk, 1, surrounded, 7, 7 + FRAME.length, FRAME.length), SEGMENT)
    assert.deepEqual(payload(), PAYLOAD)
  })

  for (const [name, linktype, frame] of READ) {
    test(`calls every cut of the headers damaged: ${name}`, () => {
      run(linktype, frame)
      const headers = walk.at
      for (let length = 0; length < headers; length++) {
        const outcome = run(linktype, frame.subarray(0, length), frame.length)
        const toldByContent = ['unsupported.udp', 'unsupported.llc', 'unsupported.mpls-payload'].includes(walk.why)
        assert.ok(outcome === DAMAGED || toldByContent, `${length} of ${headers} header bytes: ${outcome} ${walk.why}`)
      }
    })
  }

  test('reads nothing beyond the frame, whatever its bytes', () => {
    const seed = 20_261_121
    const random = mulberry32(seed)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
    for (let round = 0; round < 20_000; round++) {
      const [, linktype, original] = pick(READ)
      const frame = original.slice(0, random() < 0.5 ? original.length : Math.floor(random() * original.length))
      for (let n = 0; n < 3 && frame.length > 0; n++) frame[Math.floor(random() * frame.length)] = random() * 256
      const wireLength = frame.length + (random() < 0.5 ? 0 : Math.floor(random() * 100))
      const [zeros, ones] = [0, 255].map(filler => {
        const outcome = dissect(walk, linktype, surround(frame, filler), 64, 64 + frame.length, wireLength)
        const { bytes: _, layers, ...fields } = walk
        return { outcome, layers: [...layers.subarray(0, walk.layersLength)], ...fields }
      })
      const message = `seed ${seed}, round ${round}`
      assert.deepEqual(zeros, ones, message)
      assert.ok(walk.at <= walk.end && walk.end <= 64 + frame.length && walk.end <= walk.wireEnd, message)
    }
  })
})

function surround(frame: Uint8Array, filler: number): Uint8Array {
  const bytes = new Uint8Array(64 + frame.length + 64).fill(filler)
  bytes.set(frame, 64)
  return bytes
}
