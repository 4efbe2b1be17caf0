import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { yieldPairs } from '../../text/pairs.ts'

/** The query of the request target: its names stand directly below the point `query`. */
export default {
  name: 'query',
  container: true,
  wakes: { chars: '%' },
  fits: (_text, point) => point.length === 1 && point[0] === 'query',
  decode(text, _point, _limits, out) {
    yieldPairs(text, '&', [], out)
    return 'whole'
  },
} satisfies DecoderSpec
