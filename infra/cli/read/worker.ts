/** A worker thread of `read`: answers each round with its lines, and null with a report. */
import type { MessagePort } from 'node:worker_threads'
import { loadProcessors } from '../components.ts'
import { Lanes } from './lanes.ts'
import { Lines } from './lines.ts'
import type { Answer, ToWorker } from './pool.ts'

/** Messages that come before this listens wait in the port. */
export async function main(_data: unknown, port: MessagePort): Promise<void> {
  const processors = await loadProcessors()
  let lanes: Lanes | null = null
  port.on('message', (message: ToWorker) => {
    if (message === null) {
      if (lanes !== null) port.postMessage({ report: lanes.report() } satisfies Answer)
      port.close()
    } else if ('options' in message) {
      lanes = new Lanes(processors, message.options)
    } else {
      const lines = new Lines(message.memory)
      for (const { partition, batch } of message.batches) lanes!.process(partition, batch, lines)
      port.postMessage({ memory: lines.memory, sections: lines.sections } satisfies Answer)
    }
  })
}
