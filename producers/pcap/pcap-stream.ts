/**
 * The pcap stream that an engine writes (draft-ietf-opsawg-pcap), cut into chunks anywhere.
 *
 *   stream = file-header *record
 *   file-header (24 bytes) = magic (0xa1b2c3d4: µs) version snaplen ... link-type (u32 at 20)
 *   record = seconds microseconds captured-length wire-length (u32 each) bytes
 *
 * Our own child writes it, in this machine's byte order. What breaks the grammar is therefore a broken engine.
 */
import { endianness } from 'node:os'
import { LONGEST_FRAME } from './options.ts'

export const FILE_HEADER = 24
export const RECORD_HEADER = 16
export const MAGIC = 0xa1b2c3d4
export const LITTLE_ENDIAN = endianness() === 'LE'

/** Gets `bytes[start, end)`, which it must copy; `time` in µs. */
export type OnFrame = (
  linktype: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireLength: number,
  time: number,
) => void

export class BrokenStream extends Error {}

export class PcapStream {
  /** -1: the file header has not come yet. */
  #linktype = -1
  /** The beginning of a record. */
  #rest: Uint8Array = new Uint8Array(0)

  /** Hands over every frame that is complete with `chunk`. Throws `BrokenStream`. */
  feed(chunk: Uint8Array, onFrame: OnFrame): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = this.#linktype < 0 ? this.#begin(view) : 0
    while (this.#linktype >= 0 && bytes.length - at >= RECORD_HEADER) {
      const length = view.getUint32(at + 8, LITTLE_ENDIAN)
      if (length > LONGEST_FRAME) throw new BrokenStream(`a frame of ${length} bytes`)
      const start = at + RECORD_HEADER
      if (bytes.length - start < length) break
      const time = view.getUint32(at, LITTLE_ENDIAN) * 1_000_000 + view.getUint32(at + 4, LITTLE_ENDIAN)
      at = start + length
      onFrame(this.#linktype, bytes, start, at, view.getUint32(start - 4, LITTLE_ENDIAN), time)
    }
    this.#rest = bytes.subarray(at)
  }

  /** Where the first record starts, 0 while the header is not complete. */
  #begin(view: DataView): number {
    if (view.byteLength < FILE_HEADER) return 0
    const magic = view.getUint32(0, LITTLE_ENDIAN)
    if (magic !== MAGIC) throw new BrokenStream(`magic 0x${magic.toString(16)}`)
    this.#linktype = view.getUint32(20, LITTLE_ENDIAN)
    return FILE_HEADER
  }
}
