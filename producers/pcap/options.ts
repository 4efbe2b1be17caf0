/** What is captured, and how. */
export interface CaptureOptions {
  readonly interface: string
  readonly filter: string
  readonly snapLength: number
  readonly promiscuous: boolean
  readonly bufferBytes: number
  readonly engine: 'cap' | 'tcpdump'
  readonly delayMs: number
}

/** All interfaces of the machine at once, as libpcap has it. */
export const ANY = 'any'
/** libpcap's own longest frame. */
export const LONGEST_FRAME = 262_144
/** The longest frame that the package `cap` lets the kernel hand over. */
export const LONGEST_CAP_FRAME = 65_535
