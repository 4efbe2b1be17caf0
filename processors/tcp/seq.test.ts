import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance, distance } from './seq.ts'

test('sequence numbers wrap', () => {
  const cases = [
    [0, 0, 0],
    [0, 1, 1],
    [0xffff_ffff, 0, 1],
    [0, 0xffff_ffff, -1],
    [0x7fff_ffff, 0x8000_0000, 1],
    [0xffff_fff0, 0x10, 0x20],
    [0, 0x7fff_ffff, 0x7fff_ffff],
    [0, 0x8000_0000, -0x8000_0000],
  ] as const
  for (const [from, to, bytes] of cases) {
    assert.equal(distance(from, to), bytes, `from ${from} to ${to}`)
    assert.equal(advance(from, bytes), to, `${from} and ${bytes} bytes`)
  }
})
