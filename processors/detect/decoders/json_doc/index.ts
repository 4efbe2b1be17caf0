import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { JsonReader } from './reader.ts'

/** JSON (RFC 8259) as lenient servers read it; also several documents in a row (NDJSON). */
export default {
  name: 'json_doc',
  container: true,
  wakes: { chars: '\\' },
  fits(text, point) {
    const start = firstInk(text)
    const open = text.charCodeAt(start)
    if (open !== 123 && open !== 91) return false
    if (point.length === 1) return true
    const close = text.charCodeAt(lastInk(text))
    return close === (open === 123 ? 125 : 93)
  },
  decode: (text, _point, limits, out) => new JsonReader(text, limits.nesting, out).read(),
  crowded(text, limits) {
    if (text.length <= limits.nesting && text.length <= limits.values) return false
    let depth = 0
    let deepest = 0
    let values = 1
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i)
      if (c === 44) values++
      else if (c === 91 || c === 123) deepest = Math.max(deepest, ++depth)
      else if (c === 93 || c === 125) depth--
    }
    return values > limits.values || deepest > limits.nesting
  },
} satisfies DecoderSpec

function firstInk(text: string): number {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  while (at < text.length && text.charCodeAt(at) <= 32) at++
  return at
}

function lastInk(text: string): number {
  let at = text.length - 1
  while (at > 0 && text.charCodeAt(at) <= 32) at--
  return at
}
