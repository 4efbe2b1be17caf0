/** Compressed messages. Which coding `grpc-encoding` names shows in their first bytes. */
import { constants, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'

/** Most that one message may become, bytes: more is a bomb. */
const MOST = 16 * 1024 * 1024

/** RFC 8878 §3.1.1 */
const ZSTD = 0xfd2fb528

/** Null when it becomes too large; the message itself when it is in no coding known here, or broken. */
export function inflated(message: Buffer): Buffer | null {
  const options = { maxOutputLength: MOST, finishFlush: constants.Z_SYNC_FLUSH }
  try {
    if (message[0] === 0x1f && message[1] === 0x8b) return gunzipSync(message, options)
    if (message.length > 2 && (message[0]! & 15) === 8 && message.readUInt16BE(0) % 31 === 0)
      return inflateSync(message, options)
    if (message.length > 4 && message.readUInt32LE(0) === ZSTD)
      return zstdDecompressSync(message, { maxOutputLength: MOST, finishFlush: constants.ZSTD_e_flush })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null
  }
  return message
}
