/**
 * Fuzz target: what anybody can send to a mirror's port. Every byte of every datagram has one fate, whatever the settings.
 *
 *   u8 settings, then datagrams: u16be length, bytes
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type Program, parseProgram } from '#producers/mirror/bpf/program.ts'
import { Datagrams, type Selection } from '#producers/mirror/datagrams.ts'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { checkFrame, Segment } from '#schemas/records/segment.ts'
import { u16 } from '#schemas/wire/bytes.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import {
  ethernet,
  ipv4,
  ipv6,
  join,
  tcp,
  tcpFrame,
  text,
  u16 as u16be,
  u32,
  udp,
  vlan,
  vxlan,
} from '#test/driver/frames.ts'

const TESTDATA = new URL('../../producers/mirror/bpf/testdata/programs.json', import.meta.url)
const [PORT_80] = (JSON.parse(readFileSync(TESTDATA, 'utf8')) as readonly { readonly program: string }[]).map(
  ({ program }) => parseProgram(program) as Program,
)
const TIME = 1_700_000_000_000_000
const GENEVE = 1
const VNIS = 2
const INNER_VNIS = 4
const FILTER = 8
const TRUNCATED = 16
const NARROW = 32
const cursor = new Segment()

export default function mirror(data: Uint8Array): void {
  const settings = data[0] ?? 0
  const has = (bit: number): boolean => (settings & bit) !== 0
  const selection: Selection = {
    encapsulation: has(GENEVE) ? 'geneve' : 'vxlan',
    sources: ['10.0.0.0/8'],
    vnis: has(VNIS) ? [7] : [],
    exceptVnis: [],
    innerVnis: has(INNER_VNIS) ? [8] : [],
    truncated: has(TRUNCATED),
    limits: { pendingBytes: has(NARROW) ? 200 : 1e9 },
  }
  const segmenter = new Segmenter({
    sensor: 'fuzz',
    capture: 'mirror',
    source: 'fuzz',
    partitions: 2,
    flowHashKey: new Uint8Array(8),
    batchBytes: 4096,
    time: 0,
    wire: WIRE_DEFAULTS,
  })
  const datagrams = new Datagrams(segmenter, WIRE_DEFAULTS, selection, has(FILTER) ? PORT_80! : null)
  const ledger = new Ledger()
  let captured = 0
  for (let at = 1, i = 0; at + 2 <= data.length; i++) {
    const end = Math.min(data.length, at + 2 + u16(data, at))
    datagrams.add(data.subarray(at + 2, end), i % 5 === 4 ? '192.0.2.1' : '10.0.0.1', TIME + i * 1000)
    captured += end - at - 2
    at = end
    if (i % 3 === 2) take(segmenter, ledger)
  }
  segmenter.end()
  take(segmenter, ledger)
  assert.equal(ledger.get('captured'), captured)
  assert.equal(ledger.pending, 0)
}

function take(segmenter: Segmenter, ledger: Ledger): void {
  for (const { batch } of segmenter.take()) {
    checkFrame(batch.frame, batch.count)
    ledger.merge(batch.ledger)
    for (cursor.reset(batch); cursor.next(); ledger.add('inspected', cursor.length));
  }
}

export function seeds(): readonly Uint8Array[] {
  const inner = tcpFrame({}, text('GET / HTTP/1.1\r\n\r\n'))
  const nested = ipv4({ protocol: 17 }, udp(40_000, 4789, vxlan(8, inner)))
  const geneve = (type: number, payload: Uint8Array): Uint8Array =>
    join([2, 0], u16be(type), u32(7 * 256), [0x01, 0x08, 1, 1], new Uint8Array(4), payload)
  const sent = (settings: number, ...datagrams: readonly Uint8Array[]): Uint8Array =>
    join([settings], ...datagrams.map(datagram => join(u16be(datagram.length), datagram)))
  const tagged = ethernet(0x8100, vlan(42, 0x86dd, ipv6({}, tcp({}, text('x')))))
  const packet = tcp({}, text('GET / HTTP/1.1'))
  const fragments = [
    ipv4({ fragment: 0x2000 }, packet.subarray(0, 24)),
    ipv4({ fragment: 3 }, packet.subarray(24)),
  ].map(bytes => vxlan(7, ethernet(0x0800, bytes)))
  return [
    sent(0, ...fragments, fragments[0]!),
    sent(0, vxlan(7, inner), vxlan(8, tagged)),
    sent(VNIS | FILTER, vxlan(7, inner), vxlan(8, inner), vxlan(7, tagged)),
    sent(TRUNCATED | NARROW, vxlan(7, inner).subarray(0, 70), vxlan(7, inner), vxlan(7, inner)),
    sent(
      GENEVE,
      geneve(0x6558, inner),
      geneve(0x0800, ipv4({}, tcp({}, text('x')))),
      geneve(0x86dd, ipv6({}, tcp({}, text('x')))),
    ),
    sent(
      GENEVE | INNER_VNIS | FILTER,
      geneve(0x0800, nested),
      geneve(0x6558, ethernet(0x0800, nested)),
      geneve(0x6558, inner),
    ),
  ]
}
