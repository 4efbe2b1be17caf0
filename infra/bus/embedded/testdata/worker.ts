/** Worker of threads.test.ts: one static member that copies its partitions of `in` to `out`, until told to stop. */
import { parentPort, workerData } from 'node:worker_threads'
import { type EmbeddedShare, openEmbedded } from '#infra/bus/embedded/index.ts'
import type { Lease } from '#schemas/contracts/bus.ts'

interface Start {
  readonly log: EmbeddedShare
  readonly member: { readonly index: number; readonly of: number }
}

const { log, member } = workerData as Start
const bus = await openEmbedded(log)

async function copy(lease: Lease): Promise<void> {
  while (!lease.signal.aborted) {
    const batch = await lease.poll(1 << 20, 3_600_000)
    if (batch === null) continue
    const outputs = batch.records.map(({ key, value, time }) => ({ topic: 'out', key, value, time }))
    await lease.commit({ next: batch.next, outputs, state: [] })
  }
  parentPort!.postMessage(`ended ${lease.partition}`)
}

const membership = await bus.join('copiers', 'in', copy, { member })
parentPort!.postMessage('joined')
parentPort!.once('message', () => void stop())

async function stop(): Promise<void> {
  await membership[Symbol.asyncDispose]()
  await bus[Symbol.asyncDispose]()
}
