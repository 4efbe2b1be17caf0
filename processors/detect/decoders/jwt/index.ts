import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { base64Value } from '../../text/base64.ts'

/**
 * A JSON Web Token (RFC 7519 §3, RFC 7515 §7.1), with or without the name of its scheme in front:
 *
 *   token  = [ scheme 1*SP ] header "." payload "." [ signature ]        scheme = "Bearer" | "lsapi2" | "mobapp2"
 *
 * Its parts in base64url, left to `base64` and `json_doc`. The header begins with a brace. An encrypted one (RFC 7516) has five
 * parts, of which only the header can be read; the rest stands at `jwt_payload`.
 */
export default {
  name: 'jwt',
  container: true,
  // Its parts stand in it letter by letter.
  wakes: {},
  fits: text => partsOf(text) !== null,
  decode(text, _point, _limits, out) {
    const { scheme, header, payload } = partsOf(text)!
    const goesOn = scheme === '' || out(['jwt', 'jwt_prefix'], scheme)
    if (goesOn && out(['jwt', 'jwt_header'], header)) out(['jwt', 'jwt_payload'], payload)
    return 'part'
  },
} satisfies DecoderSpec

const SCHEME = /^(bearer|lsapi2|mobapp2)[ \t]{1,8}/i

interface Parts {
  readonly scheme: string
  readonly header: string
  readonly payload: string
}

function partsOf(text: string): Parts | null {
  const scheme = SCHEME.exec(text)
  const start = scheme?.[0].length ?? 0
  // "e" and a letter from w on: a brace.
  if (text.charCodeAt(start) !== 101 || base64Value(text.charCodeAt(start + 1)) >> 4 !== 3) return null
  const first = text.indexOf('.', start)
  const last = text.lastIndexOf('.')
  if (first < 0 || last === first) return null
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (base64Value(c) === 64 && c !== 46 && c !== 61) return null
  }
  return { scheme: scheme?.[1] ?? '', header: text.slice(start, first), payload: text.slice(first + 1, last) }
}
