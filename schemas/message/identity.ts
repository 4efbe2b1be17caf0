/** The flow identity of a message (schemas/records/flow.ts) from the text of its addresses. */
import { readAddress } from '#schemas/config/address.ts'
import { type Endpoint, MAX_IDENTITY } from '#schemas/records/flow.ts'

/** Reused for every message. `bytes[0, length)` is the identity: two endpoints in canonical order, no encapsulation. */
export class MessageIdentity {
  readonly bytes = new Uint8Array(MAX_IDENTITY)
  length = 0
  readonly #x = new Uint32Array(4)
  readonly #y = new Uint32Array(4)

  /** Of two families both are written as IPv6; an endpoint without address is all zeros. */
  write(x: Endpoint, y: Endpoint): void {
    const xFamily = this.#read(x.ip, this.#x)
    const yFamily = this.#read(y.ip, this.#y)
    const family = xFamily === 6 || yFamily === 6 ? 6 : 4
    if (family === 6 && xFamily === 4) map(this.#x)
    if (family === 6 && yFamily === 4) map(this.#y)
    const words = family === 6 ? 4 : 1
    const second = 3 + 4 * words
    const swap = compare(this.#x, x.port, this.#y, y.port, words) > 0
    this.bytes[0] = family
    this.#endpoint(this.#x, x.port, swap ? second : 1, words)
    this.#endpoint(this.#y, y.port, swap ? 1 : second, words)
    this.length = 5 + 8 * words
  }

  #read(ip: string, words: Uint32Array): 0 | 4 | 6 {
    words.fill(0)
    return readAddress(ip, words)
  }

  #endpoint(address: Uint32Array, port: number, at: number, words: number): void {
    const view = new DataView(this.bytes.buffer)
    for (let i = 0; i < words; i++) view.setUint32(at + 4 * i, address[i]!)
    view.setUint16(at + 4 * words, port)
  }
}

/** IPv4-mapped (RFC 4291 §2.5.5.2). */
function map(words: Uint32Array): void {
  words.set([0, 0, 0xffff, words[0]!])
}

function compare(x: Uint32Array, xPort: number, y: Uint32Array, yPort: number, words: number): number {
  for (let i = 0; i < words; i++) if (x[i] !== y[i]) return x[i]! - y[i]!
  return xPort - yPort
}
