/**
 * How a value is written. Payloads are terse: they are nothing but what they do. People write sentences, and paste listings: code of
 * several lines that declares, imports and comments.
 */
export type Manner = 'terse' | 'prose' | 'listing'

/** A terse value that is longer than this is taken for a listing. */
const LONGEST_TERSE = 600
/** This many words one after the other, with nothing but blanks and commas between them, are a sentence. */
const SENTENCE = 6
/** Lines of a listing. */
const LINES = 4

export function mannerOf(text: string): Manner {
  const head = text.slice(0, 4096)
  const inSentences = charsInSentences(head)
  if (inSentences >= 24 && inSentences * 3 >= head.length) return 'prose'
  let lines = 1
  for (let at = head.indexOf('\n'); at >= 0; at = head.indexOf('\n', at + 1)) lines++
  return lines >= LINES || head.length > LONGEST_TERSE ? 'listing' : 'terse'
}

/** Characters in runs of at least SENTENCE words. */
function charsInSentences(text: string): number {
  let total = 0
  let words = 0
  let start = 0
  for (const match of text.matchAll(/\p{L}[\p{L}'’-]*[.,;:!?]?(?=\s|$)|\S+/gu)) {
    if (/^\p{L}[\p{L}'’-]*[.,;:!?]?$/u.test(match[0])) {
      if (words === 0) start = match.index
      words++
      if (words === SENTENCE) total += match.index + match[0].length - start
      else if (words > SENTENCE) total += match[0].length + 1
    } else words = 0
  }
  return total
}

/** Keys of error reports whose values are lines of programs. */
const LINES_OF_PROGRAMS: ReadonlySet<string> = new Set([
  'context_line',
  'pre_context',
  'post_context',
  'line',
  'function',
  'frame',
])

/** The same of a value at its point: lines of programs in error reports are listings, however short. */
export function mannerAt(point: readonly string[], text: string): Manner {
  const manner = mannerOf(text)
  return manner === 'terse' && isProgramLine(point) ? 'listing' : manner
}

function isProgramLine(point: readonly string[]): boolean {
  if (!point.includes('json_doc')) return false
  const last = point.at(-1)!
  return LINES_OF_PROGRAMS.has((/^\d+$/.test(last) ? (point.at(-3) ?? '') : last).toLowerCase())
}
