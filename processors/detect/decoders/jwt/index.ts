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
  fits: text => TOKEN.test(text),
  decode(text, _point, _limits, out) {
    const [, scheme, header, payload] = TOKEN.exec(text)!
    const goesOn = scheme === undefined || out(['jwt', 'jwt_prefix'], scheme)
    if (goesOn && out(['jwt', 'jwt_header'], header!)) out(['jwt', 'jwt_payload'], payload!)
    return 'part'
  },
} satisfies DecoderSpec

/** The header begins with "e" and a letter from w on, a digit or the like: that is a brace. */
const TOKEN =
  /^(?:(bearer|lsapi2|mobapp2)[ \t]{1,8})?(e[w-z0-9+/_-][\w+/-]*)=*\.([\w+/=-]*(?:\.[\w+/=-]*){0,2})\.[\w+/=-]*$/i
