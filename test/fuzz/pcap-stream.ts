/**
 * Fuzz target: bytes as the pcap stream of a capture engine. However it is cut into chunks, the same frames come out, or the
 * same complaint after the same frames.
 */
import assert from 'node:assert/strict'
import { BrokenStream, PcapStream } from '#producers/pcap/pcap-stream.ts'
import { PcapWriter } from '#producers/pcap/pcap-writer.ts'

function read(data: Uint8Array, size: number): readonly string[] {
  const stream = new PcapStream()
  const seen: string[] = []
  try {
    for (let at = 0; at < data.length; at += size) {
      stream.feed(data.subarray(at, at + size), (linktype, bytes, start, end, wireLength, time) => {
        assert.ok(start >= 0 && start <= end && end <= bytes.length)
        seen.push(`${linktype} ${wireLength} ${time} ${Buffer.from(bytes.subarray(start, end)).toString('latin1')}`)
      })
    }
  } catch (error) {
    if (!(error instanceof BrokenStream)) throw error
    seen.push(error.message)
  }
  return seen
}

export default function pcapStream(data: Uint8Array): void {
  const whole = read(data, Math.max(1, data.length))
  for (const size of [7, 33]) assert.deepEqual(read(data, size), whole)
}

export function seeds(): readonly Uint8Array[] {
  const pieces: Uint8Array[] = []
  const writer = new PcapWriter(1, bytes => pieces.push(Uint8Array.from(bytes)))
  writer.flush()
  for (const length of [0, 1, 60]) writer.add(new Uint8Array(64).fill(length), length, length, 1_700_000_000_000_000)
  writer.flush()
  return [Buffer.concat(pieces), pieces[0]!]
}
