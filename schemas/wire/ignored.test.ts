import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WIRE_DEFAULTS, type WireOptions } from '#schemas/config/wire.ts'
import { dissect } from '#schemas/wire/dissect.ts'
import { IgnoredIps } from '#schemas/wire/ignored.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import { SEGMENT, Walk } from '#schemas/wire/walk.ts'
import { ethernet, ipv4, ipv6, tcp, tcpFrame, text, udp, vxlan } from '#test/driver/frames.ts'

type Entries = WireOptions['ignoreIps']

/** From 10.0.0.1 to 10.0.0.2 in a tunnel from 192.0.2.1 to 192.0.2.2; from 2001:db8::1 to 2001:db8::2; the first, mapped. */
const INNER = tcpFrame({}, text('x'))
const TUNNEL = ethernet(
  0x0800,
  ipv4({ source: '192.0.2.1', target: '192.0.2.2', protocol: 17 }, udp(1, 4789, vxlan(5, INNER))),
)
const SIX = ethernet(0x86dd, ipv6({}, tcp({}, text('x'))))
const MAPPED = Uint8Array.from(SIX)
MAPPED.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1], 22)

const entry = (match: Entries[number]['match'], ...subnets: string[]) => ({ subnets, match })

/** Entries, and which of INNER, TUNNEL, SIX and MAPPED they match. */
const CASES: readonly (readonly [Entries, string])[] = [
  [[entry('src', '10.0.0.1/32')], 'inner tunnel mapped'],
  [[entry('src', '10.0.0.2/32')], ''],
  [[entry('dst', '10.0.0.0/31')], ''],
  [[entry('dst', '10.0.0.2')], 'inner tunnel'],
  [[entry('src_or_dst', '10.0.0.2/32')], 'inner tunnel'],
  [[entry('src_and_dst', '10.0.0.0/24')], 'inner tunnel'],
  [[entry('src_and_dst', '10.0.0.1/32')], ''],
  [[entry('src_and_dst', '10.0.0.1/32', '10.0.0.2/32')], 'inner tunnel'],
  [[entry('src_and_dst', '10.0.0.1/32'), entry('src_and_dst', '10.0.0.2/32')], ''],
  [[entry('src', '172.16.0.0/12'), entry('dst', '10.0.0.0/8')], 'inner tunnel'],
  [[entry('src_or_dst', '192.0.2.0/24')], ''],
  [[entry('src', '2001:db8::/32')], 'six'],
  [[entry('dst', '2001:db8::2')], 'six mapped'],
  [[entry('src_or_dst', '0.0.0.0/0')], 'inner tunnel mapped'],
  [[entry('src_or_dst', '::/0')], 'six mapped'],
]

for (const [entries, expected] of CASES) {
  test(`${entries.map(({ match, subnets }) => `${match} ${subnets}`).join(' or ')} matches ${expected || 'none'}`, () => {
    const ignored = IgnoredIps.of(entries)!
    const walk = new Walk()
    const found = Object.entries({ inner: INNER, tunnel: TUNNEL, six: SIX, mapped: MAPPED }).filter(([, frame]) => {
      assert.equal(dissect(walk, 1, frame, 0, frame.length, frame.length), SEGMENT)
      return ignored.matches(walk)
    })
    assert.equal(found.map(([name]) => name).join(' '), expected)
  })
}

test('ignored packets are in the ledger and in the counters, and no segments', () => {
  const options = { sensor: 's', capture: 'c', source: 'x', partitions: 1, batchBytes: 4096, time: 0 }
  const wire = { ...WIRE_DEFAULTS, ignoreIps: [entry('src', '10.0.0.1')] }
  const segmenter = new Segmenter({ ...options, flowHashKey: text('0123456789abcdef'), wire })
  segmenter.frame(1, TUNNEL, 0, TUNNEL.length, TUNNEL.length, 0, 1)
  assert.deepEqual(segmenter.stats(), { packets: 1, segments: 0, 'filtered.ip': 1 })
  const [taken] = segmenter.take()
  assert.deepEqual(taken?.batch.ledger, { captured: TUNNEL.length, filtered: TUNNEL.length })
})
