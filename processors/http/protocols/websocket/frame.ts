/**
 * The header of a frame (RFC 6455 §5.2):
 *
 *   0  FIN u1 · RSV1 u1 · RSV2 u1 · RSV3 u1 · opcode u4
 *   1  MASK u1 · length u7        126: u16be follows; 127: u64be follows, its highest bit 0; the shortest form is the rule
 *   .  masking key, 4 bytes, when MASK is set: payload byte i is combined with key byte i mod 4
 */

/** Longest header. */
export const HEADER = 14
/** RFC 6455 §5.5: the payload of a control frame. */
export const CONTROL = 125

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** Plain data. */
export interface Frame {
  readonly opcode: number
  readonly fin: boolean
  readonly rsv1: boolean
  readonly otherRsv: boolean
  /** Null: not masked. */
  readonly key: readonly [number, number, number, number] | null
  /** Payload bytes; Infinity when the header says more than 2^53 - 1. */
  readonly length: number
  /** The length is written in the shortest form. */
  readonly minimal: boolean
}

/** Length of the header that begins with the first two bytes of `head`. */
export function headerLength(head: Uint8Array): number {
  const length = head[1]! & 127
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + ((head[1]! & 128) === 0 ? 0 : 4)
}

/** `head` holds a whole header. */
export function parseFrame(head: Uint8Array): Frame {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const short = head[1]! & 127
  const keyAt = headerLength(head) - 4
  const length = short === 126 ? view.getUint16(2) : short === 127 ? longLength(view) : short
  return {
    opcode: head[0]! & 15,
    fin: (head[0]! & 128) !== 0,
    rsv1: (head[0]! & 64) !== 0,
    otherRsv: (head[0]! & 48) !== 0,
    key: (head[1]! & 128) === 0 ? null : [head[keyAt]!, head[keyAt + 1]!, head[keyAt + 2]!, head[keyAt + 3]!],
    length,
    minimal: short < 126 || length > (short === 126 ? 125 : 65_535),
  }
}

function longLength(view: DataView): number {
  const length = view.getUint32(2) * 2 ** 32 + view.getUint32(6)
  return Number.isSafeInteger(length) ? length : Number.POSITIVE_INFINITY
}

export function isControl(opcode: number): boolean {
  return opcode >= 8
}

export function isKnown(opcode: number): boolean {
  return opcode <= 2 || (opcode >= 8 && opcode <= 10)
}

/** What is strange about a frame of a direction. `compressed`: it begins a compressed message. */
export function oddities(
  { opcode, fin, length, key, rsv1, otherRsv, minimal }: Frame,
  dir: 0 | 1,
  compressed: boolean,
) {
  const kinds: string[] = []
  if (dir === 0 && key === null) kinds.push('websocket.unmasked')
  if (dir === 1 && key !== null) kinds.push('websocket.masked-by-server')
  if (otherRsv || (rsv1 && !compressed)) kinds.push('websocket.reserved-bit')
  if (!minimal) kinds.push('websocket.length-not-minimal')
  if (!isControl(opcode)) return kinds
  if (!fin) kinds.push('websocket.fragmented-control')
  if (length > CONTROL) kinds.push('websocket.control-too-long')
  return kinds
}

/** As a direction has to send it, as far as one frame tells. */
export function plausible(frame: Frame, dir: 0 | 1, compression: boolean): boolean {
  const { opcode, fin, length, key, rsv1 } = frame
  if (!isKnown(opcode) || (key === null) === (dir === 0) || frame.otherRsv || !frame.minimal) return false
  if (isControl(opcode) && (!fin || length > CONTROL)) return false
  return !rsv1 || (compression && (opcode === OPCODE.text || opcode === OPCODE.binary))
}
