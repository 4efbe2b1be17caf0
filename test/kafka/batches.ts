/** Record batches as brokers store them, for tests of who reads them. */
import { compress } from '#infra/bus/kafka/compression.ts'
import { crc32c } from '#infra/bus/kafka/crc32c.ts'
import { encodeBatch } from '#infra/bus/kafka/encode-batch.ts'
import type { ProduceMessage } from '#infra/bus/kafka/kafkajs.ts'

const HEADER = 61
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

export interface Changes {
  readonly compression?: number
  /** Other attributes than it should have. */
  readonly attributes?: number
  /** Other bytes behind the header than it should have, or another count; the checksum is made right again. */
  readonly damage?: (body: Buffer) => { readonly body: Buffer; readonly count?: number }
}

/** A transactional batch at `offset`. */
export async function dataBatch(
  offset: number,
  producerId: number,
  messages: readonly ProduceMessage[],
  { compression = 0, attributes, damage }: Changes = {},
): Promise<Buffer> {
  const of = { producerId: String(producerId), producerEpoch: 0, firstSequence: 0, timestamp: 1_700_000_000_000 }
  const bytes = await encodeBatch(messages, { ...of, compression, compress })
  const header = Buffer.from(bytes.subarray(0, HEADER))
  if (attributes !== undefined) header.writeInt16BE(attributes, 21)
  const changed: ReturnType<NonNullable<Changes['damage']>> = damage?.(bytes.subarray(HEADER)) ?? {
    body: bytes.subarray(HEADER),
  }
  if (changed.count !== undefined) header.writeInt32BE(changed.count, 57)
  return sealed(offset, header, changed.body)
}

/** How a transaction of the producer ended. */
export function marker(offset: number, producerId: number, kind: 'commit' | 'abort'): Buffer {
  const key = [0, 0, 0, kind === 'commit' ? 1 : 0]
  const value = [0, 0, 0, 0, 0, 0]
  // length, attributes, time, offset, key, value, no headers: numbers as zigzag varints
  const record = Buffer.of(0, 0, 0, key.length * 2, ...key, value.length * 2, ...value, 0)
  const body = Buffer.concat([Buffer.of(record.length * 2), record])
  return sealed(offset, headerOf(producerId, TRANSACTIONAL | CONTROL, 0, 1), body)
}

/** What compaction leaves of a batch, or of a marker. */
export function emptied(offset: number, producerId: number, lastOffsetDelta: number, of?: 'marker'): Buffer {
  const attributes = TRANSACTIONAL | (of === 'marker' ? CONTROL : 0)
  return sealed(offset, headerOf(producerId, attributes, lastOffsetDelta, 0), Buffer.alloc(0))
}

function headerOf(producerId: number, attributes: number, lastOffsetDelta: number, count: number): Buffer {
  const header = Buffer.alloc(HEADER)
  header[16] = 2
  header.writeInt16BE(attributes, 21)
  header.writeInt32BE(lastOffsetDelta, 23)
  header.writeBigInt64BE(BigInt(producerId), 43)
  header.writeInt32BE(count, 57)
  return header
}

function sealed(offset: number, header: Buffer, body: Buffer): Buffer {
  const bytes = Buffer.concat([header, body])
  bytes.writeBigInt64BE(BigInt(offset), 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeUInt32BE(crc32c(bytes, 21, bytes.length), 17)
  return bytes
}
