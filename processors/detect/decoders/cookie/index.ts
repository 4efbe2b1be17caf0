import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { cookieText } from '../../text/cookie-value.ts'
import { yieldPairs } from '../../text/pairs.ts'

/** cookie-string = cookie-pair *( ";" SP cookie-pair ), RFC 6265 §4.2.1. Values are decoded as frameworks do it. */
export default {
  name: 'cookie',
  container: true,
  wakes: { chars: '%\\' },
  fits: (_text, point) =>
    point[1] === 'COOKIE' && point[0] === 'header' && point.length === (point[2] === 'array' ? 4 : 2),
  decode(text, _point, _limits, out) {
    yieldPairs(text, ';', ['cookie'], out, cookieText)
    return 'whole'
  },
} satisfies DecoderSpec
