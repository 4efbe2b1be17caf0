/** Frames on their way to another thread, in memory that comes back and is used again. */
import type { Captured } from '#schemas/contracts/producer.ts'

export type Batches = Captured['batches']

const FRAME_BYTES = 512 * 1024

export class FrameMemory {
  #bytes = new Uint8Array(new SharedArrayBuffer(FRAME_BYTES))

  /** The same batches with their frames copied here: valid until the next call. */
  hold(batches: Batches): Batches {
    const length = batches.reduce((sum, { batch }) => sum + batch.frame.length, 0)
    if (length > this.#bytes.length) this.#bytes = new Uint8Array(new SharedArrayBuffer(Math.ceil(length * 1.25)))
    let at = 0
    return batches.map(({ partition, batch }) => {
      const { buffer, byteOffset, length } = batch.frame
      // `set`, and `copy` of a whole buffer, move shared memory word by word.
      Buffer.from(buffer).copy(this.#bytes, at, byteOffset, byteOffset + length)
      const frame = this.#bytes.subarray(at, at + length)
      at += length
      return { partition, batch: { ...batch, frame } }
    })
  }
}
