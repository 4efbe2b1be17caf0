/** What the first bytes of a value say that it is. Seven bytes are enough for every question. */

/** Bytes of a format that holds readable text: compressed, or serialised objects. */
export function isMarked(bytes: Uint8Array): boolean {
  return packingOf(bytes[0], bytes[1], bytes[2], bytes[3]) !== null || isSerialized(bytes)
}

/** Could that be, by the first character of its base64? */
export function mayBeMark(first: number): boolean {
  return LEADS[first] === 1
}

/** Of 1F, 78, 28, AC, 00, 80 and 04. */
const LEADS = new Uint8Array(0x10000)
for (const char of 'HeKrAgB') LEADS[char.charCodeAt(0)] = 1

export type Packing = 'gzip' | 'zlib' | 'zstd'

/**
 * gzip (RFC 1952 §2.3.1), zlib (RFC 1950 §2.2, windows of 32 kB), zstd (RFC 8878 §3.1.1), by the first four bytes. Brotli and
 * bare deflate have no mark.
 */
export function packingOf(
  a: number | undefined,
  b: number | undefined,
  c: number | undefined,
  d: number | undefined,
): Packing | null {
  if (a === 0x1f && b === 0x8b && c === 8) return 'gzip'
  if (a === 0x78 && (b === 0x01 || b === 0x5e || b === 0x9c || b === 0xda)) return 'zlib'
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd'
  return null
}

/** How a text begins that is compressed bytes, a character for each. */
export const PACKED_STARTS: readonly string[] = [
  '\x1f\x8b\x08',
  '\x78\x01',
  '\x78\x5e',
  '\x78\x9c',
  '\x78\xda',
  '\x28\xb5\x2f\xfd',
]

/** Objects as Java, .NET (BinaryFormatter), Python (pickle, protocols 2 to 5) and Ruby (Marshal 4.8) write them: bytes with names in them. */
function isSerialized(bytes: Uint8Array): boolean {
  const [a, b, c, d, e] = bytes
  if (a === 0xac) return b === 0xed && c === 0 && d === 5
  if (a === 0) return b === 1 && c === 0 && d === 0 && e === 0 && bytes[5] === 0xff && bytes[6] === 0xff
  if (a === 0x80) return b !== undefined && b >= 2 && b <= 5 && c !== undefined && PICKLED.has(c)
  // An object, a user's object, a hash, an array or a string with instance variables.
  return a === 4 && b === 8 && c !== undefined && MARSHALLED.has(c)
}

/** First opcodes of a pickle: a frame, a mark, an empty dictionary, list or tuple, a global, a string. */
const PICKLED: ReadonlySet<number> = new Set([...'\x95(}])c\x8cX'].map(char => char.charCodeAt(0)))
const MARSHALLED: ReadonlySet<number> = new Set([...'oeUu{[IcCS'].map(char => char.charCodeAt(0)))

/**
 * The bytes of UTF-8 text, without control characters but for zeros behind the first byte, which end strings in C and stand
 * in UTF-16. A sequence may be cut off at the end.
 */
export function isTextStart(bytes: Uint8Array, length: number): boolean {
  let continuing = 0
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!
    if (continuing > 0) {
      if ((byte & 0xc0) !== 0x80) return false
      continuing--
    } else if (byte >= 0xc2 && byte <= 0xf4) continuing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
    else if (!isInk(byte) && (byte !== 0 || i === 0)) return false
  }
  return true
}

/** Visible ASCII, a blank, tab or line end. */
export function isInk(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13)
}
