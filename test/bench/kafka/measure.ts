/** What the Kafka benchmarks time, on any log: MB (10^6) a second of segments. */
import type { Components } from '#infra/cli/components.ts'
import { Processing } from '#infra/cli/run/processing.ts'
import { segmentsTask } from '#infra/cli/run/segments-task.ts'
import { emptyTally } from '#infra/cli/tally.ts'
import { retry } from '#infra/runtime/retry.ts'
import type { Bus } from '#schemas/contracts/bus.ts'
import type { Work } from './segments.ts'

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

export async function append(bus: Bus, { appends, bytes }: Work): Promise<number> {
  const { signal } = new AbortController()
  await using writer = await bus.writer('bench')
  const taken = await seconds(async () => {
    // A topic that was just made may be without its leader for a moment.
    for (const records of appends) await retry(() => writer.append(records), signal, { firstMs: 10, maxMs: 100 })
  })
  return bytes / 1e6 / taken
}

export async function readBack(bus: Bus, { bytes }: Work): Promise<number> {
  let seen = 0
  const taken = await seconds(async () => {
    await Promise.all(
      Array.from({ length: bus.partitions('segments') }, async (_, p) => {
        for await (const batch of bus.read('segments', p, 0)) seen += batch.bytes
      }),
    )
  })
  if (seen !== bytes) throw new Error(`read ${seen} of ${bytes} bytes`)
  return bytes / 1e6 / taken
}

/** Segments in the log through the chain to published exchanges and detections, each commit a transaction. */
export async function processAll(
  components: Components,
  bus: Bus,
  { bytes }: Work,
  commitBytes: number,
): Promise<{ readonly rate: number; readonly exchanges: number }> {
  const tally = emptyTally()
  const ends = await Promise.all(
    Array.from({ length: bus.partitions('segments') }, async (_, p) => (await bus.bounds('segments', p)).next),
  )
  const reached = Promise.withResolvers<void>()
  const taken = await seconds(async () => {
    const processing = new Processing(bus, {
      spec: segmentsTask(components, {}, tally, (_, value) => value),
      limits: { commitBytes, checkpointBytes: 64 * 1024 ** 2, checkpointMs: 10_000, poisonPerBatch: 10 },
      partitions: ends.map((_, p) => p),
      supervision: { crashes: 0, windowMs: 1000, waitMs: 0, clock: () => performance.now(), onCrash: reached.reject },
      backoff: { firstMs: 10, maxMs: 1000 },
      clock: () => performance.now(),
    })
    const timer = setInterval(() => {
      const reports = processing.reports()
      const done =
        reports.length === ends.length && reports.every(({ stats }) => stats.committed >= ends[stats.partition]!)
      if (done) reached.resolve()
    }, 5)
    await reached.promise
    clearInterval(timer)
    await processing.stop()
  })
  return { rate: bytes / 1e6 / taken, exchanges: Number(tally.exchanges) }
}
