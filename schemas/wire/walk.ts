/**
 * The walk through the layers of one frame. Every layer is a file of its own (layers/) with the same names:
 *
 *   HEADER_LEN           bytes that must be there before anything is read
 *   parse(walk)          checks the header at `walk.at`, moves `at` behind it, narrows `end` and `wireEnd` to what the header
 *                        says belongs to it, and returns which layer follows, or how the walk ended
 *   describe(bytes, at)  what is worth telling of a header that `parse` has accepted; only a trace asks for it
 *
 * Invariant: 0 <= at <= end <= bytes.length, and end <= wireEnd. A layer reads only between `at` and `end`.
 * One object serves all frames: nothing is allocated per packet. Fragments of IP packets are kept (fragments.ts); the one
 * that completes its packet goes on as a walk through the whole: `bytes` are then those of the packet.
 */
import { WIRE_DEFAULTS, type WireOptions } from '#schemas/config/wire.ts'
import { ENCAPSULATION_CODE, type EncapsulationType, MAX_LAYERS } from '#schemas/records/flow.ts'
import type { Fragments } from '#schemas/wire/fragments.ts'
import { tunnelPorts } from '#schemas/wire/ports.ts'
import type { Trace } from '#schemas/wire/trace.ts'

/** How a walk ends: negative, so that one comparison tells an end from a layer. */
export const SEGMENT = -1
export const UNSUPPORTED = -2
export const DAMAGED = -3
/** A fragment that waits for the rest of its packet, or was let go with it: it is accounted for elsewhere. */
export const HELD = -4

/** A value of LAYER (layer.ts), or one of the four ends. */
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

  /** Captured bytes that this walk stands for: those of the frame, or of all frames whose fragments make up the packet. */
  captured = 0
  /** Capture time of the frame (µs) and its number in the source: kept up by whoever walks. */
  stamp: { readonly time: number; readonly packet: number } = { time: 0, packet: 0 }
  /** Numbers of the frames whose fragments make up the packet; null: it came in one frame. */
  packets: readonly number[] | null = null

  /** Why the walk ended without a segment: a counter name such as `unsupported.udp`. From a fixed set, never from input. */
  why = ''

  /** Most layers in one frame: a bound on time. */
  readonly depth: number
  readonly verifiesChecksums: boolean
  /** The addresses of the innermost IP header are those of the TCP checksum, and it is to be verified. */
  checksTcp = false
  /** By UDP port: ports.ts. */
  readonly ports: Uint8Array
  /** Null: fragments are `unsupported`. */
  fragments: Fragments | null = null
  /** Is told every layer; null, at no cost, when nobody asks. */
  trace: Trace | null = null

  constructor({ tunnels, checksums }: Pick<WireOptions, 'tunnels' | 'checksums'> = WIRE_DEFAULTS) {
    this.depth = tunnels.depth
    this.verifiesChecksums = checksums === 'verify'
    this.ports = tunnelPorts(tunnels)
  }

  reset(bytes: Uint8Array, start: number, end: number, wireLength: number): void {
    this.bytes = bytes
    this.at = start
    this.end = end
    this.wireEnd = start + Math.max(wireLength, end - start)
    this.layersLength = 0
    this.captured = end - start
    this.packets = null
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
    if (next < 0) return next
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
