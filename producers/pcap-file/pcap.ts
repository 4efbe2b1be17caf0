/**
 * pcap (draft-ietf-opsawg-pcap).
 *
 * File header, in the byte order that the magic shows:
 *   0  u32 magic: 0xa1b2c3d4 µs, 0xa1b23c4d ns      4  u16 major 2      6  u16 minor 4      8  reserved (8)
 *  16  u32 snaplen      20  u32 link type (low 26 bits) and frame check sequence length
 *
 * Record:
 *   0  u32 seconds      4  u32 µs or ns      8  u32 captured length      12  u32 length on the wire      16  bytes
 */
import { Damage, type Format, type Limits, type Packet, type PcapState } from './format.ts'
import type { Window } from './window.ts'

export const FILE_HEADER = 24
const RECORD_HEADER = 16
const LINKTYPE = 0x03ffffff

/** The file header at the window's start; moves behind it. The magic has been recognized, 24 bytes are there. */
export function readFileHeader(window: Window): PcapState {
  const { view, start } = window
  const magic = view.getUint32(start, true)
  const little = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d
  const major = view.getUint16(start + 4, little)
  const minor = view.getUint16(start + 6, little)
  if (major !== 2 || minor !== 4) throw new Damage(`pcap version ${major}.${minor}, only 2.4 exists`, window.offset + 4)
  const nanoseconds = view.getUint32(start, little) === 0xa1b23c4d
  const linktype = view.getUint32(start + 20, little) & LINKTYPE
  window.start += FILE_HEADER
  return { kind: 'pcap', little, nanoseconds, linktype }
}

export class Pcap implements Format {
  readonly #state: PcapState
  readonly #limits: Limits

  constructor(state: PcapState, limits: Limits) {
    this.#state = state
    this.#limits = limits
  }

  next(window: Window, packet: Packet): number {
    const at = window.start
    if (window.end - at < RECORD_HEADER) return RECORD_HEADER
    const { view } = window
    const { little, nanoseconds, linktype } = this.#state
    const length = view.getUint32(at + 8, little)
    if (length > this.#limits.packetBytes) {
      throw new Damage(
        `a packet of ${length} bytes, more than limits.packetBytes (${this.#limits.packetBytes})`,
        window.offset + 8,
      )
    }
    if (window.end - at < RECORD_HEADER + length) return RECORD_HEADER + length
    const fraction = view.getUint32(at + 4, little)
    packet.linktype = linktype
    packet.start = at + RECORD_HEADER
    packet.end = at + RECORD_HEADER + length
    packet.wireLength = view.getUint32(at + 12, little)
    packet.time = view.getUint32(at, little) * 1_000_000 + (nanoseconds ? Math.floor(fraction / 1000) : fraction)
    packet.offset = window.offset
    window.start = packet.end
    return 0
  }

  state(): PcapState {
    return this.#state
  }
}
