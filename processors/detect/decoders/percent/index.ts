import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { decodeEscapes, hasEscape, hasStrayPercent, withoutStrayPercents } from '../../text/unescape.ts'

/**
 * Percent escapes; what was encoded twice comes out by recursion, a `percent` in the point for each time. In the path a
 * plus sign becomes a space too: the standard does not say so, many servers do it. What begins no escape stays as it is, and
 * between letters it is also read as if it were not there: both are what servers do.
 */
export default {
  name: 'percent',
  unwoken: true,
  wakes: { chars: '%' },
  fits: (text, point) =>
    text.includes('%') ? hasEscape(text) || hasStrayPercent(text) : isRawPath(point) && text.includes('+'),
  decode(text, point, _limits, out) {
    const decoded = decodeEscapes(text, isRawPath(point))
    if (decoded !== text && !out(['percent'], decoded)) return 'part'
    if (hasStrayPercent(text)) out(['percent'], decodeEscapes(withoutStrayPercents(text), isRawPath(point)))
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
