/** The BPF filter on the innermost packet. */
import { Filter } from './bpf/filter.ts'
import type { Program } from './bpf/program.ts'
import type { Tunnel } from './tunnel.ts'

const ETHERNET_HEADER = 14
const TYPE = 12
const BRIDGED = 0x6558
const MOST_BYTES = 65_536

export class InnerFilter {
  readonly #filter: Filter
  /** An Ethernet header of zeros, and behind it a packet that has none of its own. */
  readonly #dressed = new Uint8Array(ETHERNET_HEADER + MOST_BYTES)

  constructor(program: Program) {
    this.#filter = new Filter(program)
  }

  /** Is the packet that `tunnel` has found in `bytes` selected? */
  selects({ at, end, carries }: Tunnel, bytes: Uint8Array): boolean {
    if (carries === BRIDGED) return this.#filter.selects(bytes, at, end, end - at)
    const dressed = this.#dressed
    dressed[TYPE] = carries >> 8
    dressed[TYPE + 1] = carries
    dressed.set(bytes.subarray(at, end), ETHERNET_HEADER)
    const length = ETHERNET_HEADER + end - at
    return this.#filter.selects(dressed, 0, length, length)
  }
}
