/**
 * The walk through the layers of one frame. Every layer is a file of its own with the same two names:
 *
 *   HEADER_LEN    bytes that must be there before anything is read
 *   parse(walk)   checks the header at `walk.at`, moves `at` behind it, narrows `end` and `wireEnd` to what the header
 *                 says belongs to it, and returns which layer follows, or how the walk ended
 *
 * Invariant: 0 <= at <= end <= bytes.length, and end <= wireEnd. A layer reads only between `at` and `end`.
 * One object serves all frames: nothing is allocated per packet.
 */
import { ENCAPSULATION_CODE, type EncapsulationType, MAX_LAYERS } from '#schemas/records/flow.ts'

/** What can follow. Indexes of the table in dissect.ts. */
export const LAYER = {
  ethernet: 0,
  vlan: 1,
  mpls: 2,
  pppoe: 3,
  sll: 4,
  sll2: 5,
  loopback: 6,
  ip: 7,
  ipv4: 8,
  ipv6: 9,
  tcp: 10,
  udp: 11,
  gre: 12,
  vxlan: 13,
  geneve: 14,
  gtpu: 15,
  teredo: 16,
  llc: 17,
} as const

/** How a walk ends: negative, so that one comparison tells an end from a layer. */
export const SEGMENT = -1
export const UNSUPPORTED = -2
export const DAMAGED = -3

/** A value of LAYER, or SEGMENT, UNSUPPORTED or DAMAGED. */
export type Next = number

const EMPTY = new Uint8Array(0)

export class Walk {
  bytes: Uint8Array = EMPTY
  /** Where the next layer starts. */
  at = 0
  /** Where its captured bytes end. */
  end = 0
  /** Where its bytes ended on the wire: beyond `end` when the capture cut the packet. */
  wireEnd = 0

  /** Innermost IP header: 4 or 6, and where its addresses stand in `bytes`. */
  family: 4 | 6 = 4
  source = 0
  target = 0

  /** The TCP header; its payload is `bytes[at, end)`. */
  sourcePort = 0
  targetPort = 0
  seq = 0
  ack = 0
  flags = 0
  window = 0

  /** Encapsulation as in the flow identity: per layer u8 type, u32be id. */
  readonly layers = new Uint8Array(5 * MAX_LAYERS)
  layersLength = 0

  /** Why the walk ended without a segment: a counter name such as `unsupported.udp`. From a fixed set, never from input. */
  why = ''

  reset(bytes: Uint8Array, start: number, end: number, wireLength: number): void {
    this.bytes = bytes
    this.at = start
    this.end = end
    this.wireEnd = start + Math.max(wireLength, end - start)
    this.layersLength = 0
  }

  /** True when fewer than `length` captured bytes are left. */
  cut(length: number): boolean {
    return this.end - this.at < length
  }

  /** Limits the layer that starts at `at` to `length` bytes on the wire: what follows is padding or a trailer. */
  narrow(length: number): void {
    this.wireEnd = this.at + length
    if (this.wireEnd < this.end) this.end = this.wireEnd
  }

  /** Adds to the flow's identity; then `next` follows. */
  enter(type: EncapsulationType, id: number, next: Next): Next {
    const at = this.layersLength
    if (at === this.layers.length) return this.unsupported('unsupported.nesting')
    this.layers[at] = ENCAPSULATION_CODE[type]
    this.layers[at + 1] = id >>> 24
    this.layers[at + 2] = id >>> 16
    this.layers[at + 3] = id >>> 8
    this.layers[at + 4] = id
    this.layersLength = at + 5
    return next
  }

  unsupported(why: `unsupported.${string}`): Next {
    this.why = why
    return UNSUPPORTED
  }

  damaged(why: `damaged.${string}`): Next {
    this.why = why
    return DAMAGED
  }
}
