import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { decodeEscapes, hasEscape } from '../../text/unescape.ts'

/**
 * Percent escapes; what was encoded twice comes out by recursion, a `percent` in the point for each time. In the path a
 * plus sign becomes a space too: the standard does not say so, many servers do it.
 */
export default {
  name: 'percent',
  wakes: { chars: '%' },
  fits: (text, point) => (text.includes('%') && hasEscape(text)) || (isRawPath(point) && text.includes('+')),
  decode(text, point, _limits, out) {
    out(['percent'], decodeEscapes(text, isRawPath(point)))
    return 'part'
  },
} satisfies DecoderSpec

function isRawPath(point: readonly string[]): boolean {
  const part = point[0]
  return (
    (part === 'path' && point.length === 2) ||
    (point.length === 1 && (part === 'uri' || part === 'action_name' || part === 'action_ext'))
  )
}
