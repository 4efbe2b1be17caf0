/** What the readers of pcap and pcapng have in common. */
import type { Window } from './window.ts'

/** One packet, in place: valid until the window is filled again. Reused. */
export interface Packet {
  linktype: number
  /** Where it stands in `window.bytes`. */
  start: number
  end: number
  wireLength: number
  /** µs since 1970 */
  time: number
  /** Where its record starts in the stream. */
  offset: number
}

export interface Format {
  /**
   * Describes the next packet in `packet`, moves the window behind its record and returns 0; or returns how many bytes
   * from `window.start` it must see first. Throws `Damage`.
   */
  next(window: Window, packet: Packet): number
  /** Plain data to go on from here in another process. */
  state(): FormatState
}

export interface Limits {
  /** Longest captured packet. */
  readonly packetBytes: number
  /** Longest pcapng block that is no packet. */
  readonly blockBytes: number
  /** Most interfaces in a pcapng section. */
  readonly interfaces: number
}

export type FormatState = PcapState | PcapngState

export interface PcapState {
  readonly kind: 'pcap'
  readonly little: boolean
  readonly nanoseconds: boolean
  readonly linktype: number
}

export interface PcapngState {
  readonly kind: 'pcapng'
  readonly little: boolean
  readonly interfaces: readonly InterfaceState[]
}

export interface InterfaceState {
  readonly linktype: number
  /** 0: no limit. */
  readonly snaplen: number
  /** As if_tsresol has it: the exponent, of 2 when bit 7 is set, else of 10, negated. */
  readonly resolution: number
  /** Seconds to add. */
  readonly offset: number
}

/** The capture contradicts itself at byte `at`: nothing behind can be trusted. */
export class Damage extends Error {
  readonly at: number
  constructor(what: string, at: number) {
    super(what)
    this.at = at
  }
}
