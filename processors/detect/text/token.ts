/**
 * Tokens: words of the base64 alphabets whose first characters promise that something readable is inside.
 *
 *   token  = 10*( ALPHA | DIGIT | "+" | "/" | "-" | "_" )      not behind another of these, slashes aside (below)
 *   hex    = [ "0x" ] 8*HEXDIG                                 at the start of a token
 *
 * The first ten characters decide (seven bytes of base64, four or five of hex): text, compressed bytes, serialised objects.
 * Of random tokens one in five hundred promises something.
 */
import type { Yield } from '#schemas/contracts/detector.ts'
import { base64Value, decodeGroups } from './base64.ts'
import { isMarked, isTextStart, mayBeMark } from './formats.ts'
import { hexDigit } from './unescape.ts'

/** A token is looked at when it is this long. */
export const TOKEN = 10

/** Bytes that its first characters hold. Those of the groups that they begin are decoded, and not asked. */
const BYTES = 7
const GROUPS = 3

const SLASH = 47

/** The first bytes of the token in question: written and read within one call. */
const head = new Uint8Array(3 * GROUPS)

/** Does the token that begins at `start` promise something? Its first `TOKEN` characters have to be in the alphabet. */
export type Promises = (text: string, start: number) => boolean

/** In base64: text, compressed bytes, serialised objects. */
export function promisesBase64(text: string, start: number): boolean {
  decodeGroups(text, start, 1, head)
  if (!isTextStart(head, 3) && !mayBeMark(text.charCodeAt(start))) return false
  decodeGroups(text, start, GROUPS, head)
  return isTextStart(head, BYTES) || isMarked(head)
}

/** In hexadecimal digits: text. */
export function promisesHex(text: string, start: number): boolean {
  const first = digitsAt(text, start)
  const bytes = (start + TOKEN - first) >> 1
  for (let i = 0; i < bytes; i++) {
    const byte = byteAt(text, first + 2 * i)
    if (byte < 0) return false
    head[i] = byte
  }
  return isTextStart(head, bytes)
}

/** Where the digits begin: behind `0x`. */
export function digitsAt(text: string, start: number): number {
  return text.charCodeAt(start) === 48 && (text.charCodeAt(start + 1) | 32) === 120 ? start + 2 : start
}

/** The byte of two hexadecimal digits, or -1. */
export function byteAt(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at))
  const low = hexDigit(text.charCodeAt(at + 1))
  return high < 0 || low < 0 ? -1 : (high << 4) | low
}

/**
 * Does a token that began at `start` go on behind the slash at `slash`? Slashes separate the segments of paths, and stand in
 * base64. In base64 of text a slash is possible only in the last place of a group, where the group has to look like text too.
 * Behind the first ten characters it makes no difference to the token, and a new one may begin.
 */
export function goesOn(text: string, start: number, slash: number): boolean {
  const length = slash - start + 1
  if (length > TOKEN) return false
  if ((length & 3) === 0) {
    decodeGroups(text, start, length >> 2, head)
    if (isTextStart(head, 3 * (length >> 2))) return true
  }
  if (!mayBeMark(text.charCodeAt(start))) return false
  decodeGroups(text, start, GROUPS, head)
  return isMarked(head)
}

/** Index of the first token at or after `from` that keeps what `promises` asks for; -1 when there is none. */
export function nextToken(text: string, from: number, promises: Promises): number {
  let start = from
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === SLASH ? !goesOn(text, start, i) : base64Value(c) === 64) start = i + 1
    else if (i - start === TOKEN - 1 && promises(text, start)) return start
  }
  return -1
}

/** Reads the token at `start`; null is what it does not hold. `end` is behind what was read. */
export type ReadToken = (text: string, start: number) => { readonly text: string | null; readonly end: number }

/** Decodes the tokens of a text: at [`name`] if one of them holds something, at [`name`, "array", n] if several do. */
export function yieldTokens(text: string, name: string, promises: Promises, read: ReadToken, out: Yield): void {
  const held: string[] = []
  for (let at = nextToken(text, 0, promises); at >= 0; ) {
    const token = read(text, at)
    if (token.text !== null) held.push(token.text)
    at = nextToken(text, token.end, promises)
  }
  if (held.length === 1) out([name], held[0]!)
  else for (const [i, one] of held.entries()) if (!out([name, 'array', String(i)], one)) return
}
