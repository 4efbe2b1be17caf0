import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { contentType, sentTypeOf } from '../../text/content-type.ts'
import { boundariesOf } from './boundary.ts'
import { noteBoundaries } from './odd.ts'
import { PartsReader } from './parts.ts'

/** A boundary line and a header line of a part. */
const PARTS = /^--[^\r\n]{1,200}\r?\ncontent-/i

/**
 * multipart/form-data (RFC 7578) and its kin: each part at its name, its file name and its other headers beside it. Read by
 * every boundary that a server may take for it. So too a body of another type that begins like one.
 */
export default {
  name: 'multipart',
  container: true,
  wakes: {},
  fits(text, point, exchange) {
    if (point.length !== 1 || point[0] !== 'post') return false
    return contentType(exchange).startsWith('multipart/') ? text.includes('--') : PARTS.test(text)
  },
  decode(text, _point, limits, out, note, { request }) {
    const { used, named } = boundariesOf(sentTypeOf(request), text)
    noteBoundaries(named, note)
    const inForm = !/^multipart\/(?!form-data)/i.test(sentTypeOf(request))
    for (const boundary of used) {
      const outcome = new PartsReader(limits, out, note, inForm).read(text, boundary, ['multipart'], 0)
      if (outcome === 'too-many') return 'too-many'
      if (outcome === 'spent') break
    }
    return used.length === 0 ? 'part' : 'whole'
  },
  // What a part declares changes what its bytes mean, and names of files stand in quotes of their own.
  crowded: () => true,
} satisfies DecoderSpec
