/**
 * One pass over MessagePack before anything is decoded, without allocating: where a value ends, and that it stays within bounds.
 *
 *   0x00-7f 0xe0-ff int     0x80-8f map n    0x90-9f array n   0xa0-bf str n     0xc0 nil  0xc2 0xc3 false true
 *   0xc4-c6 bin 8/16/32     0xc7-c9 ext 8/16/32 (+1 type)      0xca 0xcb float   0xcc-d3 uint/int 8/16/32/64
 *   0xd4-d8 fixext 1..16    0xd9-db str 8/16/32                0xdc 0xdd array 16/32   0xde 0xdf map 16/32
 *   0xc1 is never used. Numbers are big-endian. (github.com/msgpack/msgpack, spec.md)
 */
import { Refused } from '#schemas/contracts/errors.ts'

export interface MessageLimits {
  /** Longest message, bytes. */
  readonly bytes: number
  /** Bytes of all its text together: names, values, keys. */
  readonly text: number
  /** Values in it, keys and containers included. */
  readonly values: number
}

/** What is found on the way. */
export interface Bounds {
  /** Where the value ends. */
  readonly end: number
  /** All text in it is ASCII. */
  readonly ascii: boolean
}

const NESTING = 6
/** Values that are still to come, by depth. */
const open = new Float64Array(NESTING + 1)

/** Bounds of the value that begins at `start`. Throws `Refused`. */
export function boundsOf(bytes: Uint8Array, start: number, limits: MessageLimits): Bounds {
  const most = start + limits.bytes
  let at = start
  let depth = 0
  let values = 0
  let text = 0
  let bits = 0
  open[0] = 1
  while (depth >= 0) {
    if (open[depth] === 0) {
      depth--
      continue
    }
    open[depth]!--
    if (at >= bytes.length) throw cutOff(start, bytes)
    if (++values > limits.values) throw tooLarge(start, at, `more than ${limits.values} values`)
    const head = bytes[at]!
    const shape = SHAPES[head]!
    if (shape === NEVER) throw malformed(start, at, `byte 0x${head.toString(16)}`)
    const width = WIDTHS[head]!
    if (at + 1 + width > bytes.length) throw cutOff(start, bytes)
    const size = width === 0 ? SIZES[head]! : readSize(bytes, at + 1, width)
    at += 1 + width
    if (shape === ARRAY || shape === MAP) {
      if (++depth > NESTING) throw tooLarge(start, at, `nested deeper than ${NESTING}`)
      open[depth] = shape === MAP ? 2 * size : size
      continue
    }
    // Before the length: what is too large is so whether or not it is there.
    if (at + size > most) throw tooLarge(start, at, `more than ${limits.bytes} bytes`)
    if (at + size > bytes.length) throw cutOff(start, bytes)
    if (shape === STRING) {
      text += size
      if (text > limits.text) throw tooLarge(start, at, `more than ${limits.text} bytes of text`)
      for (let i = at; i < at + size; i++) bits |= bytes[i]!
    }
    at += size
  }
  if (at > most) throw tooLarge(start, at, `more than ${limits.bytes} bytes`)
  return { end: at, ascii: bits < 0x80 }
}

/** What a first byte begins; 0: anything else, with as many bytes as its size says. */
const STRING = 1
const ARRAY = 2
const MAP = 3
const NEVER = 4

/** By first byte: what it is, how many bytes of size follow, and the size that is in the byte itself. */
const SHAPES = new Uint8Array(256)
const WIDTHS = new Uint8Array(256)
const SIZES = new Uint8Array(256)
for (let n = 0; n < 16; n++) SHAPES[0x80 + n] = MAP
for (let n = 0; n < 16; n++) SHAPES[0x90 + n] = ARRAY
for (let n = 0; n < 16; n++) SIZES[0x80 + n] = SIZES[0x90 + n] = n
for (let n = 0; n < 32; n++) {
  SHAPES[0xa0 + n] = STRING
  SIZES[0xa0 + n] = n
}
SHAPES[0xc1] = NEVER
for (const [first, widths] of [
  [0xc4, [1, 2, 4]],
  [0xd9, [1, 2, 4]],
  [0xdc, [2, 4]],
  [0xde, [2, 4]],
] as const) {
  for (const [i, width] of widths.entries()) WIDTHS[first + i] = width
}
SHAPES.fill(STRING, 0xd9, 0xdc)
SHAPES.fill(ARRAY, 0xdc, 0xde)
SHAPES.fill(MAP, 0xde, 0xe0)
SIZES.set([4, 8, 1, 2, 4, 8, 1, 2, 4, 8], 0xca)
// No key has a value of an extension type, and a decoder would call whoever registered one.
SHAPES.fill(NEVER, 0xc7, 0xca)
SHAPES.fill(NEVER, 0xd4, 0xd9)

function readSize(bytes: Uint8Array, at: number, width: number): number {
  let size = 0
  for (let i = 0; i < width; i++) size = size * 256 + bytes[at + i]!
  return size
}

function malformed(start: number, at: number, what: string): Refused {
  return new Refused('message-malformed', `message: no MessagePack: ${what} at byte ${at - start}`)
}

function tooLarge(start: number, at: number, what: string): Refused {
  return new Refused('message-too-large', `message: ${what} at byte ${at - start}`)
}

function cutOff(start: number, bytes: Uint8Array): Refused {
  return new Refused('message-malformed', `message: cut off after ${bytes.length - start} bytes`)
}
