import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { contentType } from '../../text/content-type.ts'
import { JsonReader } from './reader.ts'

/** JSON (RFC 8259) as lenient servers read it; also several documents in a row (NDJSON). */
export default {
  name: 'json_doc',
  container: true,
  responses: true,
  wakes: { chars: '\\' },
  fits(text, point, exchange) {
    const start = firstInk(text)
    const open = text.charCodeAt(start)
    // A string is a document too (RFC 8259 §2), but only where somebody says that it is one.
    if (open === 34) return point.length === 1 && point[0] === 'post' && contentType(exchange).includes('json')
    if (open !== 123 && open !== 91) return false
    if (point.length === 1) return true
    // `{cat,/etc/passwd}` is an expansion of shells: an object has members.
    if (open === 123 && !text.includes(':')) return false
    const close = text.charCodeAt(lastInk(text))
    return close === (open === 123 ? 125 : 93)
  },
  decode: (text, _point, limits, out) => new JsonReader(text, limits, out).read(),
  crowded(text, limits) {
    if (text.length <= limits.nesting && text.length <= limits.values) return false
    let depth = 0
    let deepest = 0
    for (let i = 0; i < text.length; i++) {
      depth += LEVELS[text.charCodeAt(i)]!
      if (depth > deepest) deepest = depth
    }
    return deepest > limits.nesting || (text.length > limits.values && countOf(text, ',') >= limits.values)
  },
} satisfies DecoderSpec

/** What a character does to the depth. Those in strings count too: then the reader looks closer. */
const LEVELS = new Int8Array(0x10000)
for (const char of '[{') LEVELS[char.charCodeAt(0)] = 1
for (const char of ']}') LEVELS[char.charCodeAt(0)] = -1

function countOf(text: string, char: string): number {
  let count = 0
  for (let at = text.indexOf(char); at >= 0; at = text.indexOf(char, at + 1)) count++
  return count
}

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
