/** Writes a pcap stream (pcap-stream.ts) in pieces of many records: a write for each would cost more than its capture. */
import { LONGEST_FRAME } from './options.ts'
import { LITTLE_ENDIAN, MAGIC, RECORD_HEADER } from './pcap-stream.ts'

/** Holds the longest frame that `cap` gives, and some thousand short ones. */
const PIECE = 256 * 1024
/** 2.4: two u16 in this machine's byte order. */
const VERSION = LITTLE_ENDIAN ? 0x0004_0002 : 0x0002_0004

export class PcapWriter {
  readonly #write: (bytes: Uint8Array) => void
  readonly #piece = Buffer.alloc(PIECE)
  readonly #view = new DataView(this.#piece.buffer, this.#piece.byteOffset, PIECE)
  #length = 0

  /** `write` returns when it has written everything. */
  constructor(linktype: number, write: (bytes: Uint8Array) => void) {
    this.#write = write
    for (const value of [MAGIC, VERSION, 0, 0, LONGEST_FRAME, linktype]) this.#u32(value)
  }

  /** The first `length` bytes of `frame`; `time` in µs. */
  add(frame: Uint8Array, length: number, wireLength: number, time: number): void {
    if (this.#length + RECORD_HEADER + length > PIECE) this.flush()
    const seconds = Math.floor(time / 1_000_000)
    this.#u32(seconds)
    this.#u32(time - seconds * 1_000_000)
    this.#u32(length)
    this.#u32(wireLength)
    this.#piece.set(frame.subarray(0, length), this.#length)
    this.#length += length
  }

  flush(): void {
    if (this.#length === 0) return
    this.#write(this.#piece.subarray(0, this.#length))
    this.#length = 0
  }

  #u32(value: number): void {
    this.#view.setUint32(this.#length, value, LITTLE_ENDIAN)
    this.#length += 4
  }
}
