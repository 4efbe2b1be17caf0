/**
 * The agent's frames (agent/PROTOCOL.md), cut out of its output.
 *
 *   u32 length: bytes that follow, 20 + body     u8 type     u8 direction     u16 flags     u64 time, µs     u64 id     body
 *
 * Nothing longer than the longest frame is kept. What cannot be a frame breaks the stream for good: there is no way to
 * find the next one.
 */

/** Of a connection: a bigint only where a number would not be exact. */
export type Id = number | bigint

/** One object for all frames; `body` is a view, valid during the call. */
export interface Frame {
  type: number
  /** 0: received by the process; 1: sent by it. */
  direction: 0 | 1
  flags: number
  /** µs since 1970 */
  time: number
  id: Id
  body: Uint8Array
}

/** What the agent says cannot be understood. */
export class BrokenStream extends Error {}

const LENGTH = 4
const HEADER = 20
const MOST_BODY = 64 * 1024
const NOTHING = new Uint8Array(0)

export class FrameReader {
  readonly #frame: Frame = { type: 0, direction: 0, flags: 0, time: 0, id: 0, body: NOTHING }
  /** The beginning of a frame whose end has not come. */
  readonly #pending = new Uint8Array(LENGTH + HEADER + MOST_BODY)
  #held = 0

  /** Hands every frame that is complete to `take`. Throws `BrokenStream`. */
  feed(chunk: Uint8Array, take: (frame: Frame) => void): void {
    let at = 0
    while (this.#held > 0 && at < chunk.length) {
      const need = this.#held < LENGTH ? LENGTH : LENGTH + lengthOf(this.#pending, 0)
      const more = Math.min(need - this.#held, chunk.length - at)
      this.#pending.set(chunk.subarray(at, at + more), this.#held)
      this.#held += more
      at += more
      if (this.#held < LENGTH || this.#held < LENGTH + lengthOf(this.#pending, 0)) continue
      take(this.#read(this.#pending, 0, this.#held))
      this.#held = 0
    }
    while (at < chunk.length) {
      const end = at + LENGTH <= chunk.length ? at + LENGTH + lengthOf(chunk, at) : Number.POSITIVE_INFINITY
      if (end > chunk.length) {
        this.#pending.set(chunk.subarray(at))
        this.#held = chunk.length - at
        return
      }
      take(this.#read(chunk, at, end))
      at = end
    }
  }

  #read(bytes: Uint8Array, at: number, end: number): Frame {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, LENGTH + HEADER)
    const frame = this.#frame
    frame.type = view.getUint8(4)
    frame.direction = (view.getUint8(5) & 1) as 0 | 1
    frame.flags = view.getUint16(6, true)
    frame.time = whole(view, 8, 'time')
    frame.id = idAt(view, 16)
    frame.body = bytes.subarray(at + LENGTH + HEADER, end)
    return frame
  }
}

function lengthOf(bytes: Uint8Array, at: number): number {
  const length = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  if (length < HEADER || length > HEADER + MOST_BODY) throw new BrokenStream(`a frame of ${length} bytes`)
  return length
}

/** A u64 that has to be exact as a number. */
export function whole(view: DataView, at: number, what: string): number {
  const value = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true)
  if (!Number.isSafeInteger(value)) throw new BrokenStream(`a ${what} of ${view.getBigUint64(at, true)}`)
  return value
}

function idAt(view: DataView, at: number): Id {
  const high = view.getUint32(at + 4, true)
  return high < 2 ** 21 ? high * 2 ** 32 + view.getUint32(at, true) : view.getBigUint64(at, true)
}
