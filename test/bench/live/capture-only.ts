/**
 * `node capture-only.ts OPTIONS OUTPUT`: live capture as a node does it, but the segments stay in memory and are decoded when
 * SIGTERM has come: on a machine whose cores are busy with the load, it shows what capture alone can take. Writes the paths
 * of the exchanges that have a response to OUTPUT, a line each, after a line with the producer's counters.
 */
import { writeFileSync } from 'node:fs'
import { loadComponents } from '#infra/cli/components.ts'
import { chainFactory, eachSegment, PUBLISHED } from '#infra/cli/pipeline.ts'
import pcap from '#producers/pcap/index.ts'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { copyBatch, Segment, type SegmentBatch } from '#schemas/records/segment.ts'

const [options = '{}', output = ''] = process.argv.slice(2)
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

await using producer = await pcap.open(pcap.config.parse(JSON.parse(options)), {
  sensor: 'bench',
  partitions: 1,
  flowHashKey: new Uint8Array(16),
  position: null,
  batchBytes: 2 * 1024 ** 2,
  directory: '.',
  wire: WIRE_DEFAULTS,
  stdin: process.stdin,
})
process.stdout.write('ready\n')
const kept: SegmentBatch[] = []
while (!stop.signal.aborted) {
  const captured = await producer.read(stop.signal).catch(error => {
    if (stop.signal.aborted) return null
    throw error
  })
  for (const { batch } of captured?.batches ?? []) kept.push(copyBatch(batch))
}
const lines = [JSON.stringify(producer.stats())]
const chain = chainFactory(
  await loadComponents(),
  {},
  PUBLISHED,
)((topic, _key, value) => {
  if (topic !== 'exchanges') return
  const { request, response } = value as Exchange
  if (response !== null) lines.push(request.path)
})
const cursor = new Segment()
for (const batch of kept) eachSegment(batch, cursor, chain, (segment, time) => chain.process(segment, time))
writeFileSync(output, `${lines.join('\n')}\n`)
