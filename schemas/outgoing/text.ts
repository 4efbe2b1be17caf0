/** Longest text of an answer that is kept, in characters: it goes to `dead` and into messages for people. */
const MAX_TEXT = 300

/**
 * What another side said, fit for a terminal and a line of a log: control and formatting characters (which could move a cursor or turn the
 * direction of writing) and runs of white space become one space, lone surrogates U+FFFD.
 */
export function plainText(text: string, max = MAX_TEXT): string {
  const plain = text
    .slice(0, 4 * max)
    .toWellFormed()
    .replace(/[\s\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim()
  const points = [...plain]
  return points.length > max ? `${points.slice(0, max - 1).join('')}…` : plain
}
