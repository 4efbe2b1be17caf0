/**
 * Frames (RFC 9113 §4.1), and what can be said of a frame header by itself.
 *
 *   header = length(24) type(8) flags(8) reserved(1) stream(31)
 */

/** Length of a frame header. */
export const HEADER = 9

/** SETTINGS_MAX_FRAME_SIZE before anybody says anything. */
export const DEFAULT_FRAME = 16_384

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

export const Type = {
  Data: 0,
  Headers: 1,
  Priority: 2,
  RstStream: 3,
  Settings: 4,
  PushPromise: 5,
  Ping: 6,
  Goaway: 7,
  WindowUpdate: 8,
  Continuation: 9,
  /** RFC 7838 §4 */
  Altsvc: 10,
  /** RFC 8336 §2 */
  Origin: 12,
  /** RFC 9218 §7.1 */
  PriorityUpdate: 16,
} as const
export type Type = (typeof Type)[keyof typeof Type]

export const Flag = { EndStream: 1, Ack: 1, EndHeaders: 4, Padded: 8, Priority: 32 } as const

/** What RFC 9113 §6 and the extensions say of a frame of some type. */
interface Shape {
  readonly flags: number
  readonly least: number
  readonly most: number
  /** On a stream, on the connection (stream 0), or either. */
  readonly on: 'stream' | 'connection' | 'either'
  /** Who sends it; both when absent. */
  readonly from?: 0 | 1
}

const ANY = 0xffffff

// biome-ignore format: a table
const SHAPES: ReadonlyMap<number, Shape> = new Map([
  [Type.Data, { flags: 0x09, least: 0, most: ANY, on: 'stream' }],
  [Type.Headers, { flags: 0x2d, least: 1, most: ANY, on: 'stream' }],
  [Type.Priority, { flags: 0, least: 5, most: 5, on: 'stream' }],
  [Type.RstStream, { flags: 0, least: 4, most: 4, on: 'stream' }],
  [Type.Settings, { flags: 0x01, least: 0, most: 384, on: 'connection' }],
  [Type.PushPromise, { flags: 0x0c, least: 5, most: ANY, on: 'stream', from: 1 }],
  [Type.Ping, { flags: 0x01, least: 8, most: 8, on: 'connection' }],
  [Type.Goaway, { flags: 0, least: 8, most: 1024, on: 'connection' }],
  [Type.WindowUpdate, { flags: 0, least: 4, most: 4, on: 'either' }],
  [Type.Continuation, { flags: 0x04, least: 0, most: ANY, on: 'stream' }],
  [Type.Altsvc, { flags: 0, least: 2, most: 4096, on: 'either', from: 1 }],
  [Type.Origin, { flags: 0, least: 0, most: 4096, on: 'connection', from: 1 }],
  [Type.PriorityUpdate, { flags: 0, least: 4, most: 1024, on: 'connection', from: 0 }],
])

export function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
}

/** 31 bits; the reserved bit is ignored. */
export function streamAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! & 0x7f) << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

export function isKnownType(type: number): boolean {
  return SHAPES.has(type)
}

/** Does a well-behaved peer send this header? `dir`: null when it may be either. `longest`: SETTINGS_MAX_FRAME_SIZE. */
export function isPlausible(bytes: Uint8Array, at: number, dir: 0 | 1 | null, longest: number): boolean {
  const length = lengthAt(bytes, at)
  const flags = bytes[at + 4]!
  const shape = SHAPES.get(bytes[at + 3]!)
  if (shape === undefined || bytes[at + 5]! >= 0x80 || (flags & ~shape.flags) !== 0) return false
  if (length > longest || length < shape.least || length > shape.most) return false
  if (shape.from !== undefined && shape.from !== (dir ?? shape.from)) return false
  const stream = streamAt(bytes, at + 5)
  if (shape.on !== 'either' && (stream === 0) === (shape.on === 'stream')) return false
  const type = bytes[at + 3]!
  if (type === Type.Settings) return length % 6 === 0 && (flags === 0 || length === 0)
  // Clients open odd streams; what a server opens, only the server fills (RFC 9113 §5.1.1).
  if (type === Type.Headers || type === Type.Data) return dir !== 0 || stream % 2 === 1
  return type !== Type.PushPromise || stream % 2 === 1
}
