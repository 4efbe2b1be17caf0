/** A worker thread of `read`: answers each batch with its lines, and null with a report. */
import type { MessagePort } from 'node:worker_threads'
import { loadProcessors } from '../components.ts'
import { Lanes } from './lanes.ts'
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
      const output = lanes!.process(message.partition, message.batch)
      port.postMessage({ output } satisfies Answer, [output.text.buffer, output.marks.buffer])
    }
  })
}
