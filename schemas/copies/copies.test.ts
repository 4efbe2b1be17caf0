import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { Copies, type Seen } from './copies.ts'
import type { Sighting } from './sighting.ts'
import { inner, sighting } from './sightings.test-support.ts'

const LIMITS = { window: 5_000_000, slack: 10_000, hold: 1_000_000, open: 1000 }

function copies(sightings: readonly Sighting[], limits = LIMITS): Copies<string> {
  const table = new Copies<string>(limits)
  for (const one of sightings) table.add(one, one.id)
  return table
}

const idsOf = (all: readonly Seen<string>[]) =>
  all.map(({ first, others }) => [first.value, ...others.map(({ value }) => value)])

test('the inner hop comes first, the outermost is kept', () => {
  const edge = sighting()
  const middle = inner(edge, '10.0.0.2')
  const last = inner(middle, '10.0.0.3')
  const table = copies([last, middle, edge])
  assert.deepEqual(table.take(edge.end + LIMITS.hold - 1), [])
  assert.deepEqual(idsOf(table.take(edge.end + LIMITS.hold)), [[edge.id, middle.id, last.id]])
  assert.deepEqual([table.size, table.stats().copies], [0, 2])
})

test('a copy that comes late is a request of its own', () => {
  const edge = sighting()
  const table = copies([inner(edge, '10.0.0.2')])
  assert.equal(table.take(Number.POSITIVE_INFINITY).length, 1)
  table.add(edge, edge.id)
  assert.equal(table.take(Number.POSITIVE_INFINITY).length, 1)
  assert.equal(table.stats().copies, 0)
})

test('what one contradicts is not joined through another', () => {
  const edge = sighting()
  const one = inner(edge, '10.0.0.2', { ids: { request: 'one' } })
  const two = inner(edge, '10.0.0.3', { ids: { request: 'two' } })
  const all = idsOf(copies([edge, one, two]).take(Number.POSITIVE_INFINITY))
  assert.deepEqual(all, [[edge.id, one.id], [two.id]])
})

test('the same request again and again on one connection, seen by two captures', () => {
  const asked = Array.from({ length: 5 }, (_, i) =>
    sighting({ connection: 'x', time: 1_000_000 + i * 10, client: { ip: '192.0.2.1', port: 5 } }),
  )
  const again = asked.map(one => ({
    ...one,
    id: `${one.id}'`,
    connection: 'y',
    place: 'pcap  10.0.0.1 443',
    time: one.time + 1,
  }))
  const all = idsOf(copies([...asked, ...again]).take(Number.POSITIVE_INFINITY))
  assert.deepEqual(
    all,
    asked.map(({ id }) => [id, `${id}'`]),
  )
})

describe('bounds', () => {
  test('beyond the limit the oldest goes on, and is counted', () => {
    const all = Array.from({ length: 5 }, () => sighting())
    const table = copies(all, { ...LIMITS, open: 3 })
    assert.deepEqual(idsOf(table.take(0)), [[all[0]!.id], [all[1]!.id]])
    assert.deepEqual([table.size, table.stats().evicted], [3, 2])
  })

  test('one id for everything costs nobody else time: few are compared', () => {
    const ids = { request: 'mine' }
    const many = Array.from({ length: 100 }, (_, i) =>
      sighting({ ids, server: { ip: '10.0.0.1', port: i + 1 }, path: `/${i}` }),
    )
    const table = copies(many)
    assert.equal(table.size, 100)
    assert.equal(table.stats().crowded, 100 - 17)
    assert.equal(idsOf(table.take(Number.POSITIVE_INFINITY)).length, 100)
  })
})

/**
 * Requests from clients through one to four hops, some captured twice; contents and paths from few, so that many are alike; in
 * the order in which they end. With ids, twenty are under way at once; without, those that are do not lie within each other.
 */
function traffic(
  seed: number,
  withIds: boolean,
): { readonly sightings: readonly Sighting[]; readonly requests: ReadonlyMap<string, number> } {
  const random = mulberry32(seed)
  const below = (n: number) => Math.floor(random() * n)
  const sightings: Sighting[] = []
  const requests = new Map<string, number>()
  for (let request = 0; request < 300; request++) {
    const time = 1_000_000 + request * (withIds ? 1000 : 20_000) + below(10_000)
    const ids = withIds ? { trace: String(request).padStart(32, '0') } : {}
    const long = 15_000 + below(5000)
    let hop = sighting({ time, end: time + long, path: `/${below(3)}`, content: `c${below(3)}`, ids })
    for (let depth = 0, hops = 1 + below(4); depth < hops; depth++) {
      if (depth > 0) hop = inner(hop, `10.0.1.${depth}`, { client: { ip: hop.server.ip, port: 1 + below(60_000) } })
      const captures =
        random() < 0.2
          ? [hop, { ...hop, id: `${hop.id}p`, connection: `${hop.connection}p`, place: `pcap ${hop.server.ip}` }]
          : [hop]
      for (const one of captures) {
        sightings.push(one)
        requests.set(one.id, request)
      }
    }
  }
  return { sightings: sightings.toSorted((a, b) => a.end - b.end), requests }
}

for (const withIds of [true, false]) {
  test(`every request once, with all its copies (${withIds ? 'by ids' : 'by causes'})`, () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { sightings, requests } = traffic(seed, withIds)
      const table = new Copies<string>({ ...LIMITS, slack: 0 })
      const all: Seen<string>[] = []
      for (const one of sightings) {
        table.add(one, one.id)
        all.push(...table.take(one.end))
      }
      all.push(...table.take(Number.POSITIVE_INFINITY))
      const found = idsOf(all)
      for (const ids of found)
        assert.equal(new Set(ids.map(id => requests.get(id))).size, 1, `seed ${seed}: ${ids} are several requests`)
      assert.equal(found.length, 300, `seed ${seed}`)
      assert.equal(found.flat().length, sightings.length, `seed ${seed}: each sighting once`)
    }
  })
}
