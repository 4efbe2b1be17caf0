import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { contentType } from '../../text/content-type.ts'
import { yieldPairs } from '../../text/pairs.ts'

/**
 * A body of type application/x-www-form-urlencoded, or one without a telling type that looks like it: a name of harmless
 * characters, then an equals sign, and no line end.
 */
export default {
  name: 'form_urlencoded',
  container: true,
  wakes: { chars: '%' },
  fits(text, point, exchange) {
    if (point.length !== 1 || point[0] !== 'post') return false
    const type = contentType(exchange)
    if (type.includes('form-urlencoded')) return true
    return (type === '' || type.startsWith('text/plain')) && /^[\w.%+[\]-]{1,128}=[^\r\n<]*$/.test(text)
  },
  decode(text, _point, _limits, out) {
    yieldPairs(text, '&', ['form_urlencoded'], out)
    return 'whole'
  },
  crowded: (text, limits) => text.length > 2 * limits.values && moreThan(text, '&', limits.values),
} satisfies DecoderSpec

function moreThan(text: string, char: string, most: number): boolean {
  let count = 0
  for (let at = text.indexOf(char); at >= 0; at = text.indexOf(char, at + 1)) if (++count > most) return true
  return false
}
