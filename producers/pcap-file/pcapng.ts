/**
 * pcapng (draft-ietf-opsawg-pcapng).
 *
 * Block:     0  u32 type      4  u32 total length, a multiple of 4      8  body      total - 4  u32 total length again
 *
 * 0x0a0d0d0a section header   8  u32 0x1a2b3c4d in the section's byte order     12  u16 major 1     14  u16 minor
 * 1 interface description     pcapng-interface.ts
 * 6 enhanced packet           8  u32 interface     12  u32 time high     16  u32 low     20  u32 captured     24  u32 wire     28  bytes
 * 3 simple packet             8  u32 wire     12  bytes: as many as the snaplen of interface 0 allows; no time
 * 2 packet (obsolete)         8  u16 interface     10  u16 drops     12  u32 time high … as in 6
 *
 * Every other block is skipped. A section header forgets all interfaces and may change the byte order.
 */
import { Damage, type Format, type InterfaceState, type Limits, type Packet, type PcapngState } from './format.ts'
import { parseInterface, type Stamp, stampOf } from './pcapng-interface.ts'
import type { Window } from './window.ts'

export const SECTION_HEADER = 0x0a0d0d0a
const BYTE_ORDER = 0x1a2b3c4d
const INTERFACE = 1
const PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6
/** Type, total length, byte order magic. */
const SECTION_START = 12
const BLOCK_OVERHEAD = 12

interface Interface extends InterfaceState {
  readonly stamp: Stamp
}

export class Pcapng implements Format {
  readonly #limits: Limits
  #little: boolean
  #interfaces: Interface[]
  /** Highest so far, for simple packets, which have none. */
  #time: number

  /** `state`: null at the start of a stream. `time`: the highest before a restart, µs. */
  constructor(state: PcapngState | null, limits: Limits, time: number) {
    this.#limits = limits
    this.#little = state?.little ?? true
    this.#interfaces = (state?.interfaces ?? []).map(described => ({ ...described, stamp: stampOf(described) }))
    this.#time = time
  }

  next(window: Window, packet: Packet): number {
    for (;;) {
      const at = window.start
      if (window.end - at < SECTION_START) return SECTION_START
      const { view } = window
      // The type of a section header reads the same in both byte orders.
      const type = view.getUint32(at, this.#little)
      if (type === SECTION_HEADER) this.#section(window)
      const total = view.getUint32(at + 4, this.#little)
      this.#checkTotal(type, total, window)
      if (window.end - at < total) return total
      if (view.getUint32(at + total - 4, this.#little) !== total) {
        throw new Damage('a block whose two lengths differ', window.offset)
      }
      const found = this.#block(type, window, at, at + total - 4, packet)
      window.start = at + total
      if (found) return 0
    }
  }

  state(): PcapngState {
    const interfaces = this.#interfaces.map(({ stamp: _, ...described }) => described)
    return { kind: 'pcapng', little: this.#little, interfaces }
  }

  #section(window: Window): void {
    const { view, start } = window
    this.#little = view.getUint32(start + 8, true) === BYTE_ORDER
    if (view.getUint32(start + 8, this.#little) !== BYTE_ORDER) {
      throw new Damage('a section header without its byte order magic', window.offset + 8)
    }
  }

  #checkTotal(type: number, total: number, window: Window): void {
    const { packetBytes, blockBytes } = this.#limits
    const isPacket = type === ENHANCED_PACKET || type === SIMPLE_PACKET || type === PACKET
    const [limit, name] = isPacket ? [packetBytes, 'packetBytes'] : [blockBytes, 'blockBytes']
    if (total % 4 !== 0 || total < BLOCK_OVERHEAD) throw new Damage(`a block of ${total} bytes`, window.offset + 4)
    if (total > limit) {
      throw new Damage(`a block of ${total} bytes, more than limits.${name} (${limit})`, window.offset + 4)
    }
  }

  /** Reads a whole block, `end` being the place of its trailing length. True when it is a packet. */
  #block(type: number, window: Window, at: number, end: number, packet: Packet): boolean {
    packet.offset = window.offset
    switch (type) {
      case SECTION_HEADER:
        this.#enterSection(window, at, end)
        return false
      case INTERFACE:
        this.#describe(window, at, end)
        return false
      case ENHANCED_PACKET:
        this.#packet(window, at, end, packet, 8, 4)
        return true
      case PACKET:
        this.#packet(window, at, end, packet, 8, 2)
        return true
      case SIMPLE_PACKET:
        this.#simple(window, at, end, packet)
        return true
      default:
        return false
    }
  }

  #enterSection(window: Window, at: number, end: number): void {
    if (end - at < 24) throw new Damage('a section header too short for its fields', window.offset)
    const major = window.view.getUint16(at + 12, this.#little)
    if (major !== 1) throw new Damage(`pcapng version ${major}, only 1 is known`, window.offset + 12)
    this.#interfaces = []
  }

  #describe(window: Window, at: number, end: number): void {
    if (this.#interfaces.length >= this.#limits.interfaces) {
      throw new Damage(`more interfaces than limits.interfaces (${this.#limits.interfaces})`, window.offset)
    }
    const described = parseInterface(window.view, at, end, this.#little, window.offset)
    this.#interfaces.push({ ...described, stamp: stampOf(described) })
  }

  #packet(window: Window, at: number, end: number, packet: Packet, idAt: number, idSize: 2 | 4): void {
    const { view } = window
    const little = this.#little
    const start = at + 28
    if (start > end) throw new Damage('a packet block too short for its fields', window.offset)
    const id = idSize === 4 ? view.getUint32(at + idAt, little) : view.getUint16(at + idAt, little)
    const from = this.#interface(id, window)
    const length = view.getUint32(at + 20, little)
    if (length > end - start) throw new Damage('a packet longer than its block', window.offset + 20)
    packet.linktype = from.linktype
    packet.start = start
    packet.end = start + length
    packet.wireLength = view.getUint32(at + 24, little)
    packet.time = from.stamp(view.getUint32(at + 12, little), view.getUint32(at + 16, little))
    if (packet.time > this.#time) this.#time = packet.time
  }

  #simple(window: Window, at: number, end: number, packet: Packet): void {
    const start = at + 12
    if (start > end) throw new Damage('a packet block too short for its fields', window.offset)
    const from = this.#interface(0, window)
    const wireLength = window.view.getUint32(at + 8, this.#little)
    const length = Math.min(wireLength, from.snaplen || wireLength)
    if (length > end - start) throw new Damage('a packet longer than its block', window.offset + 8)
    packet.linktype = from.linktype
    packet.start = start
    packet.end = start + length
    packet.wireLength = wireLength
    packet.time = this.#time
  }

  #interface(id: number, window: Window): Interface {
    const from = this.#interfaces[id]
    if (from === undefined) throw new Damage(`a packet of interface ${id}, which was not described`, window.offset)
    return from
  }
}
