import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { byteText } from '../../text/bytes.ts'
import { isTextStart } from '../../text/formats.ts'
import { byteAt, digitsAt, nextToken, promisesHex, yieldTokens } from '../../text/token.ts'

/**
 * Text in hexadecimal digits, two a byte: `3c736372697074`, `0x3c736372697074`, alone or in a longer text, as behind `unhex(`.
 * Without a prefix at least seven bytes, ten if no digit is above nine: that is more likely a number. (`\x3c` is the matter of `htmljs`,
 * `%3c` that of `percent`.)
 */
export default {
  name: 'hex',
  wakes: { token: 'hex' },
  fits: text => nextToken(text, 0, promisesHex) >= 0,
  decode(text, _point, _limits, out) {
    yieldTokens(text, 'hex', promisesHex, decodedAt, out)
    return 'part'
  },
} satisfies DecoderSpec

/** Digits of a token without a prefix, and of one that could be a number. */
const SHORTEST = 14
const LONGEST_NUMBER = 20

/** Null when not all of it is text, or when letters follow that are no digits. */
function decodedAt(text: string, start: number): { readonly text: string | null; readonly end: number } {
  const first = digitsAt(text, start)
  let end = first
  while (byteAt(text, end) >= 0) end += 2
  const digits = text.slice(first, end)
  const least = first > start ? 0 : /[a-f]/i.test(digits) ? SHORTEST : LONGEST_NUMBER
  const isToken = digits.length >= least && !/^\w/.test(text.slice(end, end + 1))
  const bytes = Buffer.from(digits, 'hex')
  const isText = isToken && isTextStart(bytes, bytes.length)
  return { text: isText ? byteText(bytes) : null, end }
}
