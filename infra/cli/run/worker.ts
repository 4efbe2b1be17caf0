/** A worker thread of `run`: processes its partitions until told to stop, and reports what it counts. */
import type { MessagePort } from 'node:worker_threads'
import { openEmbedded } from '#infra/bus/embedded/index.ts'
import { KafkaBus, openKafka } from '#infra/bus/kafka/index.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import { loadProcessors } from '../components.ts'
import type { FromWorker, NodeEvents, ToWorker, WorkerPlan, Workers } from './plan.ts'
import { localWorkers } from './workers.ts'

const REPORT_MS = 500

async function openLog({ log }: WorkerPlan, onWarning: (message: string) => void): Promise<Bus> {
  if ('embedded' in log) return openEmbedded(log.embedded)
  const kafka = await openKafka({ ...log.kafka, onWarning })
  return kafka
}

export async function main(data: unknown, port: MessagePort): Promise<void> {
  const plan = data as WorkerPlan
  let workers: Workers | null = null
  let latest: Readonly<Record<string, unknown>> | null = null
  const stopped = new Promise<void>(resolve =>
    port.on('message', (message: ToWorker) => {
      if (message === 'stop') return resolve()
      latest = message.configure
      workers?.configure(latest)
    }),
  )
  const events: NodeEvents = {
    warn: (warning, error) =>
      port.postMessage({ warning, error: error instanceof Error ? error.stack : String(error) } satisfies FromWorker),
  }
  const processors = await loadProcessors()
  const bus = await openLog(plan, message => events.warn(message, null))
  const running = localWorkers(bus, processors, plan, events)
  workers = running
  if (latest !== null) running.configure(latest)
  const report = (): void =>
    port.postMessage({
      reports: running.reports(),
      tally: running.tally(),
      logCounts: bus instanceof KafkaBus ? { ...bus.stats() } : {},
    } satisfies FromWorker)
  const timer = setInterval(report, REPORT_MS)
  await Promise.race([stopped, running.done])
  await running.stop()
  clearInterval(timer)
  report()
  await bus[Symbol.asyncDispose]()
  port.close()
}
