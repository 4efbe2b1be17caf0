import type { DecoderSpec } from '#schemas/contracts/detector.ts'

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
  fits(text) {
    const start = START.exec(text)
    if (start === null) return false
    const first = text.indexOf('.', start[0].length)
    return (
      first > 0 &&
      text.includes('.', first + 1) &&
      PARTS.test(start[1] === undefined ? text : text.slice(start[1].length))
    )
  },
  decode(text, _point, _limits, out) {
    const [, front = ''] = START.exec(text)!
    const first = text.indexOf('.', front.length)
    const goesOn = front === '' || out(['jwt', 'jwt_prefix'], front.trim())
    if (!goesOn || !out(['jwt', 'jwt_header'], text.slice(front.length, first))) return 'part'
    out(['jwt', 'jwt_payload'], text.slice(first + 1, text.lastIndexOf('.')))
    return 'part'
  },
} satisfies DecoderSpec

/** The header begins with a brace, and a quote, blank, line end or brace behind it: eyI, eyA, ewo, ewk, ew0, e30. */
const START = /^((?:bearer|lsapi2|mobapp2)[ \t]{1,8})?e(?:y[a-di-l]|w[k-r0-3]|30)/i

const PARTS = /^[\w+/=.-]+$/
