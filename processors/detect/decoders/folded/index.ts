import type { DecoderSpec } from '#schemas/contracts/detector.ts'

/** Longest text whose zeros are left out: bytes of files hold many. */
const MOST = 4096

/** Full-width forms of ASCII, U+FF01 to U+FF5E. */
const FULL_WIDTH = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0xff01 + i)).join('')

/** From a full-width form to its ASCII. */
const SHIFT = 0xff01 - 0x21

/**
 * A text as lossy readers have it: without zero bytes, which old browsers, databases and everything in C leave out or stop at, and
 * with full-width forms as the ASCII that compatibility forms (Unicode Standard Annex #15, NFKC) and best-fit tables make of them.
 */
export default {
  name: 'folded',
  // The first two bytes of such a form in UTF-8, for bodies that are not decoded yet.
  wakes: { chars: `\0${FULL_WIDTH}`, literals: ['\xef\xbc', '\xef\xbd'] },
  fits: text => hasZeros(text) || /[\uff01-\uff5e]/.test(text),
  decode(text, _point, _limits, out) {
    const kept = hasZeros(text) ? text.replaceAll('\0', '') : text
    out(
      ['folded'],
      kept.replace(/[\uff01-\uff5e]/g, char => String.fromCharCode(char.charCodeAt(0) - SHIFT)),
    )
    return 'part'
  },
} satisfies DecoderSpec

/** Some, but not as many as in bytes of a file or in UTF-16. */
function hasZeros(text: string): boolean {
  if (text.length > MOST || !text.includes('\0')) return false
  return text.split('\0').length - 1 <= text.length / 4
}
