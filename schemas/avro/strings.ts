/**
 * Avro strings, faster for what exchanges are made of: dozens of short ASCII strings, the same header names in each. Writing
 * skips the separate pass for the length in bytes; reading looks in a table of recent strings before making a new one.
 */
import avsc from 'avsc'

/** avsc's cursor; its fields are part of how types are extended, though not of its typings. */
interface Tap {
  readonly buf: Buffer
  pos: number
  readString(): string
  writeString(text: string): void
}

/** Below it the length, zig-zag encoded, takes one byte. */
const SHORT = 64
/** Longer ones are rarely the same twice. */
const REMEMBERED = 32
const SLOTS = 1024

/** Direct-mapped: a string replaces the one before it in its slot. ASCII only: then characters and bytes compare. */
const recent: string[] = new Array<string>(SLOTS).fill('')

class ShortString extends (avsc.types.StringType as unknown as new () => avsc.Type) {
  _write(tap: Tap, text: string): void {
    if (text.length >= SHORT || !writeAscii(tap, text)) tap.writeString(text)
  }

  _read(tap: Tap): string {
    const { buf, pos } = tap
    const length = buf[pos]! >> 1
    if (length === 0 || length >= REMEMBERED || (buf[pos]! & 1) !== 0) return tap.readString()
    const first = pos + 1
    const slot =
      (length + 31 * (buf[first]! + 31 * (buf[first + (length >> 1)]! + 31 * buf[pos + length]!))) & (SLOTS - 1)
    const known = recent[slot]!
    if (known.length === length) {
      let i = 0
      while (i < length && known.charCodeAt(i) === buf[first + i]) i++
      if (i === length) {
        tap.pos = first + length
        return known
      }
    }
    const text = tap.readString()
    if (isAscii(text)) recent[slot] = text
    return text
  }
}

/** False, and nothing is written, when the text is not ASCII or does not fit. */
function writeAscii(tap: Tap, text: string): boolean {
  const { buf, pos } = tap
  const { length } = text
  if (pos + 1 + length > buf.length) return false
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return false
    buf[pos + 1 + i] = code
  }
  buf[pos] = length << 1
  tap.pos = pos + 1 + length
  return true
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/** For avsc's `typeHook`: replaces its string type. */
export function shortStrings(schema: unknown): avsc.Type | undefined {
  return schema === 'string' ? new ShortString() : undefined
}
