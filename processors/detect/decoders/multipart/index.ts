import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { contentType } from '../../text/content-type.ts'
import { readParts } from './parts.ts'

/** multipart/form-data (RFC 7578): each part at its name, its file name and its other headers beside it. */
export default {
  name: 'multipart',
  container: true,
  wakes: {},
  fits: (text, point, exchange) =>
    point.length === 1 && point[0] === 'post' && contentType(exchange).startsWith('multipart/') && text.includes('--'),
  decode: (text, _point, _limits, out) => readParts(text, out),
} satisfies DecoderSpec
