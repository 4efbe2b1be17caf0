import { isUtf8 } from 'node:buffer'
import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { base64Value } from '../../text/base64.ts'
import { textOf } from '../../text/bytes.ts'
import { isMarked } from '../../text/formats.ts'
import { nextToken, promisesBase64, yieldTokens } from '../../text/token.ts'

/**
 * Share of characters after decoding that may be control characters: binary in base64 (images, keys, hashes) stays as it is. A
 * quarter of random bytes are none in Latin-1, but they hardly ever are UTF-8.
 */
const UNPRINTABLE = { utf8: 0.2, latin1: 0.1 } as const

/**
 * Base64 or base64url (RFC 4648 §4, §5), padded or not: a whole value, possibly in lines, or tokens in a longer text, as behind
 * `Basic `, `data:text/html;base64,` or in a call of a decoder. A token has at least ten characters.
 */
export default {
  name: 'base64',
  wakes: { token: 'base64' },
  fits: text => nextToken(text, 0, promisesBase64) >= 0,
  decode(text, _point, _limits, out) {
    const whole = WHOLE.test(text) ? decoded(text) : null
    if (whole !== null) out(['base64'], whole)
    else yieldTokens(text, 'base64', promisesBase64, decodedAt, out)
    return 'part'
  },
} satisfies DecoderSpec

/** Base64 and nothing else: line ends may stand in it, one or two equals signs at its end. */
const WHOLE = /^[\w+/\r\n-]+(?:={1,2}[\r\n]*)?$/

function decodedAt(text: string, start: number): { readonly text: string | null; readonly end: number } {
  let end = start
  while (base64Value(text.charCodeAt(end)) < 64) end++
  return { text: decoded(text.slice(start, end)), end }
}

/** Digests and identifiers in hexadecimal digits: in base64 they decode as well, to noise. */
const HEX = /^(?:[0-9a-f]+|[0-9A-F]+)$/

/** Null when what it holds is neither text nor of a format that is known to hold some. */
function decoded(token: string): string | null {
  if (HEX.test(token)) return null
  const bytes = Buffer.from(token, 'base64')
  if (isMarked(bytes)) return bytes.toString('latin1')
  const text = textOf(bytes)
  return unprintableShare(text) <= (isUtf8(bytes) ? UNPRINTABLE.utf8 : UNPRINTABLE.latin1) ? text : null
}

/** Neither tab, line end, nor what shows. */
const UNUSUAL = /[^\t\r\n -~]/

function unprintableShare(text: string): number {
  if (!UNUSUAL.test(text)) return 0
  let bad = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 32 ? c !== 9 && c !== 10 && c !== 13 : c >= 127 && c <= 159) bad++
  }
  return bad / text.length
}
