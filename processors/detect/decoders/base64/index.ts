import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { TOKEN } from '../../sieve.ts'
import { BASE64_VALUE, looksLikeText } from '../../text/base64.ts'
import { textOf } from '../../text/bytes.ts'

/** Share of characters after decoding that have to be text: binary in base64 (images, keys, hashes) stays as it is. */
const MOSTLY = 0.9

/** Base64 or base64url (RFC 4648 §4, §5), padded or not, possibly in lines: a whole value of at least twelve characters. */
export default {
  name: 'base64',
  wakes: { token: true },
  fits(text) {
    if (text.length < TOKEN || !looksLikeText(text, 0, TOKEN)) return false
    let length = 0
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i)
      if (c < 128 && BASE64_VALUE[c]! < 64) length++
      else if (c === 61 ? !isPadding(text, i) : c !== 10 && c !== 13) return false
      else if (c === 61) break
    }
    return length % 4 !== 1
  },
  decode(text, _point, _limits, out) {
    const decoded = textOf(Buffer.from(text, 'base64'))
    if (textShare(decoded) >= MOSTLY) out(['base64'], decoded)
    return 'part'
  },
} satisfies DecoderSpec

/** One or two equals signs end the text. */
function isPadding(text: string, at: number): boolean {
  const rest = text.length - at
  return rest === 1 || (rest === 2 && text.endsWith('='))
}

function textShare(text: string): number {
  let good = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if ((c >= 32 && c < 127) || c > 159 || c === 9 || c === 10 || c === 13) good++
  }
  return text.length === 0 ? 0 : good / text.length
}
