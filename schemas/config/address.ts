/**
 * Text of IP addresses into 32-bit words, strictly: what a lenient parser would guess at (leading zeros, zones, spaces,
 * missing groups) is not an address here, because addresses decide about trust.
 *
 *   IPv4  = dec-octet 3("." dec-octet)                      RFC 3986 §3.2.2: no leading zeros
 *   IPv6  = 8 groups of 1*4HEXDIG with at most one "::", the last two perhaps as IPv4      RFC 4291 §2.2
 */
import { formatIp } from '#schemas/records/flow.ts'

/** Longest text of an address: IPv6 with an embedded IPv4. */
const MAX_TEXT = 45
const DOT = 0x2e
const COLON = 0x3a

const groups = new Uint16Array(8)
const scratch = new Uint32Array(4)

/**
 * Reads an address into `words`, most significant first: IPv4 uses `words[0]`, IPv6 all four. An IPv4-mapped IPv6 address
 * (RFC 4291 §2.5.5.2) reads as IPv4: both name the same party. Returns the family, 0 when `text` is no address.
 */
export function readAddress(text: string, words: Uint32Array): 0 | 4 | 6 {
  if (text.length > MAX_TEXT) return 0
  const quad = readQuad(text, 0)
  if (quad >= 0) {
    words[0] = quad
    return 4
  }
  if (!readGroups(text)) return 0
  for (let i = 0; i < 4; i++) words[i] = groups[2 * i]! * 65_536 + groups[2 * i + 1]!
  if (words[0] !== 0 || words[1] !== 0 || words[2] !== 0xffff) return 6
  words[0] = words[3]!
  return 4
}

/** The one spelling of an address (RFC 5952; IPv4-mapped as IPv4), or null when `text` is no address. */
export function canonicalAddress(text: string): string | null {
  const family = readAddress(text, scratch)
  if (family === 0) return null
  // A dotted quad has one spelling only: no leading zeros.
  return text.includes(':') ? formatWords(family, scratch) : text
}

/** Inverse of `readAddress`. */
export function formatWords(family: 4 | 6, words: Uint32Array): string {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < 4; i++) view.setUint32(4 * i, words[i] ?? 0)
  return formatIp(bytes, 0, family === 4 ? 4 : 16)
}

/** A dotted quad from `at` to the end of the text, as an unsigned number; -1 when it is none. */
function readQuad(text: string, at: number): number {
  let quad = 0
  for (let octets = 0; octets < 4; octets++) {
    if (octets > 0 && text.charCodeAt(at++) !== DOT) return -1
    const start = at
    let octet = 0
    for (; at < text.length && at - start < 4; at++) {
      const digit = text.charCodeAt(at) - 0x30
      if (digit < 0 || digit > 9) break
      octet = octet * 10 + digit
    }
    if (at === start || octet > 255 || (at - start > 1 && text.charCodeAt(start) === 0x30)) return -1
    quad = quad * 256 + octet
  }
  return at === text.length ? quad : -1
}

/** The eight groups of an IPv6 address into `groups`. */
function readGroups(text: string): boolean {
  groups.fill(0)
  let count = 0
  let gap = -1 // how many groups stand before "::"
  let at = 0
  if (text.startsWith('::')) [gap, at] = [0, 2]
  while (at < text.length) {
    if (count === 8) return false
    const start = at
    let group = 0
    for (; at < text.length && at - start < 5; at++) {
      const digit = hexDigit(text.charCodeAt(at))
      if (digit < 0) break
      group = group * 16 + digit
    }
    if (at === start || at - start > 4) return false
    if (text.charCodeAt(at) === DOT) {
      const quad = count > 6 ? -1 : readQuad(text, start)
      if (quad < 0) return false
      groups[count++] = quad >>> 16
      groups[count++] = quad & 0xffff
      break
    }
    groups[count++] = group
    if (at === text.length) break
    if (text.charCodeAt(at++) !== COLON || at === text.length) return false
    if (text.charCodeAt(at) !== COLON) continue
    if (gap >= 0) return false
    gap = count
    at++
  }
  if (gap < 0) return count === 8
  if (count === 8) return false // "::" stands for at least one group
  groups.copyWithin(8 - (count - gap), gap, count)
  groups.fill(0, gap, 8 - (count - gap))
  return true
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
