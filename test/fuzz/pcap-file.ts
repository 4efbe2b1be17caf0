/**
 * Fuzz target: bytes as a capture on standard input. The producer ends, with or without a refusal that names a place;
 * every byte of every frame has a fate; every partition has one end.
 */

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import spec from '#producers/pcap-file/index.ts'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import type { ProducerHost } from '#schemas/contracts/producer.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { checkFrame, KIND, Segment } from '#schemas/records/segment.ts'
import { type Frame, pcap, pcapng } from '#test/driver/captures.ts'
import { tcpFrame, text } from '#test/driver/frames.ts'

const PARTITIONS = 2
const config = spec.config.parse({ path: '-', limits: { packetBytes: 4096, blockBytes: 4096, interfaces: 4 } })
const { signal } = new AbortController()
const cursor = new Segment()

export default async function pcapFile(data: Uint8Array): Promise<void> {
  const host: ProducerHost & { readonly stdin: Readable } = {
    sensor: 'fuzz',
    partitions: PARTITIONS,
    flowHashKey: new Uint8Array(8),
    position: null,
    batchBytes: 1024,
    directory: '/',
    wire: WIRE_DEFAULTS,
    stdin: new Readable({ read() {} }),
  }
  host.stdin.push(data)
  host.stdin.push(null)
  await using producer = await spec.open(config, host)
  const ledger = new Ledger()
  let ends = 0
  let recognized = false
  try {
    for (let read = await producer.read(signal); read !== null; read = await producer.read(signal)) {
      recognized = true
      for (const { batch } of read.batches) {
        checkFrame(batch.frame, batch.count)
        ledger.merge(batch.ledger)
        for (cursor.reset(batch); cursor.next(); ledger.add('inspected', cursor.length)) {
          if (cursor.kind === KIND.end) ends++
        }
      }
    }
  } catch (error) {
    assert.ok(error instanceof Refused, error instanceof Error ? (error.stack ?? error.message) : String(error))
    assert.match(error.message, /^standard input: [^\n]+$/)
  }
  assert.equal(ends, recognized ? PARTITIONS : 0)
  assert.equal(ledger.pending, 0)
}

export function seeds(): readonly Uint8Array[] {
  const frames: readonly Frame[] = [
    { bytes: tcpFrame({}, text('GET / HTTP/1.1\r\n\r\n')), time: 1_000_000 },
    { bytes: tcpFrame({ seq: 19 }, text('x')).subarray(0, 40), time: 2_500_000, wireLength: 1500 },
  ]
  return [
    pcap(frames),
    pcap(frames, { little: false, nanoseconds: true }),
    pcapng(frames),
    pcapng(frames, { little: false, resolution: 9, offset: 5 }),
    gzipSync(pcap(frames)),
  ]
}
