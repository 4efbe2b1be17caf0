import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import type { Captured } from '#schemas/contracts/producer.ts'
import { ENTRY_HEADER, Segment } from '#schemas/records/segment.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import { ethernet, ipv4, ipv6, tcp, text, udp, vlan, vxlan } from '#test/driver/frames.ts'
import { Datagrams, type Selection } from './datagrams.ts'
import { geneve, host, Seen } from './mirror.test-support.ts'

const ETHERNET = 1
const TIME = 1_700_000_000_000_000
const ALL: Selection = {
  encapsulation: 'vxlan',
  sources: [],
  vnis: [],
  exceptVnis: [],
  innerVnis: [],
  truncated: false,
  limits: { pendingBytes: 1e6 },
}

const newSegmenter = (): Segmenter => {
  const { sensor, partitions, flowHashKey, batchBytes } = host()
  return new Segmenter({
    sensor,
    capture: 'c',
    source: 's',
    partitions,
    flowHashKey,
    batchBytes,
    time: 0,
    wire: WIRE_DEFAULTS,
  })
}

/** Key, identity and payload of the only segment. */
function only(batches: Captured['batches']): unknown {
  const segments = batches.flatMap(({ batch }) => {
    const cursor = new Segment().reset(batch)
    const found: unknown[] = []
    while (cursor.next())
      if (cursor.length > 0)
        found.push([cursor.key, cursor.dir, cursor.identity(), Buffer.from(cursor.payload).toString()])
    return found
  })
  assert.equal(segments.length, 1)
  return segments[0]
}

describe('a flow has the same name as in a capture of the mirror itself', () => {
  const inner = ethernet(0x0800, ipv4({}, tcp({}, text('GET /'))))
  const nested = ipv4({ protocol: 17 }, udp(40_000, 4789, vxlan(8, inner)))
  const cases: readonly (readonly [what: string, encapsulation: 'vxlan' | 'geneve', datagram: Uint8Array])[] = [
    ['VXLAN', 'vxlan', vxlan(7, inner)],
    [
      'VXLAN with a VLAN inside',
      'vxlan',
      vxlan(7, ethernet(0x8100, vlan(42, 0x86dd, ipv6({}, tcp({}, text('GET /')))))),
    ],
    ['Geneve', 'geneve', geneve(7, 0x6558, inner)],
    ['Geneve with IP', 'geneve', geneve(7, 0x86dd, ipv6({}, tcp({}, text('GET /'))))],
    ['VXLAN in Geneve', 'geneve', geneve(7, 0x0800, nested)],
  ]
  for (const [what, encapsulation, datagram] of cases) {
    test(what, () => {
      const fromSocket = newSegmenter()
      new Datagrams(fromSocket, WIRE_DEFAULTS, { ...ALL, encapsulation }, null).add(datagram, '10.9.9.9', TIME)
      const fromWire = newSegmenter()
      const port = encapsulation === 'vxlan' ? 4789 : 6081
      const outer = ethernet(
        0x0800,
        ipv4({ source: '10.9.9.9', target: '10.9.9.8', protocol: 17 }, udp(1, port, datagram)),
      )
      fromWire.frame(ETHERNET, outer, 0, outer.length, outer.length, TIME, 1)
      assert.deepEqual(only(fromSocket.take()), only(fromWire.take()))
    })
  }
})

test('what nobody takes is dropped at the limit, and counted', () => {
  const segmenter = newSegmenter()
  const datagram = vxlan(7, ethernet(0x0800, ipv4({}, tcp({}, new Uint8Array(1000)))))
  const pendingBytes = 10 * (datagram.length + ENTRY_HEADER)
  const datagrams = new Datagrams(segmenter, WIRE_DEFAULTS, { ...ALL, limits: { pendingBytes } }, null)
  for (let i = 0; i < 100; i++) datagrams.add(datagram, '10.9.9.9', TIME)
  const seen = new Seen()
  const take = (): void => seen.add({ batches: segmenter.take(), position: null })
  take()
  const kept = seen.payloads.length
  assert.ok(kept >= 9 && kept <= 11, `${kept} kept`)
  assert.equal(segmenter.stats()['drops.pending'], 100 - kept)
  assert.equal(seen.ledger.get('captured'), 100 * datagram.length)
  assert.equal(seen.ledger.get('dropped'), (100 - kept) * datagram.length)
  assert.equal(seen.ledger.pending, 0)
  datagrams.add(datagram, '10.9.9.9', TIME)
  take()
  assert.equal(seen.payloads.length, kept + 1, 'there is room again')
})

test('senders on the link have a zone in their address', () => {
  const segmenter = newSegmenter()
  const datagrams = new Datagrams(segmenter, WIRE_DEFAULTS, { ...ALL, sources: ['fe80::/10', '10.0.0.0/8'] }, null)
  const datagram = vxlan(7, ethernet(0x0800, ipv4({}, tcp({}, text('x')))))
  for (const from of ['fe80::1%eth0', '::ffff:10.1.2.3', '2001:db8::1', '::ffff:192.0.2.1'])
    datagrams.add(datagram, from, TIME)
  assert.equal(segmenter.stats()['filtered.source'], 2)
})
