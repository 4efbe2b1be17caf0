import assert from 'node:assert/strict'
import { test } from 'node:test'
import { growthOf, shareMoved } from './growth.ts'

test('the share of flows that move, by formula and by counting', () => {
  for (const [from, to] of [
    [1, 2],
    [8, 16],
    [8, 12],
    [6, 9],
    [3, 7],
    [5, 5],
  ] as const) {
    const all = from * to
    let moved = 0
    for (let hash = 0; hash < all; hash++) if (hash % from !== hash % to) moved++
    assert.ok(Math.abs(shareMoved(from, to) - moved / all) < 1e-12, `${from} → ${to}`)
  }
})

test('state grows before segments, also where segments has grown already', () => {
  const grow = (topic: string) => ({ topic, what: 'partitions', have: '2', want: '4', why: '', mend: 'grow' }) as const
  assert.deepEqual(growthOf([grow('x.segments'), grow('x.tcp.state')], 'x.segments'), {
    from: 2,
    to: 4,
    topics: ['x.tcp.state', 'x.segments'],
  })
  assert.deepEqual(growthOf([grow('x.tcp.state')], 'x.segments'), { from: 2, to: 4, topics: ['x.tcp.state'] })
  assert.equal(growthOf([{ ...grow('x.segments'), mend: 'by-hand' }], 'x.segments'), null)
})
