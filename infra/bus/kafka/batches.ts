/**
 * Record batches of a fetch answer (Kafka protocol, "Record Batch", magic 2).
 *
 *   batch   := baseOffset:i64 length:i32 leaderEpoch:i32 magic:i8 crc:u32 attributes:i16 lastOffsetDelta:i32
 *              baseTimestamp:i64 maxTimestamp:i64 producerId:i64 producerEpoch:i16 baseSequence:i32 count:i32 records
 *   record  := length:vi attributes:i8 timestampDelta:vl offsetDelta:vi key:bytes value:bytes headers
 *   headers := count:vi (name:bytes value:bytes)*          bytes := length:vi (-1: null) then so many bytes
 *
 * `records` is compressed as a whole when attributes say so. The last batch of an answer may be cut off: it comes whole with
 * the next fetch. Batches that compaction emptied have a count of 0 and still move the reader on: that is why kafkajs' own
 * decoder is not used (it gives no sign of them, and a reader at such a batch never gets past it).
 */
import { Refused } from '#schemas/contracts/errors.ts'
import { crc32c } from './crc32c.ts'

const HEADER = 61
const BEFORE_LENGTH = 12
const MAGIC_AT = 16
const CRC_AT = 17
const ATTRIBUTES_AT = 21
const COMPRESSION = 0x07
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

export interface RecordBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  /** int64 as a number: ids count up from 0, so far below 2^53. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly transactional: boolean
  /** A marker instead of records: how a transaction of this producer ended. 'gone': compaction took away what it said. */
  readonly control: 'commit' | 'abort' | 'gone' | null
  readonly records: readonly StoredRecord[]
}

export interface StoredRecord {
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: ReadonlyMap<string, Uint8Array>
}

/** `type`: Kafka's number of the compression. */
export type Decompress = (type: number, bytes: Buffer) => Promise<Buffer> | Buffer

/**
 * Views into `bytes` (or into what was decompressed). What is not as it was written throws `Refused('kafka.bad-batch')`: the
 * checksum covers everything but the offset and the length.
 */
export async function decodeBatches(bytes: Buffer, decompress: Decompress): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = []
  let at = 0
  while (at + HEADER <= bytes.length) {
    const end = at + BEFORE_LENGTH + bytes.readInt32BE(at + 8)
    const magic = bytes.readInt8(at + MAGIC_AT)
    if (magic !== 2) throw bad(`magic ${magic}: Kafka 0.11 or newer writes magic 2`)
    if (end < at + HEADER) throw bad(`a length of ${end - at - BEFORE_LENGTH} bytes, less than its own header`)
    if (end > bytes.length) break
    batches.push(await decodeBatch(bytes.subarray(at, end), decompress))
    at = end
  }
  return batches
}

async function decodeBatch(bytes: Buffer, decompress: Decompress): Promise<RecordBatch> {
  const baseOffset = Number(bytes.readBigInt64BE(0))
  if (crc32c(bytes, ATTRIBUTES_AT, bytes.length) !== bytes.readUInt32BE(CRC_AT)) {
    throw bad(`offset ${baseOffset}: its checksum does not match`)
  }
  const attributes = bytes.readInt16BE(ATTRIBUTES_AT)
  const baseTimestamp = Number(bytes.readBigInt64BE(27))
  const count = bytes.readInt32BE(57)
  const type = attributes & COMPRESSION
  const packed = bytes.subarray(HEADER)
  const body = type === 0 || count === 0 ? packed : await decompress(type, packed)
  const records = decodeRecords(body, count, baseOffset, baseTimestamp)
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(23),
    producerId: Number(bytes.readBigInt64BE(43)),
    producerEpoch: bytes.readInt16BE(51),
    transactional: (attributes & TRANSACTIONAL) !== 0,
    control: (attributes & CONTROL) === 0 ? null : controlOf(records),
    records,
  }
}

/** The key of a control record is version:i16 type:i16; 0 is abort, 1 commit. */
function controlOf(records: readonly StoredRecord[]): 'commit' | 'abort' | 'gone' {
  const key = records[0]?.key
  if (key?.length !== 4) return 'gone'
  return key[3] === 0 ? 'abort' : 'commit'
}

function decodeRecords(body: Buffer, count: number, baseOffset: number, baseTimestamp: number): StoredRecord[] {
  const reader = new Reader(body)
  const records: StoredRecord[] = []
  for (let i = 0; i < count; i++) {
    const end = reader.varint() + reader.at
    reader.at++ // attributes: none are defined
    const timestamp = baseTimestamp + reader.varint()
    const offset = baseOffset + reader.varint()
    const key = reader.bytes()
    const value = reader.bytes()
    const headers = reader.headers()
    if (reader.at !== end) throw cutOff()
    records.push({ offset, timestamp, key, value, headers })
  }
  if (reader.at !== body.length) throw bad(`${count} records, and bytes behind them`)
  return records
}

const NO_HEADERS: ReadonlyMap<string, Uint8Array> = new Map()

class Reader {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Zigzag, 64 bits at most; values here fit a number. */
  varint(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const byte = this.#bytes[this.at++]
      if (byte === undefined) throw cutOff()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      scale *= 128
    }
    throw cutOff()
  }

  bytes(): Buffer | null {
    const length = this.varint()
    if (length === -1) return null
    if (length < -1) throw cutOff()
    const start = this.at
    this.at += length
    if (this.at > this.#bytes.length) throw cutOff()
    return this.#bytes.subarray(start, this.at)
  }

  headers(): ReadonlyMap<string, Uint8Array> {
    const count = this.varint()
    if (count === 0) return NO_HEADERS
    if (count < 0) throw cutOff()
    const headers = new Map<string, Uint8Array>()
    for (let i = 0; i < count; i++) {
      const name = this.bytes()
      const value = this.bytes()
      if (name !== null && value !== null) headers.set(name.toString('latin1'), value)
    }
    return headers
  }
}

function cutOff(): Refused {
  return bad('a record in it does not have the length that it says')
}

function bad(why: string): Refused {
  return new Refused('kafka.bad-batch', `a record batch cannot be read: ${why}`)
}
