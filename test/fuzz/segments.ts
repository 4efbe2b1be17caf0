/** Fuzz target: a segment frame from the log. Either it is refused, or every entry can be walked without leaving it. */

import assert from 'node:assert/strict'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import { Refused } from '#schemas/contracts/errors.ts'
import { checkFrame, KIND, Segment, type SegmentBatch, SegmentWriter } from '#schemas/records/segment.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import { tcpFrame, text } from '#test/driver/frames.ts'

const cursor = new Segment()

/** The first byte is the number of entries that the envelope announces. */
export default function segments(data: Uint8Array): void {
  const count = data[0] ?? 0
  // A copy: entries are read with an alignment of their own, as they lie in a record of the log.
  const frame = data.slice(1)
  try {
    checkFrame(frame, count)
  } catch (error) {
    assert.ok(error instanceof Refused, String(error))
    return
  }
  const batch: SegmentBatch = { sensor: 's', capture: 'pcap', source: 'x', count, until: 0, ledger: {}, frame }
  let entries = 0
  let bytes = 0
  for (cursor.reset(batch); cursor.next(); entries++) {
    assert.equal(cursor.payload.length, cursor.length)
    bytes += cursor.payload.length + cursor.identityBytes().length
    cursor.identity()
  }
  assert.equal(entries, count)
  assert.ok(bytes <= frame.length)
}

export function seeds(): readonly Uint8Array[] {
  const marks = new SegmentWriter()
  marks.mark(KIND.tick, 1_000_000)
  marks.mark(KIND.end, 2_000_000)
  const { frame, count } = marks.take()
  const options = {
    sensor: 's',
    capture: 'pcap',
    source: 'x',
    flowHashKey: new Uint8Array(8),
    batchBytes: 4096,
    time: 0,
    wire: WIRE_DEFAULTS,
  }
  const segmenter = new Segmenter({ ...options, partitions: 1 })
  for (let packet = 1; packet <= 2; packet++) {
    const bytes = tcpFrame({ seq: packet }, text('GET / HTTP/1.1\r\n\r\n'))
    segmenter.frame(1, bytes, 0, bytes.length, bytes.length, packet * 1000, packet)
  }
  segmenter.end()
  const { batch } = segmenter.take()[0]!
  return [
    Buffer.concat([[count], frame].map(part => Uint8Array.from(part))),
    Buffer.concat([Uint8Array.of(batch.count), batch.frame]),
  ]
}
