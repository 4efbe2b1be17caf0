/** What every partition of the segments topic runs: packed batches in, exchanges, detections and anomalies out. */
import type { MaskRecord } from '#infra/runtime/masking/index.ts'
import type { TaskSpec } from '#infra/runtime/task.ts'
import { decodeRecord, encodeRecord } from '#schemas/avro/records.ts'
import { stateTopic } from '#schemas/avro/topics.ts'
import { Segment, type SegmentBatch } from '#schemas/records/segment.ts'
import type { Processors } from '../components.ts'
import { type ChainFactory, chainFactory, eachSegment, PUBLISHED } from '../pipeline.ts'
import { emptyTally, mergeTally, type TallyCounts, tallyValue } from '../tally.ts'

export const PROCESS_GROUP = 'process'

/** Every value that is published is counted in `tally`, once: when it is in the log. `mask`: how it may be seen there. */
export function segmentsTask(
  processors: Processors,
  config: Readonly<Record<string, unknown>>,
  tally: TallyCounts,
  mask: MaskRecord,
): TaskSpec & { readonly open: ChainFactory } {
  const cursor = new Segment()
  /** By partition: counts of what is encoded, but not in the log yet. */
  const unsettled = new Map<number, TallyCounts>()
  const countsOf = (partition: number): TallyCounts => {
    const counts = unsettled.get(partition) ?? emptyTally()
    unsettled.set(partition, counts)
    return counts
  }
  return {
    group: PROCESS_GROUP,
    input: 'segments',
    open: chainFactory(processors, config, PUBLISHED),
    feed: (record, chain, each) =>
      eachSegment(decodeRecord('segments', record.value!) as SegmentBatch, cursor, chain, each),
    encode: (topic, key, value, time, partition) => {
      const located = locate(mask(topic, value), partition)
      tallyValue(countsOf(partition), topic, located)
      return { topic, key: topic === 'dead' ? null : Buffer.from(key), value: encodeRecord(topic, located), time }
    },
    settled: (partition, published) => {
      if (published) mergeTally(tally, countsOf(partition))
      unsettled.delete(partition)
    },
    bytesOf: value => (value as Segment).entry(),
    stateTopic: stage => stateTopic(stage).name,
  }
}

interface Located {
  readonly origin?: { readonly log: { readonly partition: number } | null }
}

/** A processor does not know its partition: it is filled into the origin here. */
function locate(value: unknown, partition: number): unknown {
  const { origin } = value as Located
  if (origin === undefined || origin.log === null || origin.log.partition === partition) return value
  return { ...(value as object), origin: { ...origin, log: { ...origin.log, partition } } }
}
