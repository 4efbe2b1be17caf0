import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { contentType } from '../../text/content-type.ts'
import { XmlReader } from './reader.ts'

/** XML 1.0 bodies and values: text, attributes, comments and the document type, with character references decoded. */
export default {
  name: 'xml',
  container: true,
  wakes: { literals: ['&#', '&lt', '&gt', '&quo', '&apo', '&amp', '<!--', '<![cdata['] },
  fits(text, point, exchange) {
    const start = text.search(/[^\s\ufeff]/)
    if (start < 0 || text.charCodeAt(start) !== 60) return false
    if (/^<\?xml\s/i.test(text.slice(start, start + 6))) return true
    return point.length === 1 && point[0] === 'post' && /[/+]xml\b/.test(contentType(exchange))
  },
  decode: (text, _point, limits, out) => new XmlReader(text, limits.nesting, out).read(),
} satisfies DecoderSpec
