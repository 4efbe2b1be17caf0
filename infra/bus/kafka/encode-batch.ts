/** Writes a record batch (layout in batches.ts). Of our own because kafkajs takes 15 µs a record and this half of one. */
import { crc32c } from './crc32c.ts'
import type { ProduceMessage, ProducerIdentity } from './kafkajs.ts'

const HEADER = 61
const CRC_AT = 17
const ATTRIBUTES_AT = 21
const TRANSACTIONAL = 0x10
/** Lengths, deltas and attributes of a record: six varints of up to five bytes and a byte. */
const RECORD_OVERHEAD = 31
/** Two lengths of a header. */
const HEADER_OVERHEAD = 10

export interface BatchOf extends ProducerIdentity {
  readonly firstSequence: number
  /** Milliseconds since 1970, of all records. */
  readonly timestamp: number
  /** Kafka's number, 0 for none. */
  readonly compression: number
  /** Compresses with that. */
  readonly compress: (type: number, bytes: Buffer) => Promise<Buffer>
}

/** A transactional batch of messages that have the same timestamp. */
export async function encodeBatch(messages: readonly ProduceMessage[], batch: BatchOf): Promise<Buffer> {
  let most = HEADER
  for (const message of messages) most += largest(message)
  let bytes = Buffer.allocUnsafeSlow(most)
  let end = HEADER
  for (let i = 0; i < messages.length; i++) end = writeRecord(bytes, end, messages[i]!, i)
  let compression = 0
  if (batch.compression !== 0) {
    const packed = await batch.compress(batch.compression, bytes.subarray(HEADER, end))
    // What does not shrink goes as it is: it would grow above what the topic takes.
    if (packed.length < end - HEADER) {
      bytes = Buffer.allocUnsafeSlow(HEADER + packed.length)
      packed.copy(bytes, HEADER)
      end = bytes.length
      compression = batch.compression
    }
  }
  writeHeader(bytes, end, messages.length, { ...batch, compression })
  return bytes.subarray(0, end)
}

function writeHeader(bytes: Buffer, end: number, count: number, batch: BatchOf): void {
  const time = BigInt(batch.timestamp)
  let at = bytes.writeBigInt64BE(0n, 0) // base offset: the broker's to give
  at = bytes.writeInt32BE(end - 12, at)
  at = bytes.writeInt32BE(-1, at) // leader epoch
  at = bytes.writeInt8(2, at) // magic
  at += 4 // CRC, below
  at = bytes.writeInt16BE(TRANSACTIONAL | batch.compression, at)
  at = bytes.writeInt32BE(count - 1, at)
  at = bytes.writeBigInt64BE(time, at)
  at = bytes.writeBigInt64BE(time, at)
  at = bytes.writeBigInt64BE(BigInt(batch.producerId), at)
  at = bytes.writeInt16BE(batch.producerEpoch, at)
  at = bytes.writeInt32BE(batch.firstSequence, at)
  bytes.writeInt32BE(count, at)
  bytes.writeUInt32BE(crc32c(bytes, ATTRIBUTES_AT, end), CRC_AT)
}

function largest({ key, value, headers }: ProduceMessage): number {
  let size = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, content] of headers) size += HEADER_OVERHEAD + name.length + content.length
  return size
}

/** The length stands first and is a varint itself: the body's size is counted before it is written. */
function writeRecord(
  bytes: Buffer,
  start: number,
  { key, value, headers }: ProduceMessage,
  offsetDelta: number,
): number {
  let size = 2 + varintSize(offsetDelta) + bytesSize(key) + bytesSize(value) + varintSize(headers.length)
  for (const [name, content] of headers) size += bytesSize(name) + bytesSize(content)
  let at = writeVarint(bytes, start, size)
  bytes[at++] = 0 // attributes
  bytes[at++] = 0 // timestamp delta
  at = writeVarint(bytes, at, offsetDelta)
  at = writeBytes(bytes, at, key)
  at = writeBytes(bytes, at, value)
  at = writeVarint(bytes, at, headers.length)
  for (const [name, content] of headers) at = writeBytes(bytes, writeBytes(bytes, at, name), content)
  return at
}

/** Zigzag of a number from -1 to 2^30. */
function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start
  let rest = value < 0 ? 1 : value * 2
  for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80
  bytes[at++] = rest
  return at
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value < 0 ? 1 : value * 2; rest > 0x7f; rest >>>= 7) size++
  return size
}

function bytesSize(content: Buffer | null): number {
  return content === null ? 1 : varintSize(content.length) + content.length
}

function writeBytes(bytes: Buffer, start: number, content: Buffer | null): number {
  if (content === null) return writeVarint(bytes, start, -1)
  const at = writeVarint(bytes, start, content.length)
  return at + content.copy(bytes, at)
}
