/**
 * multipart-body = [preamble CRLF] dash-boundary CRLF body-part *( CRLF dash-boundary CRLF body-part ) CRLF
 * dash-boundary "--" [CRLF epilogue] (RFC 2046 §5.1.1). Line ends may be bare LF, the end may be missing.
 */

export interface Pieces {
  readonly preamble: string
  readonly parts: readonly string[]
  readonly epilogue: string
}

/** Null when there are more than `most` parts. */
export function splitParts(text: string, boundary: string, most: number): Pieces | null {
  const dash = `--${boundary}`
  const parts: string[] = []
  let at = delimiterAt(text, dash, 0)
  const preamble = at < 0 ? text : text.slice(0, at)
  while (at >= 0) {
    const after = at + dash.length
    if (text.startsWith('--', after)) return { preamble, parts, epilogue: text.slice(after + 2) }
    if (parts.length >= most) return null
    const line = text.indexOf('\n', after)
    if (line < 0) break
    at = delimiterAt(text, dash, line)
    parts.push(at < 0 ? text.slice(line + 1) : text.slice(line + 1, Math.max(line + 1, lineEndBefore(text, at))))
  }
  return { preamble, parts, epilogue: '' }
}

/** Index of the next delimiter at the beginning of a line at or after `from`, or -1. Behind it stand two dashes or blanks. */
function delimiterAt(text: string, dash: string, from: number): number {
  if (from === 0 && text.startsWith(dash) && ends(text, dash.length)) return 0
  for (let at = text.indexOf(`\n${dash}`, from); at >= 0; at = text.indexOf(`\n${dash}`, at + 1)) {
    if (ends(text, at + 1 + dash.length)) return at + 1
  }
  return -1
}

/** The line end before a delimiter belongs to it. */
function lineEndBefore(text: string, at: number): number {
  return text.charCodeAt(at - 2) === 13 ? at - 2 : at - 1
}

function ends(text: string, at: number): boolean {
  const c = text.charCodeAt(at)
  return Number.isNaN(c) || c === 10 || c === 13 || c === 32 || c === 9 || text.startsWith('--', at)
}
