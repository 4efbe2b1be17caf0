import type { DecoderSpec } from '#schemas/contracts/detector.ts'

/** What `Authorization: Basic` holds once it is decoded: user-pass = user-id ":" password (RFC 7617 §2). */
export default {
  name: 'basic',
  container: true,
  // Both stand in it letter by letter.
  wakes: {},
  fits: (text, point) =>
    point.length === 3 &&
    point[2] === 'base64' &&
    (point[1] === 'AUTHORIZATION' || point[1] === 'PROXY-AUTHORIZATION') &&
    text.includes(':'),
  decode(text, _point, _limits, out) {
    const colon = text.indexOf(':')
    if (out(['basic', 'user'], text.slice(0, colon))) out(['basic', 'password'], text.slice(colon + 1))
    return 'part'
  },
} satisfies DecoderSpec
