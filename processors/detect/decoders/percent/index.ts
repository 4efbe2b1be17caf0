import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { decodeEscapes, hasEscape } from '../../text/unescape.ts'

/** Percent escapes; what was encoded twice comes out by recursion, a `percent` in the point for each time. */
export default {
  name: 'percent',
  wakes: { chars: '%' },
  fits: text => text.includes('%') && hasEscape(text),
  decode(text, _point, _limits, out) {
    out(['percent'], decodeEscapes(text, false))
    return 'part'
  },
} satisfies DecoderSpec
