/** Line breaks that are no line breaks yet: what one more server on the way, or a careless cast to bytes, makes of them. */

/** As escapes of C, character references, or characters whose low byte is a line break (U+560A, U+560D, U+010A, U+010D). */
const ENCODED =
  /\\(?:r|n|x0[ad]|u000[ad])|&#(?:0{0,4}1[03]|x0{0,4}[ad]);?|[\u560a\u560d\u010a\u010d\u0a0a\u0a0d\u0d0a\u2028\u2029\u0085](?=[\u560a\u560d\u010a\u010d\u0a0a\u0a0d\u0d0a\u2028\u2029\u0085]?set-cookie:)|%(?:25)?(?:0[ad]|u000[ad])|%e5%98%8[ad]/gi

/** The text with encoded line breaks in place, and whether there were any. Places of text move. */
export function withBreaks(text: string): string | null {
  const head = text.slice(0, 4096)
  const broken = head.replace(ENCODED, found => (/[dr\u560d\u010d\u0a0d]$|13;?$|d;$/i.test(found) ? '\r' : '\n'))
  return broken === head ? null : broken
}
