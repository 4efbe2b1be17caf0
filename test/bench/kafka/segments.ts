/** What a node appends for a capture, in memory: the work of the Kafka benchmarks. */

import type { Components } from '#infra/cli/components.ts'
import { encodeRecord } from '#schemas/avro/records.ts'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import type { Raw } from '#schemas/contracts/bus.ts'

export interface Work {
  readonly appends: readonly (readonly Raw[])[]
  readonly bytes: number
}

export interface WorkOptions {
  readonly partitions: number
  /** Per read of the producer: one append, one record per partition. */
  readonly captureBytes: number
  readonly mostBytes: number
}

export async function workOf(components: Components, path: string, options: WorkOptions): Promise<Work> {
  const spec = components.producers.get('pcap-file')!
  await using producer = await spec.open(spec.config.parse({ path }), {
    sensor: 'bench',
    partitions: options.partitions,
    flowHashKey: Buffer.from('sixteen bytes ..'),
    position: null,
    batchBytes: options.captureBytes,
    directory: '.',
    wire: WIRE_DEFAULTS,
    stdin: process.stdin,
  })
  const appends: Raw[][] = []
  let bytes = 0
  const { signal } = new AbortController()
  while (bytes < options.mostBytes) {
    const captured = await producer.read(signal)
    if (captured === null) break
    appends.push(
      captured.batches.map(({ partition, batch }): Raw => {
        const value = encodeRecord('segments', batch).slice()
        bytes += value.length
        return { topic: 'segments', partition, key: null, value, time: batch.until }
      }),
    )
  }
  return { appends, bytes }
}
