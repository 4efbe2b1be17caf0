/** What a producer under test is opened with. */
import { Readable } from 'node:stream'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import type { ProducerHost } from '#schemas/contracts/producer.ts'
import { text } from '#test/driver/frames.ts'

export function producerHost(changes: Partial<ProducerHost> = {}): ProducerHost {
  return {
    sensor: 's',
    partitions: 1,
    flowHashKey: text('0123456789abcdef'),
    position: null,
    batchBytes: 1024 * 1024,
    directory: '.',
    wire: WIRE_DEFAULTS,
    stdin: Readable.from([]),
    ...changes,
  }
}
