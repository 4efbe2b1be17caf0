/** Every topic in one table: what it holds, how it is keyed, how long it lives. */

export interface TopicSpec {
  readonly name: string
  /** What decides the partition. Topics with the same key and partition count are co-partitioned. */
  readonly key: 'flow' | 'client' | 'stage-key' | 'source' | 'none'
  /** Name of the Avro schema of its values (schemas/avro/<schema>.avsc). */
  readonly schema: string
  readonly cleanup: 'delete' | 'compact'
  /** Of `delete` topics: whichever is reached first. Per partition. */
  readonly retention: { readonly ms: number; readonly bytes: number } | null
  /** Null: the deployment's partition count. */
  readonly partitions: number | null
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Defaults of 8 partitions together stay below the default size of the embedded log: retention makes room before it is full. */
const MIB = 1024 ** 2

export const TOPICS = {
  segments: {
    name: 'segments',
    key: 'flow',
    schema: 'segments',
    cleanup: 'delete',
    retention: { ms: DAY, bytes: 512 * MIB },
    partitions: null,
  },
  exchanges: {
    name: 'exchanges',
    key: 'client',
    schema: 'exchange',
    cleanup: 'delete',
    retention: { ms: 7 * DAY, bytes: 256 * MIB },
    partitions: null,
  },
  detections: {
    name: 'detections',
    key: 'client',
    schema: 'detection',
    cleanup: 'delete',
    retention: { ms: 30 * DAY, bytes: 64 * MIB },
    partitions: null,
  },
  anomalies: {
    name: 'anomalies',
    key: 'client',
    schema: 'anomaly',
    cleanup: 'delete',
    retention: { ms: 7 * DAY, bytes: 32 * MIB },
    partitions: null,
  },
  dead: {
    name: 'dead',
    key: 'none',
    schema: 'dead',
    cleanup: 'delete',
    retention: { ms: 30 * DAY, bytes: 64 * MIB },
    partitions: 1,
  },
  positions: {
    name: 'positions',
    key: 'source',
    schema: 'position',
    cleanup: 'compact',
    retention: null,
    partitions: 1,
  },
} as const satisfies Record<string, TopicSpec>

export type TopicName = keyof typeof TOPICS

/** The compacted topic that holds a stage's state: co-partitioned with the stage's input. */
export function stateTopic(stage: string): TopicSpec {
  return {
    name: `${stage}.state`,
    key: 'stage-key',
    schema: 'state',
    cleanup: 'compact',
    retention: null,
    partitions: null,
  }
}
