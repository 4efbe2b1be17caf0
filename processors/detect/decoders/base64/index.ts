import { isUtf8 } from 'node:buffer'
import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { base64Value } from '../../text/base64.ts'
import { textOf } from '../../text/bytes.ts'
import { isPacked, isSerialized } from '../../text/formats.ts'
import { nextToken, promisesBase64, yieldTokens } from '../../text/token.ts'

/**
 * Share of characters after decoding that may be control characters: binary in base64 (images, keys, hashes) stays as it is. A
 * quarter of random bytes are none in Latin-1, but they hardly ever are UTF-8.
 */
const UNPRINTABLE = { utf8: 0.2, latin1: 0.1 } as const

/**
 * Base64 or base64url (RFC 4648 §4, §5), padded or not: a whole value, possibly in lines, or tokens in a longer text, as behind
 * `Basic `, `data:text/html;base64,` or in a call of a decoder. A token has at least twelve characters.
 */
export default {
  name: 'base64',
  wakes: { token: true },
  fits: text => nextToken(text, 0, promisesBase64) >= 0,
  decode(text, _point, _limits, out) {
    const end = endOfLines(text)
    const whole = end > 0 ? decoded(text.slice(0, end)) : null
    if (whole !== null) out(['base64'], whole)
    else yieldTokens(text, 'base64', promisesBase64, decodedAt, out)
    return 'part'
  },
} satisfies DecoderSpec

/** Where the data of a text ends that is base64 as a whole, or 0. Line ends may stand in it, one or two equals signs at its end. */
function endOfLines(text: string): number {
  let end = text.length
  while (end > 0 && end > text.length - 4 && isPadding(text.charCodeAt(end - 1))) end--
  for (let i = 0; i < end; i++) {
    const c = text.charCodeAt(i)
    if (base64Value(c) === 64 && c !== 10 && c !== 13) return 0
  }
  return end
}

/** An equals sign or a line end. */
function isPadding(c: number): boolean {
  return c === 61 || c === 10 || c === 13
}

function decodedAt(text: string, start: number): { readonly text: string | null; readonly end: number } {
  let end = start
  while (base64Value(text.charCodeAt(end)) < 64) end++
  return { text: decoded(text.slice(start, end)), end }
}

/** Null when what it holds is neither text nor of a format that is known to hold some. */
function decoded(token: string): string | null {
  const bytes = Buffer.from(token, 'base64')
  if (isPacked(bytes) || isSerialized(bytes)) return bytes.toString('latin1')
  const text = textOf(bytes)
  return unprintableShare(text) <= (isUtf8(bytes) ? UNPRINTABLE.utf8 : UNPRINTABLE.latin1) ? text : null
}

function unprintableShare(text: string): number {
  let bad = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 32 ? c !== 9 && c !== 10 && c !== 13 : c >= 127 && c <= 159) bad++
  }
  return bad / text.length
}
