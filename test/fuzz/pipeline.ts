/**
 * Fuzz target: packets through the whole read path with its default configuration. No stage throws, every line is JSON,
 * and captured = the sum of all fates, with nothing left pending at the end.
 */
import assert from 'node:assert/strict'
import { Ledger } from '#schemas/records/ledger.ts'
import type { Frame } from '#test/driver/captures.ts'
import { readFrames, reusableComponents } from '#test/driver/read.ts'
import { goldenCaptures } from '#test/golden/cases.ts'
import { HTTP } from './run/dictionaries.ts'

const FILE_HEADER = 24
const RECORD_HEADER = 16

const components = await reusableComponents()

export default function pipeline(data: Uint8Array): void {
  const { lines, report } = readFrames(components, framesOf(data))
  assert.deepEqual(report.errors, [])
  for (const line of lines) JSON.parse(line)
  assert.equal(Ledger.of(report.ledger).pending, 0, JSON.stringify(report.ledger))
}

/** A pcap file read as if nothing could be wrong with it: what is damaged still gives frames, and the next ones count. */
function* framesOf(data: Uint8Array): Generator<Frame> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  for (let at = FILE_HEADER; at + RECORD_HEADER <= data.length; ) {
    const time = view.getUint32(at, true) * 1e6 + view.getUint32(at + 4, true)
    const start = at + RECORD_HEADER
    const end = Math.min(start + view.getUint32(at + 8, true), data.length)
    yield { bytes: data.subarray(start, end), time, wireLength: view.getUint32(at + 12, true) }
    at = end
  }
}

export const dictionary = HTTP
export const seeds = (): readonly Uint8Array[] => goldenCaptures().map(({ capture }) => capture)
