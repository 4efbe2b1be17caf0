/** What each setting of a topic is for, and which values other than ours do as well. Everything else is the operator's. */

interface Rule {
  /** Whether what is there does. Both as Kafka writes them. */
  readonly fits: (have: string, want: string) => boolean
  /** What goes wrong when it does not. */
  readonly why: string
}

const equal = (have: string, want: string): boolean => have === want
const atLeast = (have: string, want: string): boolean => Number(have) >= Number(want)
const atMost = (have: string, want: string): boolean => Number(have) <= Number(want)
const RETENTION = 'as configured (log.retention); Kafka deletes whatever is older or more, read or not'

export const SETTINGS: ReadonlyMap<string, Rule> = new Map([
  [
    'cleanup.policy',
    {
      fits: equal,
      why: 'deleting what is old loses state that is still needed; compacting keeps one record per key of a stream of events',
    },
  ],
  [
    'max.message.bytes',
    { fits: atLeast, why: 'smaller than log.maxMessageBytes: entries of state that are larger are refused' },
  ],
  // differences.ts knows how many copies there are.
  ['min.insync.replicas', { fits: atLeast, why: 'what one broker alone acknowledged is lost with that broker' }],
  [
    'unclean.leader.election.enable',
    { fits: equal, why: 'a broker that missed acknowledged records may become leader, and they are gone' },
  ],
  [
    'message.timestamp.type',
    // Only retention looks at Kafka's timestamps: ours is the time of the append, and the capture time travels in a header.
    { fits: () => true, why: '' },
  ],
  [
    'compression.type',
    {
      fits: have => ['producer', 'uncompressed', 'gzip', 'zstd'].includes(have),
      why: 'brokers would compress again with what tapwire does not read',
    },
  ],
  ['retention.ms', { fits: equal, why: RETENTION }],
  ['retention.bytes', { fits: equal, why: RETENTION }],
  ['segment.bytes', { fits: atMost, why: 'Kafka deletes and compacts whole closed segments only' }],
  ['segment.ms', { fits: atMost, why: 'Kafka deletes and compacts closed segments only; this closes them' }],
  ['min.cleanable.dirty.ratio', { fits: atMost, why: 'compaction later: a restart has more to read' }],
  [
    'delete.retention.ms',
    { fits: atLeast, why: 'a restart that reads slowly would miss deletions, and bring back what is gone' },
  ],
])
