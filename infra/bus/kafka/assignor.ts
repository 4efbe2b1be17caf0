/**
 * Who works on which partition.
 *
 * Laws
 *  1. Every partition of every subscribed topic has exactly one member.
 *  2. Co-partitioned: topics with the same subscribers and as many partitions are shared out alike, so that partition p of all
 *     of them is worked on by one member (its state and its outputs belong together).
 *  3. Balanced: two members' counts differ by one at most.
 *  4. Sticky: a partition moves only where 1 and 3 leave no choice, because a move costs a replay.
 *  5. The same on every machine for the same members, whatever their order.
 *
 * kafkajs' own round robin holds 1 only. Version 1 of the member metadata is Kafka's (ConsumerProtocol); what a member owns
 * travels in its user data.
 */
import kafkajs, { type PartitionAssigner } from 'kafkajs'

export interface Member {
  readonly id: string
  readonly topics: readonly string[]
  /** What it worked on before, by topic. */
  readonly owned: ReadonlyMap<string, readonly number[]>
}

/** Member → topic → partitions. */
export type Assignment = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>

export function assign(members: readonly Member[], partitionsOf: (topic: string) => number): Assignment {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1))
  const topics = [...new Set(sorted.flatMap(member => member.topics))].sort()
  const result = new Map(sorted.map(member => [member.id, new Map<string, number[]>()]))
  const alike = Map.groupBy(topics, topic => {
    const subscribers = sorted.filter(member => member.topics.includes(topic)).map(member => member.id)
    return JSON.stringify([partitionsOf(topic), subscribers])
  })
  for (const together of alike.values()) {
    const subscribers = sorted.filter(member => member.topics.includes(together[0]!))
    const shares = share(partitionsOf(together[0]!), subscribers, member =>
      together.flatMap(topic => member.owned.get(topic) ?? []),
    )
    for (const [id, partitions] of shares) for (const topic of together) result.get(id)!.set(topic, partitions)
  }
  return result
}

/** Partitions 0 to `count` - 1 among the members: each keeps what it owns up to its fair share, the rest goes to the poorest. */
function share(
  count: number,
  members: readonly Member[],
  ownedBy: (member: Member) => number[],
): Map<string, number[]> {
  const least = Math.floor(count / members.length)
  /** So many members may have one more. */
  let extra = count % members.length
  const free = new Set(Array.from({ length: count }, (_, p) => p))
  const shares = new Map(members.map(member => [member.id, [] as number[]]))
  // Who owns most is asked first: the members that may have one more are then those that have it already.
  const claims = members.map(member => ({ id: member.id, owned: [...new Set(ownedBy(member))].sort((a, b) => a - b) }))
  for (const { id, owned } of claims.toSorted((a, b) => b.owned.length - a.owned.length)) {
    const mine = shares.get(id)!
    for (const partition of owned) {
      const room = mine.length < least || (mine.length === least && extra > 0)
      if (!room || !free.delete(partition)) continue
      if (mine.length === least) extra--
      mine.push(partition)
    }
  }
  for (const partition of free) {
    let poorest = members[0]!.id
    for (const { id } of members) if (shares.get(id)!.length < shares.get(poorest)!.length) poorest = id
    shares.get(poorest)!.push(partition)
  }
  for (const partitions of shares.values()) partitions.sort((a, b) => a - b)
  return shares
}

const NAME = 'tapwire-sticky'
const VERSION = 1

/** For kafkajs. `owned`: what this member works on now. `partitionsOf`: of a topic's name in Kafka. */
export function stickyAssigner(
  owned: () => ReadonlyMap<string, readonly number[]>,
  partitionsOf: (topic: string) => number,
): PartitionAssigner {
  return () => ({
    name: NAME,
    version: VERSION,
    assign: async ({ members }) => {
      const known = members.map(({ memberId, memberMetadata }): Member => {
        const metadata = kafkajs.AssignerProtocol.MemberMetadata.decode(memberMetadata)
        return { id: memberId, topics: metadata?.topics ?? [], owned: readOwned(metadata?.userData) }
      })
      const assignment = assign(known, partitionsOf)
      return known.map(({ id }) => ({
        memberId: id,
        memberAssignment: kafkajs.AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: Object.fromEntries(assignment.get(id)!) as Record<string, number[]>,
          userData: Buffer.alloc(0),
        }),
      }))
    },
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify([...owned()])),
      }),
    }),
  })
}

/** Another version's user data, or none: owns nothing. */
function readOwned(userData: Buffer | undefined): ReadonlyMap<string, readonly number[]> {
  try {
    return new Map(JSON.parse(String(userData)) as [string, number[]][])
  } catch {
    return new Map()
  }
}
