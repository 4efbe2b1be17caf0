import type { DecoderSpec } from '#schemas/contracts/detector.ts'

/**
 * literal = ("x" / "X") "'" 1*(2HEXDIG) "'"
 *
 * Linear: an x is no digit, so no character is looked at by two attempts.
 */
const LITERAL = /x'((?:[0-9a-f]{2})+)'/gi

/** Hexadecimal literals of SQL, wherever they stand in a value: x'3c62723e' is read as <br>. */
export default {
  name: 'example',
  wakes: { literals: ["x'"] },
  fits: text => text.includes("x'") || text.includes("X'"),
  decode(text, _point, _limits, out) {
    for (const [, digits] of text.matchAll(LITERAL)) {
      if (!out(['example'], Buffer.from(digits!, 'hex').toString('latin1'))) break
    }
    return 'part'
  },
} satisfies DecoderSpec
