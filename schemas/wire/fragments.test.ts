import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WIRE_DEFAULTS, type WireOptions } from '#schemas/config/wire.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { KIND, Segment } from '#schemas/records/segment.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import { fragment4, fragment6, fragments } from '#test/driver/fragments.ts'
import { ethernet, ipv4, ipv6, join, tcp, text, udp, vlan, vxlan } from '#test/driver/frames.ts'
import { mulberry32 } from '#test/driver/random.ts'

const SECOND = 1_000_000
const BODY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const TCP = tcp({}, text(BODY))
const V4 = ipv4({}, TCP)
const V6 = ipv6({}, TCP)
const eth4 = (packet: Uint8Array) => ethernet(0x0800, packet)
const eth6 = (packet: Uint8Array) => ethernet(0x86dd, packet)

/** Puts frames in and tells what came out. */
class Rig {
  readonly segmenter: Segmenter
  readonly ledger = new Ledger()
  readonly payloads: string[] = []
  readonly #cursor = new Segment()
  #packet = 0
  #offered = 0

  constructor(limits: Partial<WireOptions['fragments']> = {}, ignoreIps: WireOptions['ignoreIps'] = []) {
    const wire = { ...WIRE_DEFAULTS, ignoreIps, fragments: { ...WIRE_DEFAULTS.fragments, ...limits } }
    const [sensor, capture, source] = ['s', 'c', 'x']
    const flowHashKey = text('0123456789abcdef')
    const sizes = { partitions: 2, batchBytes: 4096, time: 0 }
    this.segmenter = new Segmenter({ sensor, capture, source, flowHashKey, ...sizes, wire })
  }

  frame(bytes: Uint8Array, time = 0, wireLength = bytes.length): void {
    this.#offered += bytes.length
    this.segmenter.frame(1, bytes, 0, bytes.length, wireLength, time, ++this.#packet)
    this.#take()
  }

  /** Ends the source; every byte must have been counted then. */
  end(message = ''): this {
    this.segmenter.end()
    this.#take()
    assert.equal(this.ledger.get('captured'), this.#offered, message)
    assert.equal(this.ledger.pending, 0, message)
    assert.deepEqual(this.segmenter.held(), [], message)
    return this
  }

  stat(name: string): number {
    return this.segmenter.stats()[name] ?? 0
  }

  #take(): void {
    for (const { batch } of this.segmenter.take()) {
      this.ledger.merge(batch.ledger)
      for (this.#cursor.reset(batch); this.#cursor.next(); ) {
        if (this.#cursor.kind !== KIND.packet) continue
        this.payloads.push(Buffer.from(this.#cursor.payload).toString('latin1'))
        this.ledger.add('inspected', this.#cursor.length)
      }
    }
  }
}

function read(frames: readonly Uint8Array[], limits: Partial<WireOptions['fragments']> = {}): Rig {
  const rig = new Rig(limits)
  for (const frame of frames) rig.frame(frame)
  return rig.end()
}

function permutations<T>(of: readonly T[]): readonly (readonly T[])[] {
  if (of.length < 2) return [of]
  return of.flatMap((one, i) => permutations(of.toSpliced(i, 1)).map(rest => [one, ...rest]))
}

describe('fragments', () => {
  for (const [name, wrap, packet] of [
    ['IPv4', eth4, V4],
    ['IPv6', eth6, V6],
  ] as const) {
    test(`${name}: in every order they make the packet`, () => {
      const parts = fragments(packet, 7, 24)
      assert.equal(parts.length, 4)
      for (const order of permutations(parts)) assert.deepEqual(read(order.map(wrap)).payloads, [BODY])
    })

    test(`${name}: of eight bytes each`, () => {
      assert.deepEqual(read(fragments(packet, 7, 8).map(wrap)).payloads, [BODY])
    })

    test(`${name}: packets with other identification, protocol, addresses or VLAN are others`, () => {
      const [first, last] = fragments(packet, 7, 48)
      const [, strange] = fragments(packet, 8, 48)
      assert.deepEqual(read([wrap(first!), wrap(strange!)]).payloads, [])
      const type = packet === V4 ? 0x0800 : 0x86dd
      const inVlan = ethernet(0x8100, vlan(5, type, last!))
      assert.deepEqual(read([wrap(first!), inVlan]).payloads, [])
      assert.deepEqual(read([wrap(first!), wrap(last!)]).payloads, [BODY])
    })

    test(`${name}: what never becomes whole is lost at the end, by name`, () => {
      const [first, , last] = fragments(packet, 7, 32)
      const rig = read([wrap(first!), wrap(last!)])
      assert.deepEqual(rig.payloads, [])
      assert.equal(rig.stat('gap.fragment'), 1)
      assert.equal(rig.ledger.get('gap'), wrap(first!).length + wrap(last!).length)
    })

    test(`${name}: repeated fragments count as duplicates`, () => {
      const [first, last] = fragments(packet, 7, 48)
      const rig = read([wrap(first!), wrap(first!), wrap(last!)])
      assert.deepEqual(rig.payloads, [BODY])
      assert.equal(rig.ledger.get('duplicate'), wrap(first!).length)
      assert.equal(rig.stat('fragments.conflicts'), 0)
    })

    test(`${name}: it takes the number and time of the frame that makes it whole`, () => {
      const rig = new Rig()
      const parts = fragments(packet, 7, 48).map(wrap)
      for (const [i, part] of parts.entries())
        rig.segmenter.frame(1, part, 0, part.length, part.length, (i + 1) * 1000, 10 + i)
      const cursor = new Segment()
      const found: unknown[] = []
      for (const { batch } of rig.segmenter.take())
        for (cursor.reset(batch); cursor.next(); )
          if (cursor.kind === KIND.packet) found.push([cursor.packet, cursor.time, cursor.identity().a.port])
      assert.deepEqual(found, [[11, 2000, 40_000]])
    })

    test(`${name}: bytes that a fragment cannot have are damage`, () => {
      const cut = packet === V4 ? fragment4 : fragment6
      const misaligned = cut(packet, 7, 0, 12)
      const empty = cut(packet, 7, 8, 8)
      const beyond = cut(join(packet, new Uint8Array(70_000)), 7, 65_528, 65_544)
      const rig = read([misaligned, empty, beyond].map(wrap))
      assert.equal(rig.stat('damaged.fragment-length'), 3)
    })

    test(`${name}: a fragment that contradicts the end of the packet is damage, the packet goes on`, () => {
      const cut = packet === V4 ? fragment4 : fragment6
      const longer = join(packet, new Uint8Array(32))
      const [first, last] = fragments(packet, 7, 48)
      const behind = cut(longer, 7, 88, 96)
      const other = cut(longer, 7, 80, 114)
      const rig = read([last!, behind, other, first!].map(wrap))
      assert.deepEqual(rig.payloads, [BODY])
      assert.equal(rig.stat('damaged.fragment-end'), 2)
    })
  }

  test('IPv4: of overlapping fragments the bytes that came first count, a conflict is counted', () => {
    const changed = ipv4({}, tcp({}, text(BODY.toUpperCase())))
    const rig = read([fragment4(V4, 7, 0, 40), fragment4(changed, 7, 24, 82)].map(eth4))
    assert.deepEqual(rig.payloads, [BODY.slice(0, 20) + BODY.toUpperCase().slice(20)])
    assert.equal(rig.stat('fragments.conflicts'), 1)
    assert.equal(rig.ledger.get('duplicate'), 16)
    const late = read([fragment4(changed, 7, 24, 48), fragment4(V4, 7, 48, 82), fragment4(V4, 7, 0, 40)].map(eth4))
    assert.deepEqual(late.payloads, [BODY.slice(0, 4) + BODY.slice(4, 28).toUpperCase() + BODY.slice(28)])
  })

  test('IPv4: a fragment fills the holes between others', () => {
    const rig = read([fragment4(V4, 7, 16, 24), fragment4(V4, 7, 40, 48), fragment4(V4, 7, 0, 82)].map(eth4))
    assert.deepEqual(rig.payloads, [BODY])
    assert.equal(rig.stat('fragments.conflicts'), 0)
  })

  test('IPv6: an overlap spoils the packet and what still comes of it (RFC 5722)', () => {
    const frames = [fragment6(V6, 7, 0, 40), fragment6(V6, 7, 32, 56), fragment6(V6, 7, 40, 82)].map(eth6)
    const rig = read(frames)
    assert.deepEqual(rig.payloads, [])
    assert.equal(rig.stat('damaged.fragment-overlap'), 3)
    assert.equal(
      rig.ledger.get('damaged'),
      frames.reduce((bytes, { length }) => bytes + length, 0),
    )
  })

  test('IPv6: the next header is that of the fragment at offset 0', () => {
    const [first, last] = fragments(V6, 7, 48)
    const lying = Uint8Array.from(last!)
    lying[40] = 17
    assert.deepEqual(read([eth6(lying), eth6(first!)]).payloads, [BODY])
  })

  test('IPv6: extension headers before and in the fragments', () => {
    const inside = ipv6({ next: 60 }, join([6, 0, 1, 4, 0, 0, 0, 0], TCP))
    const parts = fragments(inside, 7, 40).map(part =>
      join(
        part.subarray(0, 4),
        [0, part[5]! + 8, 0, part[7]!],
        part.subarray(8, 40),
        [44, 0, 1, 4, 0, 0, 0, 0],
        part.subarray(40),
      ),
    )
    assert.deepEqual(read(parts.map(eth6)).payloads, [BODY])
  })

  test('nested: outer packets of a tunnel, inner ones, and both', () => {
    const tunnel = (frame: Uint8Array) => ipv4({ protocol: 17 }, udp(1, 4789, vxlan(5, frame)))
    assert.deepEqual(read(fragments(tunnel(eth4(V4)), 7, 64).map(eth4)).payloads, [BODY])
    assert.deepEqual(read(fragments(V6, 7, 48).map(part => eth4(tunnel(eth6(part))))).payloads, [BODY])
    const both = fragments(V6, 7, 48).flatMap((part, i) => fragments(tunnel(eth6(part)), i, 40))
    assert.equal(both.length, 7)
    assert.deepEqual(read(both.map(eth4)).payloads, [BODY])
    assert.deepEqual(read(both.toReversed().map(eth4)).payloads, [BODY])
  })

  test('nested: the frames of an inner fragment are held, all of them', () => {
    const rig = new Rig()
    const [first] = fragments(V6, 7, 48)
    for (const part of fragments(ipv4({ protocol: 17 }, udp(1, 4789, vxlan(5, eth6(first!)))), 1, 64))
      rig.frame(eth4(part))
    assert.deepEqual(rig.segmenter.held(), [1, 2])
    rig.end()
  })

  test('a fragment that the capture cut: the packet ends where the first byte is missing', () => {
    const [first, last] = fragments(V4, 7, 48).map(eth4)
    const rig = new Rig()
    rig.frame(first!.subarray(0, -6), 0, first!.length)
    rig.frame(last!)
    assert.deepEqual(rig.end().payloads, [BODY.slice(0, 22)])
    assert.equal(rig.ledger.get('damaged'), last!.length - 34)
    const tail = new Rig()
    tail.frame(first!)
    tail.frame(last!.subarray(0, -6), 0, last!.length)
    assert.deepEqual(tail.end().payloads, [BODY.slice(0, -6)])
  })

  test('fragments of what is no TCP are unsupported once they are whole', () => {
    const rig = read(fragments(ipv4({ protocol: 17 }, udp(9, 53, text(BODY))), 7, 32).map(eth4))
    assert.equal(rig.stat('unsupported.udp'), 1)
    assert.equal(rig.ledger.get('unsupported'), rig.ledger.get('captured'))
  })

  test('addresses are ignored after the packet is whole', () => {
    const rig = new Rig({}, [{ subnets: ['10.0.0.2'], match: 'dst' }])
    for (const part of fragments(V4, 7, 48)) rig.frame(eth4(part))
    assert.deepEqual(rig.end().payloads, [])
    assert.equal(rig.ledger.get('filtered'), rig.ledger.get('captured'))
  })

  test('what takes longer than timeoutMs is let go with the next tick, and the name is free again', () => {
    const rig = new Rig({ timeoutMs: 2000 })
    const [first, last] = fragments(V4, 7, 48).map(eth4)
    rig.frame(first!, 10 * SECOND)
    rig.frame(eth4(V4), 11.5 * SECOND)
    assert.deepEqual(rig.segmenter.held(), [1])
    rig.frame(eth4(V4), 12 * SECOND)
    assert.deepEqual(rig.segmenter.held(), [])
    assert.equal(rig.stat('gap.fragment'), 1)
    rig.frame(last!, 12 * SECOND)
    assert.deepEqual(rig.payloads, [BODY, BODY])
    rig.end()
    assert.equal(rig.stat('gap.fragment'), 2)
  })

  test('a late fragment does not complete what is too old, tick or not', () => {
    const rig = new Rig({ timeoutMs: 100 })
    const [first, last] = fragments(V4, 7, 48).map(eth4)
    rig.frame(first!, 10.1 * SECOND)
    rig.frame(last!, 10.3 * SECOND)
    assert.deepEqual(rig.end().payloads, [])
  })

  test('maxPerDatagram: with one fragment more the packet is let go', () => {
    const parts = fragments(V4, 7, 8).map(eth4)
    assert.deepEqual(read(parts, { maxPerDatagram: parts.length }).payloads, [BODY])
    const rig = read(parts.slice(0, -1), { maxPerDatagram: 4 })
    assert.equal(rig.stat('budget.fragment-count'), 2)
  })

  for (const [name, limits] of [
    ['maxDatagrams', { maxDatagrams: 20 }],
    ['maxBytes', { maxBytes: 20_000 }],
  ] as const) {
    test(`${name}: who sends the most loses first`, () => {
      const rig = new Rig(limits)
      const honest = ipv4({ source: '192.0.2.9' }, TCP)
      const [first, last] = fragments(honest, 1, 48).map(eth4)
      rig.frame(first!)
      for (let id = 0; id < 500; id++) rig.frame(eth4(fragment4(ipv4({ source: '10.0.0.66' }, TCP), id, 0, 48)))
      assert.ok(rig.segmenter.held().length <= 20)
      assert.ok(rig.stat('budget.fragment') >= 480)
      rig.frame(last!)
      assert.deepEqual(rig.end().payloads, [BODY])
    })
  }

  test('law: whatever is lost, repeated, reordered and changed, every byte is counted once, and what is whole is right', () => {
    const seed = 7
    const random = mulberry32(seed)
    const pick = (below: number): number => Math.floor(random() * below)
    let whole = 0
    for (let round = 0; round < 400; round++) {
      const message = `seed ${seed}, round ${round}`
      const rig = new Rig({ maxBytes: random() < 0.3 ? 16_384 : 1 << 20, maxPerDatagram: 2 + pick(30) })
      const lossy = random() < 0.5
      const sent: string[] = []
      const frames: Uint8Array[] = []
      for (let id = 0; id < 1 + pick(6); id++) {
        const body = `${id}:${'x'.repeat(pick(200))}`
        const packet = random() < 0.5 ? ipv4({}, tcp({}, text(body))) : ipv6({}, tcp({}, text(body)))
        const wrap = packet[0] === 0x45 ? eth4 : eth6
        sent.push(body)
        for (const part of fragments(packet, id, 8 * (1 + pick(8)))) {
          if (lossy && random() < 0.1) continue
          frames.splice(pick(frames.length + 1), 0, wrap(part))
          if (lossy && random() < 0.1) frames.push(wrap(part))
        }
      }
      const changed = lossy && random() < 0.5
      for (const frame of frames) {
        if (changed && random() < 0.3) frame[14 + pick(frame.length - 14)] = pick(256)
        rig.frame(frame, round * 1000)
      }
      rig.end(message)
      whole += rig.payloads.length
      if (!changed) for (const payload of rig.payloads) assert.ok(sent.includes(payload), message)
      const limited = rig.stat('budget.fragment') + rig.stat('budget.fragment-count')
      if (!lossy && limited === 0) assert.deepEqual(rig.payloads.toSorted(), sent.toSorted(), message)
    }
    assert.ok(whole > 500, `only ${whole} packets became whole`)
  })
})
