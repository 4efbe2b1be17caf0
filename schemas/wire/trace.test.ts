import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import { dissect } from '#schemas/wire/dissect.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import type { FrameTold, Layer, Trace } from '#schemas/wire/trace.ts'
import { SEGMENT, Walk } from '#schemas/wire/walk.ts'
import { fragments } from '#test/driver/fragments.ts'
import { ethernet, ipv4, tcp, text, udp, vlan, vxlan } from '#test/driver/frames.ts'
import { READ } from './cases.test-support.ts'

/** Notes what it is told as lines. */
class Notes implements Trace {
  readonly lines: string[] = []
  readonly layers: Layer[] = []

  frame({ packet, captured }: FrameTold): void {
    this.lines.push(`#${packet} ${captured}`)
  }

  layer(layer: Layer): void {
    const { name, from, to, values, refused } = layer
    this.layers.push(layer)
    this.lines.push(
      [
        `${name} ${refused ? `refused at ${from}` : `${from}-${to}`}`,
        ...values.map(([key, value]) => `${key}=${value}`),
      ].join(' '),
    )
  }

  reassembled(packets: readonly number[], length: number): void {
    this.lines.push(`whole ${packets} ${length}`)
  }

  ended(why: string | null): void {
    this.lines.push(`ended ${why}`)
  }
}

function told(frames: readonly Uint8Array[]): readonly string[] {
  const trace = new Notes()
  const options = { sensor: 's', capture: 'c', source: 'x', partitions: 1, batchBytes: 4096, time: 0 }
  const segmenter = new Segmenter({ ...options, flowHashKey: text('0123456789abcdef'), wire: WIRE_DEFAULTS, trace })
  for (const [i, frame] of frames.entries()) segmenter.frame(1, frame, 0, frame.length, frame.length, 0, i + 1)
  return trace.lines
}

const SEGMENT_LINE = 'source port=40000 destination port=80 seq=1 ack=1 flags=ACK window=502'

test('is told layer by layer, where each header stands and what it says', () => {
  const inner = ethernet(0x0800, ipv4({}, tcp({}, text('x'))))
  const frame = ethernet(
    0x8100,
    vlan(7, 0x0800, ipv4({ source: '192.0.2.1', protocol: 17 }, udp(9, 4789, vxlan(5, inner)))),
  )
  assert.deepEqual(told([frame]), [
    '#1 109',
    'ethernet 0-14 source=02:00:00:00:00:01 destination=02:00:00:00:00:02',
    'vlan 14-18 vlan=7',
    'ipv4 18-38 source=192.0.2.1 destination=10.0.0.2 protocol=17 ttl=64 length=91',
    'udp 38-46 source port=9 destination port=4789 length=71',
    'vxlan 46-54 vni=5',
    'ethernet 54-68 source=02:00:00:00:00:01 destination=02:00:00:00:00:02',
    'ipv4 68-88 source=10.0.0.1 destination=10.0.0.2 protocol=6 ttl=64 length=41',
    `tcp 88-108 ${SEGMENT_LINE}`,
    'ended null',
  ])
})

test('of fragments, when they wait and when they are whole', () => {
  const parts = fragments(ipv4({}, tcp({}, text('x'.repeat(20)))), 7, 24).map(part => ethernet(0x0800, part))
  const link = 'ethernet 0-14 source=02:00:00:00:00:01 destination=02:00:00:00:00:02'
  const header = 'ipv4 14-34 source=10.0.0.1 destination=10.0.0.2 protocol=6 ttl=64'
  assert.deepEqual(told(parts), [
    ...['#1 58', link, `${header} length=44 id=7 offset=0 more=yes`, 'ended held.fragment'],
    ...['#2 50', link, `${header} length=36 id=7 offset=24 more=no`, 'whole 1,2 60'],
    ...[`tcp 20-40 ${SEGMENT_LINE}`, 'ended null'],
  ])
})

test('of what is refused: the layer it ended in, without values', () => {
  const cut = ethernet(0x0800, ipv4({}, tcp({}, text('')))).subarray(0, 40)
  assert.deepEqual(told([cut]).slice(2), ['ipv4 refused at 14', 'ended damaged.ipv4-length'])
  const unknown = told([ethernet(0x88cc, new Uint8Array(46))])
  assert.deepEqual(unknown.slice(2), ['ended unsupported.ethertype'])
})

test('every layer is told with values in every frame that is read, and telling changes nothing', () => {
  const walk = new Walk()
  const seen = new Set<string>()
  for (const [name, linktype, frame] of READ) {
    const trace = new Notes()
    walk.trace = trace
    assert.equal(dissect(walk, linktype, frame, 0, frame.length, frame.length), SEGMENT, name)
    let from = 0
    for (const layer of trace.layers) {
      seen.add(layer.name)
      assert.equal(layer.from, from, `${name}: ${layer.name}`)
      from = layer.to
    }
    assert.equal(from, walk.at, name)
  }
  assert.deepEqual([...seen].toSorted(), Object.keys(LAYER).toSorted())
})
