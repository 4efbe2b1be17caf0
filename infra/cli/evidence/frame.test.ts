import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Encapsulation, parseIdentity } from '#schemas/records/flow.ts'
import { ACK, PSH } from '#schemas/records/segment.ts'
import { dissect } from '#schemas/wire/dissect.ts'
import { IdentityWriter } from '#schemas/wire/identity.ts'
import { SEGMENT, Walk } from '#schemas/wire/walk.ts'
import { type Address, frameOf as wireFrame } from '#test/driver/packets.ts'
import { frameOf, type TcpSegment } from './frame.ts'

const ETHERNET = 1
const PAYLOAD = Buffer.from('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n!')

const segment = (dir: 0 | 1, changes: Partial<TcpSegment> = {}): TcpSegment => ({
  dir,
  flags: PSH | ACK,
  seq: 4_294_967_290,
  ack: 17,
  window: 501,
  payload: PAYLOAD,
  wireLength: PAYLOAD.length,
  ...changes,
})

const FOUR: readonly [Address, Address] = [
  { ip: '10.0.0.1', port: 40_000 },
  { ip: '10.0.0.2', port: 80 },
]
const SIX: readonly [Address, Address] = [
  { ip: '2001:db8::1', port: 40_000 },
  { ip: '2001:db8::2', port: 80 },
]

function walked(bytes: Uint8Array, wireLength = bytes.length): { walk: Walk; identity: IdentityWriter } {
  const walk = new Walk()
  assert.equal(dissect(walk, ETHERNET, bytes, 0, bytes.length, wireLength), SEGMENT, walk.why)
  const identity = new IdentityWriter()
  identity.write(walk)
  return { walk, identity }
}

/** Identity of a flow between these endpoints, with the layers appended. */
function identityOf(ends: readonly [Address, Address], layers: readonly Encapsulation[]): Uint8Array {
  const [from, to] = ends
  const { identity } = walked(
    wireFrame({ time: 0, from, to, seq: 0, ack: 0, flags: 0, window: 0, payload: new Uint8Array(0) }),
  )
  const codes = { vlan: 0, vxlan: 1, geneve: 2, gre: 3, erspan: 4, mpls: 5, pppoe: 6, gtpu: 7, pbb: 8, netns: 9 }
  const bytes = layers.flatMap(layer => {
    const id = 'vni' in layer ? layer.vni : layer.id
    return [codes[layer.type], id >>> 24, (id >>> 16) & 255, (id >>> 8) & 255, id & 255]
  })
  return Uint8Array.from([...identity.bytes.subarray(0, identity.length), ...bytes])
}

const LAYERS: readonly (readonly Encapsulation[])[] = [
  [],
  [{ type: 'vlan', id: 42 }],
  [
    { type: 'vlan', id: 100 },
    { type: 'vlan', id: 7 },
  ],
  [{ type: 'vxlan', vni: 5000 }],
  [{ type: 'geneve', vni: 77 }],
  [{ type: 'gre', id: 0 }],
  [{ type: 'gre', id: 4_000_000_000 }],
  [{ type: 'pppoe', id: 9 }],
  [{ type: 'pbb', id: 70_000 }],
  [{ type: 'erspan', id: 1023 }],
  [
    { type: 'erspan', id: 5 },
    { type: 'vlan', id: 6 },
  ],
  [
    { type: 'vlan', id: 3 },
    { type: 'vxlan', vni: 1 },
    { type: 'vlan', id: 4 },
    { type: 'gre', id: 5 },
  ],
]

for (const layers of LAYERS) {
  const name = layers.map(layer => layer.type).join(' in ') || 'plain'
  for (const [family, ends] of [
    ['IPv4', FOUR],
    ['IPv6', SIX],
  ] as const) {
    test(`${name}, ${family}: what is read back is what was stored`, () => {
      const identity = identityOf(ends, layers)
      assert.deepEqual(parseIdentity(identity).encapsulation, layers)
      for (const dir of [0, 1] as const) {
        const { bytes, wireLength } = frameOf(segment(dir), identity)
        assert.equal(wireLength, bytes.length)
        const { walk, identity: again } = walked(bytes)
        assert.deepEqual(again.bytes.subarray(0, again.length), identity)
        assert.equal(again.dir, dir)
        assert.deepEqual([walk.seq, walk.ack, walk.flags, walk.window], [4_294_967_290, 17, PSH | ACK, 501])
        assert.deepEqual(Buffer.from(bytes.subarray(walk.at, walk.end)), PAYLOAD)
      }
    })
  }
}

test('without encapsulation it is the frame that the driver makes, checksums included', () => {
  for (const [from, to] of [FOUR, SIX]) {
    const fields = { seq: 1, ack: 2, flags: ACK, window: 3 }
    const want = wireFrame({ time: 0, from: from!, to: to!, ...fields, payload: PAYLOAD })
    const { bytes } = frameOf(segment(0, fields), identityOf([from!, to!], []))
    // All but the link addresses, which are not stored.
    assert.equal(Buffer.from(bytes.subarray(12)).toString('hex'), Buffer.from(want.subarray(12)).toString('hex'))
  }
})

test('a packet that the capture cut keeps its length on the wire', () => {
  const identity = identityOf(FOUR, [{ type: 'vxlan', vni: 1 }])
  const { bytes, wireLength } = frameOf(segment(0, { wireLength: 1400 }), identity)
  assert.equal(wireLength - bytes.length, 1400 - PAYLOAD.length)
  const { walk } = walked(bytes, wireLength)
  assert.equal(walk.wireEnd - walk.at, 1400)
  assert.equal(walk.end - walk.at, PAYLOAD.length)
})
