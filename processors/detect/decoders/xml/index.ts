import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { contentType } from '../../text/content-type.ts'
import { decodeUtf7 } from '../../text/utf7.ts'
import { XmlReader } from './reader.ts'

/** How a document begins that is no HTML: declaration, document type or the envelope of a message. */
const BEGINNING = /^<(?:\?xml\s|!doctype\s{1,8}(?!html)|!entity\s|[\w.-]{1,32}:envelope[\s>])/i

/** Declared for a value, it says what that stands in; a body was decoded before. */
const UTF7 = /^\s{0,64}<\?xml[^>]{0,200}\sencoding\s{0,9}=\s{0,9}["']utf-?7/i

/**
 * XML 1.0 bodies and values: text, attributes, comments, processing instructions and the document type; references to
 * characters and internal entities are replaced, external ones never fetched.
 */
export default {
  name: 'xml',
  container: true,
  wakes: {
    literals: [
      '&#',
      '&lt',
      '&gt',
      '&quo',
      '&apo',
      '&amp',
      '<!--',
      '<![cdata[',
      '<!doctype',
      '<!entity',
      'utf-7',
      'utf7',
    ],
  },
  fits(text, point, exchange) {
    const start = text.search(/[^\s\ufeff]/)
    if (start < 0 || text.charCodeAt(start) !== 60 || point.at(-1) === 'xml_dtd') return false
    if (BEGINNING.test(text.slice(start, start + 64))) return true
    return point.length === 1 && point[0] === 'post' && /[/+]xml\b/.test(contentType(exchange))
  },
  decode: (text, _point, limits, out) => new XmlReader(UTF7.test(text) ? decodeUtf7(text) : text, limits, out).read(),
  // Open elements, those that close themselves among them: the reader looks closer.
  crowded(text, limits) {
    if (text.length <= limits.nesting) return false
    let depth = 0
    let count = 0
    for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
      const next = text.charCodeAt(at + 1)
      if (next === 47) depth--
      else if (next !== 33 && next !== 63 && (++depth > limits.nesting || ++count > limits.values)) return true
    }
    return false
  },
} satisfies DecoderSpec
