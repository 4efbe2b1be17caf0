/**
 * From a capture file to segment batches, in ns per packet, against a plain loop that only walks the record headers of
 * the same bytes in memory.
 *
 *   node test/bench/decode.bench.ts [CAPTURE.pcap]      default: keep-alive HTTP load of 64 connections, made here
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import spec from '#producers/pcap-file/index.ts'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import type { ProducerHost } from '#schemas/contracts/producer.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import { concat, pcapHeader, pcapRecord } from '#test/driver/captures.ts'
import { tcpFrame, text } from '#test/driver/frames.ts'

const ROUNDS = 7
const EXCHANGES = 50_000
const HOST: ProducerHost = {
  sensor: 'bench',
  partitions: 4,
  flowHashKey: text('0123456789abcdef'),
  position: null,
  batchBytes: 1024 * 1024,
  directory: process.cwd(),
  wire: WIRE_DEFAULTS,
  stdin: process.stdin,
}

/** A request of 430 bytes and its response of 290, as wrk and nginx exchange them. */
function load(): Uint8Array {
  const request = text(`GET /api/v1/items HTTP/1.1\r\nHost: shop.example\r\nX-Filler: ${'x'.repeat(370)}\r\n\r\n`)
  const response = text(`HTTP/1.1 200 OK\r\nContent-Length: 231\r\nServer: nginx\r\n\r\n${'y'.repeat(231)}`)
  const parts = [pcapHeader({})]
  for (let i = 0; i < EXCHANGES; i++) {
    const client = { source: `10.0.0.${i % 16}`, from: 40_000 + (i % 64), seq: 1 + Math.floor(i / 64) * request.length }
    const server = { target: client.source, source: '10.0.1.1', to: client.from, from: 80 }
    parts.push(pcapRecord({ bytes: tcpFrame(client, request), time: i * 30 }))
    parts.push(pcapRecord({ bytes: tcpFrame(server, response), time: i * 30 + 10 }))
  }
  return concat(parts)
}

/** The baseline: record headers and nothing else. */
function walkHeaders(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let packets = 0
  for (let at = 24; at + 16 <= bytes.length; at += 16 + view.getUint32(at + 8, true)) packets++
  return packets
}

/** Dissection, flow key and packing alone, without the file. */
function segmentAll(bytes: Uint8Array): number {
  const segmenter = new Segmenter({ ...HOST, capture: 'pcap-file', source: 'bench', time: 0 })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const linktype = view.getUint32(20, true)
  let packets = 0
  for (let at = 24; at + 16 <= bytes.length; ) {
    const length = view.getUint32(at + 8, true)
    const time = view.getUint32(at, true) * 1e6 + view.getUint32(at + 4, true)
    segmenter.frame(linktype, bytes, at + 16, at + 16 + length, view.getUint32(at + 12, true), time, ++packets)
    if (segmenter.bytes >= HOST.batchBytes) segmenter.take()
    at += 16 + length
  }
  return packets
}

async function readFile(path: string): Promise<number> {
  await using producer = await spec.open(spec.config.parse({ path }), HOST)
  const { signal } = new AbortController()
  while ((await producer.read(signal)) !== null);
  return producer.stats()['packets'] ?? 0
}

async function measure(name: string, run: () => number | Promise<number>): Promise<void> {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    const packets = await run()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / packets)
  }
  console.log(`${name.padEnd(44)} ${best.toFixed(1).padStart(8)} ns a packet`)
}

const directory = mkdtempSync(join(tmpdir(), 'tapwire-bench-'))
try {
  const path = process.argv[2] ?? join(directory, 'load.pcap')
  if (process.argv[2] === undefined) writeFileSync(path, load())
  const bytes = readFileSync(path)
  console.log(`${walkHeaders(bytes)} packets, ${(bytes.length / 1e6).toFixed(1)} MB`)
  await measure('baseline: walk the record headers', () => walkHeaders(bytes))
  await measure('frames to segments, in memory', () => segmentAll(bytes))
  await measure('producers/pcap-file, file to batches', () => readFile(path))
} finally {
  rmSync(directory, { recursive: true })
}
