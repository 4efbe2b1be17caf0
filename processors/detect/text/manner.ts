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

/** The value that was judged last, and how: detectors ask one after the other about the same one. */
let judged = ''
let verdict: Manner = 'terse'

export function mannerOf(text: string): Manner {
  if (text !== judged) {
    verdict = judge(text)
    judged = text
  }
  return verdict
}

function judge(text: string): Manner {
  const head = text.slice(0, 4096)
  const inSentences = charsInSentences(head)
  if (inSentences >= 24 && inSentences * 3 >= head.length) return 'prose'
  let lines = 1
  for (let at = head.indexOf('\n'); at >= 0; at = head.indexOf('\n', at + 1)) lines++
  return lines >= LINES || head.length > LONGEST_TERSE ? 'listing' : 'terse'
}

/** Characters in runs of at least SENTENCE words: letters, apostrophes and hyphens, at most one mark behind them. */
function charsInSentences(text: string): number {
  let total = 0
  let words = 0
  let start = 0
  for (let at = skipBlank(text, 0); at < text.length; ) {
    const end = wordEnd(text, at)
    const isWord = end > 0
    const next = isWord ? end : inkEnd(text, at)
    if (isWord) {
      if (words === 0) start = at
      words++
      if (words === SENTENCE) total += next - start
      else if (words > SENTENCE) total += next - at + 1
    } else words = 0
    at = skipBlank(text, next)
  }
  return total
}

/** Index after the word at `at` and its mark, if nothing but a blank follows; else -1. */
function wordEnd(text: string, at: number): number {
  if (!isLetter(text, at)) return -1
  let end = at + 1
  while (end < text.length && (isLetter(text, end) || isJoint(text.charCodeAt(end)))) end++
  if (end < text.length && isMark(text.charCodeAt(end))) end++
  return end === text.length || isBlank(text.charCodeAt(end)) ? end : -1
}

function inkEnd(text: string, at: number): number {
  let end = at
  while (end < text.length && !isBlank(text.charCodeAt(end))) end++
  return end
}

function skipBlank(text: string, from: number): number {
  let at = from
  while (at < text.length && isBlank(text.charCodeAt(at))) at++
  return at
}

const LETTER = /\p{L}/u

/** Of letters beyond U+FFFF both halves. */
function isLetter(text: string, at: number): boolean {
  const c = text.charCodeAt(at)
  if (c < 128) return (c >= 97 && c <= 122) || (c >= 65 && c <= 90)
  return (c >= 0xd800 && c <= 0xdfff) || LETTER.test(text[at]!)
}

/** Apostrophes and hyphens. */
function isJoint(c: number): boolean {
  return c === 39 || c === 45 || c === 0x2019
}

/** . , ; : ! ? */
function isMark(c: number): boolean {
  return c === 46 || c === 44 || c === 59 || c === 58 || c === 33 || c === 63
}

const BLANK = /\s/

function isBlank(c: number): boolean {
  return c < 128 ? c === 32 || (c >= 9 && c <= 13) : BLANK.test(String.fromCharCode(c))
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
