import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { charsetOf, hidesAscii, textIn } from '../../text/charset.ts'
import { contentType } from '../../text/content-type.ts'
import { percentBytes } from '../../text/octets.ts'
import { yieldPairs } from '../../text/pairs.ts'

/** A name of harmless characters, then an equals sign, and no line end. */
const PAIRS = /^[\w.%+[\]-]{1,128}=[^\r\n<]*$/

/** What whole bodies are wrapped in, too. */
const UNPACKED: ReadonlySet<string> = new Set(['base64', 'gzip', 'hex'])

/** JSON that says it is a form, as clients send it that forget the header. */
const JSON_BODY = /^\s{0,64}(?:\{\s{0,64}(?:"[^"&=]{0,128}"\s{0,64}:|\})|\[\s{0,64}[{"\]])/

/**
 * A body of type application/x-www-form-urlencoded, or one without a telling type that looks like it. Escapes in a charset
 * that hides ASCII (UTF-16, EBCDIC) are read in it as well. Several pairs that come out of base64 and the like are a form, too;
 * there the text is also inspected as it stands.
 */
export default {
  name: 'form_urlencoded',
  container: true,
  wakes: { chars: '%' },
  fits(text, point, exchange) {
    if (point.length > 1) return UNPACKED.has(point.at(-1)!) && text.includes('&') && PAIRS.test(text)
    if (point[0] !== 'post') return false
    const type = contentType(exchange)
    if (type.includes('form-urlencoded')) return !JSON_BODY.test(text)
    return (type === '' || type.startsWith('text/plain')) && PAIRS.test(text)
  },
  decode(text, point, _limits, out, _note, exchange) {
    const prefix = ['form_urlencoded']
    if (point.length > 1) {
      yieldPairs(text, '&', prefix, out)
      return 'part'
    }
    const charset = charsetOf(contentType(exchange))
    if (charset !== null && hidesAscii(charset) && text.includes('%')) {
      const read = (sent: string) => textIn(charset, percentBytes(sent, true)) ?? sent
      if (!yieldPairs(text, '&', [...prefix, 'charset'], out, read)) return 'whole'
    }
    yieldPairs(text, '&', prefix, out)
    return 'whole'
  },
  crowded: (text, limits) => text.length > 2 * limits.values && moreThan(text, '&', limits.values),
} satisfies DecoderSpec

function moreThan(text: string, char: string, most: number): boolean {
  let count = 0
  for (let at = text.indexOf(char); at >= 0; at = text.indexOf(char, at + 1)) if (++count > most) return true
  return false
}
