import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capture } from './capture.ts'
import { WIRE_DEFAULTS } from './wire.ts'

const read = (given: unknown) => capture.safeParse(given)

test('what is captured by default: everything, with checksums as they are', () => {
  const { checksums, ignoreIps, tunnels, fragments } = capture.parse(undefined)
  assert.deepEqual({ checksums, ignoreIps, tunnels, fragments }, WIRE_DEFAULTS)
  assert.deepEqual([checksums, ignoreIps, tunnels.vxlanPorts], ['ignore', [], [4789, 8472]])
})

test('addresses to ignore: of both families, blocks or single, matched at either end unless it says otherwise', () => {
  const { data } = read({
    ignoreIps: [{ subnets: ['10.0.0.0/8', '2001:DB8::1'] }, { subnets: ['::1'], match: 'src_and_dst' }],
  })
  assert.deepEqual(data?.ignoreIps, [
    { subnets: ['10.0.0.0/8', '2001:db8::1/128'], match: 'src_or_dst' },
    { subnets: ['::1/128'], match: 'src_and_dst' },
  ])
})

for (const [given, problem] of [
  [{ ignoreIps: [{ subnets: ['10.0.0.1/8'] }] }, /bits are set beyond the prefix/],
  [{ ignoreIps: [{ subnets: [] }] }, /subnets/],
  [{ ignoreIps: [{ subnets: ['::1'], match: 'both' }] }, /match/],
  [{ tunnels: { vxlanPorts: [0] } }, /vxlanPorts/],
  [{ tunnels: { depth: 1000 } }, /depth/],
  [{ fragments: { maxBytes: 0 } }, /maxBytes/],
  [{ checksums: 'sometimes' }, /checksums/],
] as const) {
  test(`${JSON.stringify(given)} is refused`, () => {
    const { error } = read(given)
    assert.match(JSON.stringify(error?.issues), problem)
  })
}
