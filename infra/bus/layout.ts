import type { TopicSpec } from '#schemas/avro/topics.ts'
import { Usage } from '#schemas/contracts/errors.ts'

/** What a log keeps about a topic. */
export interface TopicLayout {
  readonly name: string
  readonly partitions: number
  readonly cleanup: 'delete' | 'compact'
  readonly retention: { readonly ms: number; readonly bytes: number } | null
}

/** Kafka's rule, so that a name that works here works there. */
const NAME = /^[A-Za-z0-9._-]{1,200}$/
const MAX_PARTITIONS = 10_000

/** Names of topics and groups become parts of storage keys. Throws `Usage`. */
export function checkName(kind: 'topic' | 'group' | 'writer', name: string): void {
  if (!NAME.test(name)) throw new Usage(`${kind} name ${JSON.stringify(name)}: use 1 to 200 of A-Z a-z 0-9 . _ -`)
}

/**
 * The layout that `ensure` leads to. `stored` is the one there is, `deployment` the partition count of topics that do
 * not fix theirs. Partitions may be added, never taken away: keys would move away from their records and state.
 */
export function plan(spec: TopicSpec, stored: TopicLayout | undefined, deployment: number): TopicLayout {
  checkName('topic', spec.name)
  const partitions = spec.partitions ?? deployment
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS) {
    throw new Usage(`topic ${spec.name}: ${partitions} partitions, allowed are 1 to ${MAX_PARTITIONS}`)
  }
  if (stored !== undefined && partitions < stored.partitions) {
    throw new Usage(
      `topic ${spec.name} has ${stored.partitions} partitions and ${partitions} are configured: partitions can be added but not removed`,
    )
  }
  if (stored !== undefined && spec.cleanup !== stored.cleanup) {
    throw new Usage(`topic ${spec.name} was created with cleanup ${stored.cleanup}, not ${spec.cleanup}`)
  }
  return { name: spec.name, partitions, cleanup: spec.cleanup, retention: spec.retention }
}
