/** A worker thread of `read`: answers each batch with its lines, and null with a report. */
import type { MessagePort } from 'node:worker_threads'
import type { SegmentBatch } from '#schemas/records/segment.ts'
import { type LaneOptions, Lanes } from './lanes.ts'
import type { Answer } from './pool.ts'

interface Job {
  readonly partition: number
  readonly batch: SegmentBatch
}

/** Jobs that come before this listens wait in the port. */
export async function main(data: unknown, port: MessagePort): Promise<void> {
  const lanes = await Lanes.load(data as LaneOptions)
  port.on('message', (job: Job | null) => {
    if (job === null) {
      port.postMessage({ report: lanes.report() } satisfies Answer)
      port.close()
      return
    }
    const output = lanes.process(job.partition, job.batch)
    port.postMessage({ output } satisfies Answer, [output.text.buffer, output.marks.buffer])
  })
}
