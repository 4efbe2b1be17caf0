import assert from 'node:assert/strict'
import { test } from 'node:test'
import { damage } from './damage.ts'
import { Clock, type Packet, Talk } from './packets.ts'
import { mulberry32 } from './random.ts'

function packets(): Packet[] {
  const talk = new Talk(new Clock())
  return [...talk.open(), ...talk.client('x'.repeat(20_000), 500), ...talk.close()]
}

/** Bytes by sequence number. */
function stream(of: readonly Packet[]): Map<number, number> {
  const bytes = new Map<number, number>()
  for (const { seq, payload, from } of of) {
    if (from.port !== 80) for (const [i, byte] of payload.entries()) bytes.set(seq + i, byte)
  }
  return bytes
}

test('no damage is no damage', () => {
  assert.deepEqual(damage(packets(), mulberry32(1), {}), packets())
})

test('a seed decides everything; times stay sorted', () => {
  const all = { lose: 0.2, reorder: 5, repeat: 0.2, overlap: 0.3, forge: 0.1 }
  const first = damage(packets(), mulberry32(7), all)
  assert.deepEqual(first, damage(packets(), mulberry32(7), all))
  assert.notDeepEqual(first, damage(packets(), mulberry32(8), all))
  const times = first.map(({ time }) => time)
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  )
})

test('reordering, repetition and overlap change no byte; loss takes some; forgery changes some', () => {
  const whole = stream(packets())
  const kept = damage(packets(), mulberry32(3), { reorder: 6, repeat: 0.5, overlap: 0.5 })
  assert.ok(kept.length > packets().length)
  assert.deepEqual(
    [...stream(kept)].toSorted(([a], [b]) => a - b),
    [...whole],
  )
  const lost = stream(damage(packets(), mulberry32(3), { lose: 0.3 }))
  assert.ok(lost.size < whole.size && lost.size > whole.size / 3)
  const forged = stream(damage(packets(), mulberry32(3), { forge: 0.5 }))
  assert.ok([...forged].some(([seq, byte]) => whole.get(seq) !== byte))
})
