import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { contentType } from '../../text/content-type.ts'
import { DOCUMENT_NAMES, looksLikeDocument } from '../../text/gql/parser.ts'
import { readDocument } from './reader.ts'

const NAMES: ReadonlySet<string> = new Set(DOCUMENT_NAMES)

/**
 * GraphQL over HTTP, in two steps: a value that is a document by its name and its beginning stands at `gql`, where
 * detectors see all of it; below that its arguments, variables and comments stand at their places.
 *
 * Variables are values of the JSON beside the document, at its points.
 */
export default {
  name: 'gql',
  container: true,
  wakes: {
    chars: '\\',
    literals: [
      '"query"',
      '"mutation"',
      'query={',
      'query= ',
      'query=#',
      'query=query',
      'query=mutation',
      'query=subscription',
      'query=fragment',
    ],
  },
  fits(text, point, exchange) {
    const last = point.at(-1)!
    if (last === 'gql' && point.length > 1) return looksLikeDocument(text)
    if (point.length > 1) return NAMES.has(last.toLowerCase()) && looksLikeDocument(text)
    if (last !== 'post') return false
    const type = contentType(exchange)
    return (type === '' || /graphql|^text\/plain/.test(type)) && !type.includes('json') && looksLikeDocument(text)
  },
  decode(text, point, limits, out) {
    if (point.at(-1) === 'gql' && point.length > 1) return readDocument(text, limits.nesting, out)
    out(['gql'], text)
    return 'whole'
  },
  // Limits of documents do not depend on what stands in them.
  crowded: () => true,
} satisfies DecoderSpec
