/** A worker thread of `read`: answers each batch with its lines, and null with a report. */
import { parentPort, workerData } from 'node:worker_threads'
import type { SegmentBatch } from '#schemas/records/segment.ts'
import { type LaneOptions, Lanes } from './lanes.ts'
import type { Answer } from './pool.ts'

const port = parentPort!
// Listened to from the start: jobs that come while the components load wait in the promise's line.
const lanes = Lanes.load(workerData as LaneOptions)

port.on('message', async (job: { readonly partition: number; readonly batch: SegmentBatch } | null) => {
  const ready = await lanes
  if (job === null) {
    port.postMessage({ report: ready.report() } satisfies Answer)
    port.close()
    return
  }
  const output = ready.process(job.partition, job.batch)
  port.postMessage({ output } satisfies Answer, [output.text.buffer, output.marks.buffer])
})
