/** Writes the flow identity of schemas/records/flow.ts from the headers that a walk has found. */
import { MAX_IDENTITY } from '#schemas/records/flow.ts'
import type { Walk } from '#schemas/wire/walk.ts'

/** Reused for every packet. `bytes[0, length)` is the identity; `dir` is 0 when endpoint a sent the packet. */
export class IdentityWriter {
  readonly bytes = new Uint8Array(MAX_IDENTITY)
  length = 0
  dir: 0 | 1 = 0

  write(walk: Walk): void {
    const size = walk.family === 4 ? 4 : 16
    this.dir = this.#direction(walk, size)
    this.bytes[0] = walk.family
    if (this.dir === 0) {
      this.#endpoint(walk, walk.source, walk.sourcePort, 1, size)
      this.#endpoint(walk, walk.target, walk.targetPort, 3 + size, size)
    } else {
      this.#endpoint(walk, walk.target, walk.targetPort, 1, size)
      this.#endpoint(walk, walk.source, walk.sourcePort, 3 + size, size)
    }
    const at = 5 + 2 * size
    for (let i = 0; i < walk.layersLength; i++) this.bytes[at + i] = walk.layers[i]!
    this.length = at + walk.layersLength
  }

  #direction(walk: Walk, size: number): 0 | 1 {
    const { bytes, source, target } = walk
    for (let i = 0; i < size; i++) {
      const difference = bytes[source + i]! - bytes[target + i]!
      if (difference !== 0) return difference < 0 ? 0 : 1
    }
    return walk.sourcePort <= walk.targetPort ? 0 : 1
  }

  #endpoint(walk: Walk, address: number, port: number, at: number, size: number): void {
    for (let i = 0; i < size; i++) this.bytes[at + i] = walk.bytes[address + i]!
    this.bytes[at + size] = port >> 8
    this.bytes[at + size + 1] = port
  }
}
