import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mulberry32 } from '#test/driver/random.ts'
import { type Assignment, assign, type Member, stickyAssigner } from './assignor.ts'

/** Partitions of a topic by member. */
function sharesOf(assignment: Assignment, topic: string): Map<string, readonly number[]> {
  return new Map([...assignment].flatMap(([id, topics]) => (topics.has(topic) ? [[id, topics.get(topic)!]] : [])))
}

/** So many partitions can stay at most: each member keeps up to its fair share, and some have one more. */
function mostKept(owned: readonly number[], count: number): number {
  const least = Math.floor(count / owned.length)
  const above = owned.filter(n => n > least).length
  return owned.reduce((sum, n) => sum + Math.min(n, least), 0) + Math.min(above, count % owned.length)
}

test('laws 1 to 5, over histories of members that come and go', () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = mulberry32(seed)
    const below = (n: number): number => Math.floor(random() * n)
    const counts = new Map([...'abc'].map(topic => [topic, 1 + below(13)]))
    if (below(2) === 0) counts.set('b', counts.get('a')!)
    const all = [...counts.keys()]
    const topicsOf = new Map<string, string[]>()
    let before: Assignment = new Map()
    for (let step = 0; step < 12; step++) {
      const ids = [...topicsOf.keys()]
      if (ids.length > 1 && below(3) === 0) topicsOf.delete(ids[below(ids.length)]!)
      else topicsOf.set(`member-${below(1000)}`, below(3) === 0 ? [all[below(3)]!] : all)
      const members = [...topicsOf].map(
        ([id, topics]): Member => ({ id, topics, owned: before.get(id) ?? new Map<string, number[]>() }),
      )
      const assignment = assign(members, topic => counts.get(topic)!)
      const shuffled = members.map(m => [random(), m] as const).sort(([a], [b]) => a - b)
      const where = `seed ${seed}, step ${step}`
      assert.deepEqual(
        assign(
          shuffled.map(([, m]) => m),
          topic => counts.get(topic)!,
        ),
        assignment,
        `law 5, ${where}`,
      )
      for (const topic of new Set(members.flatMap(m => m.topics))) checkTopic(topic, members, assignment, counts, where)
      before = assignment
    }
  }
})

function checkTopic(
  topic: string,
  members: readonly Member[],
  assignment: Assignment,
  counts: ReadonlyMap<string, number>,
  where: string,
): void {
  const count = counts.get(topic)!
  const subscribers = members.filter(m => m.topics.includes(topic))
  const shares = sharesOf(assignment, topic)
  const given = [...shares.values()].flat().sort((a, b) => a - b)
  assert.deepEqual(
    given,
    Array.from({ length: count }, (_, p) => p),
    `law 1, ${where}`,
  )
  assert.deepEqual([...shares.keys()].sort(), subscribers.map(m => m.id).sort(), `law 1, ${where}`)
  const sizes = [...shares.values()].map(partitions => partitions.length)
  assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `law 3, ${where}: ${sizes}`)
  const alike = [...counts.keys()].filter(
    other => counts.get(other) === count && members.every(m => m.topics.includes(other) === m.topics.includes(topic)),
  )
  for (const other of alike) assert.deepEqual(sharesOf(assignment, other), shares, `law 2, ${where}`)
  if (alike.length > 1) return // what is best for one topic need not be for the other
  const owned = subscribers.map(m => m.owned.get(topic) ?? [])
  const kept = subscribers.map((m, i) => owned[i]!.filter(p => shares.get(m.id)!.includes(p)).length)
  const least = mostKept(
    owned.map(partitions => partitions.length),
    count,
  )
  assert.equal(
    kept.reduce((a, b) => a + b, 0),
    least,
    `law 4, ${where}`,
  )
}

test('law 4: from one member to two, four and back to two, as few partitions move as can', () => {
  const of = (...ids: string[]) => ids.map(id => ({ id, topics: ['t'], owned: before.get(id) ?? new Map() }))
  let before: Assignment = new Map()
  const moves = (...ids: string[]): number => {
    const owner = new Map([...before].flatMap(([id, topics]) => topics.get('t')!.map(p => [p, id])))
    before = assign(of(...ids), () => 8)
    return [...before].flatMap(([id, topics]) => topics.get('t')!.filter(p => owner.get(p) !== id)).length
  }
  assert.deepEqual([moves('a'), moves('a', 'b'), moves('a', 'b', 'c', 'd'), moves('a', 'c')], [8, 4, 4, 4])
})

test('two members that both claim a partition: one gets it', () => {
  const owned = new Map([['t', [0, 1]]])
  const members = ['a', 'b'].map(id => ({ id, topics: ['t'], owned }))
  const shares = sharesOf(
    assign(members, () => 2),
    't',
  )
  assert.deepEqual([...shares.values()].flat().sort(), [0, 1])
})

test('what a member owns travels in its metadata; another version of it, or nonsense, owns nothing', async () => {
  const owned = new Map([['t', [1]]])
  const assigner = (mine: ReadonlyMap<string, readonly number[]>) =>
    stickyAssigner(
      () => mine,
      () => 2,
    )({ cluster: null as never, groupId: 'g', logger: null as never })
  const { metadata } = assigner(owned).protocol({ topics: ['t'] })
  const nothing = assigner(new Map()).protocol({ topics: ['t'] }).metadata
  const assigned = async (first: Buffer, second: Buffer): Promise<string[]> => {
    const members = [
      { memberId: 'a', memberMetadata: first },
      { memberId: 'b', memberMetadata: second },
    ]
    const result = await assigner(new Map()).assign({ members, topics: ['t'] })
    return result.map(({ memberId, memberAssignment }) => `${memberId} ${memberAssignment.at(-5)}`)
  }
  const sticky = await assigned(metadata, nothing)
  assert.notDeepEqual(sticky, await assigned(nothing, metadata))
  for (const nonsense of ['', '5', '{"t":[0]}', '[["t",[0]]', '[["t",{"x":1}]]', '[["t",[-1,99,"x"]]]']) {
    const damaged = Buffer.concat([metadata.subarray(0, metadata.length - 4 - Buffer.byteLength('[["t",[1]]]'))])
    const text = Buffer.from(nonsense)
    const length = Buffer.alloc(4)
    length.writeInt32BE(text.length)
    const given = await assigned(Buffer.concat([damaged, length, text]), nothing)
    assert.equal(given.length, 2, nonsense)
  }
})
