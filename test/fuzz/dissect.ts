/**
 * Fuzz target: one frame of any link type (the first byte picks it). Whatever the bytes, the walk ends, stays inside the
 * frame, and says why there is no segment; being told about it changes nothing, and a checksum can only refuse more.
 */
import assert from 'node:assert/strict'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import { READ } from '#schemas/wire/cases.test-support.ts'
import { dissect } from '#schemas/wire/dissect.ts'
import { LINKTYPE_GENEVE, LINKTYPE_VXLAN } from '#schemas/wire/linktype.ts'
import type { Layer } from '#schemas/wire/trace.ts'
import { DAMAGED, SEGMENT, UNSUPPORTED, Walk } from '#schemas/wire/walk.ts'
import { join } from '#test/driver/frames.ts'

// biome-ignore format: a table
const LINKTYPES = [
  1, 0, 9, 10, 12, 50, 51, 100, 101, 104, 105, 108, 109, 113, 117, 119, 127, 147, 163, 166, 192, 228, 229, 239, 258, 276,
  LINKTYPE_VXLAN, LINKTYPE_GENEVE,
]
const walk = new Walk()
const strict = new Walk({ ...WIRE_DEFAULTS, checksums: 'verify' })
const traced = new Walk()
let told = 0
traced.trace = {
  frame() {},
  layer({ bytes, from, to }: Layer) {
    assert.ok(from <= to && to <= bytes.length, `layer ${from} to ${to} of ${bytes.length}`)
    told++
  },
  reassembled() {},
  ended() {},
}

export default function dissectTarget(data: Uint8Array): void {
  const linktype = LINKTYPES[(data[0] ?? 0) % LINKTYPES.length]!
  const wireLength = data.length - 1 + (data[1] ?? 0)
  const run = (one: Walk): number => dissect(one, linktype, data, Math.min(1, data.length), data.length, wireLength)
  const outcome = run(walk)
  assert.ok(walk.at >= 0 && walk.at <= walk.end && walk.end <= data.length, `at ${walk.at}, end ${walk.end}`)
  assert.ok(walk.end <= walk.wireEnd, `end ${walk.end}, on the wire ${walk.wireEnd}`)
  assert.ok([SEGMENT, UNSUPPORTED, DAMAGED].includes(outcome), `outcome ${outcome}`)
  told = 0
  assert.equal(run(traced), outcome)
  assert.deepEqual([traced.at, traced.end, traced.layersLength], [walk.at, walk.end, walk.layersLength])
  assert.ok(told > 0 || walk.why === 'unsupported.linktype')
  const strictly = run(strict)
  assert.ok(strictly === outcome || /-checksum$/.test(strict.why), `${outcome}, strictly ${strictly} ${strict.why}`)
  if (outcome === SEGMENT) return
  assert.match(walk.why, outcome === DAMAGED ? /^damaged\.[a-z0-9-]+$/ : /^unsupported\.[a-z0-9-]+$/)
}

/** A packet below every layer that a walk can pass: the frames of the unit tests. */
export function seeds(): readonly Uint8Array[] {
  return READ.filter(([, linktype]) => LINKTYPES.includes(linktype)).map(([, linktype, frame]) =>
    join([LINKTYPES.indexOf(linktype)], frame),
  )
}
