/**
 * A bounded HTML tokenizer (after HTML Living Standard §13.2.5): tags with attributes, wherever they begin. Every `<` may
 * begin a tag, inside quotes too, because nobody knows in which context the value will stand.
 *
 *   '<' name ( blank | '/' | attribute )* ( '>' | '<' | end of text )
 *   attribute = name [ blank* '=' blank* ( '"' … '"' | "'" … "'" | '`' … '`' | run without blank and '>' ) ]
 */

export interface Attribute {
  /** Lower case. */
  readonly name: string
  /** As sent; null when there is no equals sign. */
  readonly value: string | null
}

export interface Tag {
  /** Lower case, with prefix; starts with a slash for end tags, with ? or ! for the like. */
  readonly name: string
  readonly attributes: readonly Attribute[]
  readonly start: number
  /** Index after the tag. */
  readonly end: number
  /** Ended with >. */
  readonly closed: boolean
  /** The last attribute's quote is not closed. */
  readonly open: boolean
}

/** Attributes and characters of one tag that are looked at. */
const MAX_ATTRIBUTES = 64
const MAX_TAG = 4096
/** Tags overlap, because every < may begin one: when they have read this many times the text before them, they are read less far. */
const MAX_OVERLAP = 4
const SHORT_TAG = 128
/** Characters of a value without quotes. */
const MAX_UNQUOTED = 1024

/** Calls `out` for every tag; stops when it returns false. */
export function eachTag(text: string, lower: string, out: (tag: Tag) => boolean): void {
  let read = 0
  for (let at = lower.indexOf('<'); at >= 0; at = lower.indexOf('<', at + 1)) {
    const nameStart = skipJunk(lower, at + 1)
    const nameEnd = endOfName(lower, nameStart)
    if (nameEnd === nameStart) continue
    const most = read > MAX_OVERLAP * at + MAX_TAG ? SHORT_TAG : MAX_TAG
    const tag = readTag(text, lower, at, nameStart, nameEnd, most)
    read += tag.end - at
    if (!out(tag)) return
  }
}

function readTag(text: string, lower: string, start: number, nameStart: number, nameEnd: number, most: number): Tag {
  const limit = Math.min(lower.length, start + most)
  const attributes: Attribute[] = []
  let at = nameEnd
  let closed = false
  let open = false
  while (at < limit && attributes.length < MAX_ATTRIBUTES) {
    const c = lower.charCodeAt(at)
    if (c === 62) {
      closed = true
      at++
      break
    }
    if (c === 60) break
    if (isBlank(c) || c === 47 || isQuote(c)) {
      at++
      continue
    }
    const end = endOfAttributeName(lower, at, limit)
    const name = lower.slice(at, end)
    const equals = skipBlanks(lower, end, limit)
    if (lower.charCodeAt(equals) !== 61) {
      attributes.push({ name, value: null })
      at = Math.max(end, at + 1)
      continue
    }
    const valueStart = skipBlanks(lower, equals + 1, limit)
    const value = readValue(text, valueStart, limit)
    attributes.push({ name, value: value.text })
    open = value.open
    at = value.end
  }
  return { name: lower.slice(nameStart, nameEnd), attributes, start, end: at, closed, open }
}

interface Read {
  readonly text: string
  readonly end: number
  readonly open: boolean
}

function readValue(text: string, at: number, limit: number): Read {
  const quote = text.charCodeAt(at)
  if (isQuote(quote)) {
    let end = at + 1
    while (end < limit && text.charCodeAt(end) !== quote) end++
    return { text: text.slice(at + 1, end), end: Math.min(end + 1, limit), open: end >= limit }
  }
  const most = Math.min(limit, at + MAX_UNQUOTED)
  let end = at
  while (end < most && !isBlank(text.charCodeAt(end)) && text.charCodeAt(end) !== 62) end++
  return { text: text.slice(at, end), end, open: false }
}

/** Old browsers skip NUL and control characters after the angle bracket. */
function skipJunk(lower: string, at: number): number {
  const most = at + 8
  while (at < most && lower.charCodeAt(at) < 32) at++
  return at
}

/** `/`, `!`, `?`, `:` and then letters, digits, `:` and `-`. */
function endOfName(lower: string, at: number): number {
  const first = lower.charCodeAt(at)
  let end = first === 47 || first === 33 || first === 63 || first === 58 ? at + 1 : at
  if (!isLetter(lower.charCodeAt(end))) return at
  const most = Math.min(lower.length, end + 64)
  while (end < most && isNamePart(lower.charCodeAt(end))) end++
  return end
}

function endOfAttributeName(lower: string, at: number, limit: number): number {
  let end = at
  while (end < limit) {
    const c = lower.charCodeAt(end)
    if (isBlank(c) || c === 61 || c === 62 || c === 47 || c === 60) break
    end++
  }
  return end === at ? at + 1 : end
}

function skipBlanks(lower: string, at: number, limit: number): number {
  while (at < limit && isBlank(lower.charCodeAt(at))) at++
  return at
}

export function isBlank(c: number): boolean {
  return c <= 32 || c === 160
}

function isQuote(c: number): boolean {
  return c === 34 || c === 39 || c === 96
}

function isLetter(c: number): boolean {
  return c >= 97 && c <= 122
}

function isNamePart(c: number): boolean {
  return isLetter(c) || (c >= 48 && c <= 57) || c === 58 || c === 45 || c === 95
}
