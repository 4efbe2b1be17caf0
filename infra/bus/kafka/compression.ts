/**
 * Compression of record batches: gzip and zstd are in Node itself (24 and newer), so nothing has to be installed. lz4 and
 * snappy are read and written by nobody here: `compression` in the configuration does not offer them.
 */
import { promisify } from 'node:util'
import { constants, gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib'
import { Refused } from '#schemas/contracts/errors.ts'

export const COMPRESSIONS = { none: 0, gzip: 1, zstd: 4 } as const
export type Compression = keyof typeof COMPRESSIONS

/** What a batch may become: brokers take 1 MiB by default, and a bomb must not fill the memory. Beyond, it cannot be read. */
const MAX_BYTES = 256 * 1024 * 1024
/** The fastest level: captured traffic shrinks to a third with it, and the next ones gain little. */
const LEVEL = 1

const options = { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } }
const compressors = new Map<number, (bytes: Buffer) => Promise<Buffer>>([
  [COMPRESSIONS.gzip, bytes => promisify(gzip)(bytes)],
  [COMPRESSIONS.zstd, bytes => promisify(zstdCompress)(bytes, options)],
])
const decompressors = new Map<number, (bytes: Buffer) => Promise<Buffer>>([
  [COMPRESSIONS.gzip, bytes => promisify(gunzip)(bytes, { maxOutputLength: MAX_BYTES })],
  [COMPRESSIONS.zstd, bytes => promisify(zstdDecompress)(bytes, { maxOutputLength: MAX_BYTES })],
])

/** `type`: the number in the attributes of a record batch. Throws `Refused`. */
export async function decompress(type: number, bytes: Buffer): Promise<Buffer> {
  const call = decompressors.get(type)
  if (call === undefined)
    throw new Refused(
      'kafka.compression',
      `a record batch is compressed with ${nameOf(type)}: tapwire reads none, gzip and zstd`,
    )
  try {
    return await call(bytes)
  } catch (error) {
    throw new Refused('kafka.bad-batch', `a record batch cannot be decompressed (${nameOf(type)}): ${String(error)}`, {
      cause: error,
    })
  }
}

function nameOf(type: number): string {
  return ['nothing', 'gzip', 'snappy', 'lz4', 'zstd'][type] ?? `number ${type}`
}

/** `type`: one of `COMPRESSIONS`. */
export async function compress(type: number, bytes: Buffer): Promise<Buffer> {
  return compressors.get(type)!(bytes)
}
