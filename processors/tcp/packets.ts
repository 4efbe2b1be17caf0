/** Segments for tests, fuzzing and benchmarks: packed into a batch as a producer would. */
import { KIND, type Kind, type SegmentBatch, SegmentWriter } from '#schemas/records/segment.ts'

export interface Packet {
  readonly dir: 0 | 1
  readonly flags: number
  readonly seq: number
  readonly time: number
  readonly ack?: number
  readonly data?: Uint8Array
  /** Payload bytes on the wire, when the capture cut it off. */
  readonly wire?: number
  readonly kind?: Kind
  readonly key?: number
  readonly identity?: Uint8Array
  readonly packet?: number
}

export const ORIGIN = { sensor: 'test', capture: 'pcap-file', source: 'test.pcap' }

/** Identity 10.0.<n>.1:1000+n ↔ 10.0.<n>.2:80, n up to 65535. */
export function identityOf(n = 0): Uint8Array {
  const [high, low] = [n >> 8, n & 255]
  const port = 1000 + n
  return Uint8Array.of(4, 10, high, low, 1, (port >> 8) & 255, port & 255, 10, high, low, 2, 0, 80)
}

const DEFAULT = identityOf(0)
const NOTHING = new Uint8Array(0)

export function batchOf(packets: readonly Packet[], origin = ORIGIN): SegmentBatch {
  const writer = new SegmentWriter(256)
  for (const [i, packet] of packets.entries()) {
    const { dir, flags, seq, time, ack = 0, data = NOTHING } = packet
    const { wire = data.length, kind = KIND.packet, key = 1, identity = DEFAULT } = packet
    const fields = { kind, flags, dir, time, key, packet: packet.packet ?? i + 1, seq, ack, window: 65_535 }
    writer.add({ ...fields, wireLength: wire }, identity, data, 0, data.length)
  }
  return { ...origin, ...writer.take(), ledger: {} }
}

/** A batch with nothing but the end of the source. */
export function endOf(time: number, origin = ORIGIN): SegmentBatch {
  const writer = new SegmentWriter(64)
  writer.mark(KIND.end, time)
  return { ...origin, ...writer.take(), ledger: {} }
}
