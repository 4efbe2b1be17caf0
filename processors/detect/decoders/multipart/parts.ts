/**
 * multipart-body = [preamble CRLF] dash-boundary CRLF body-part *( CRLF dash-boundary CRLF body-part ) CRLF
 * dash-boundary "--" (RFC 2046 §5.1.1). The boundary is the first line that begins with two dashes: that is what it has to be,
 * whatever the header says. Line ends may be bare LF.
 */
import type { Decoded, Yield } from '#schemas/contracts/detector.ts'

/** Longest boundary (RFC 2046 §5.1.1: 70 characters), leniently. */
const MAX_BOUNDARY = 200
/** Longest header block of a part. */
const MAX_HEAD = 8192

/**
 * `part` when the body does not begin or end as it should. So too when text stands behind its end: the header may name
 * another boundary, to which all this is the preamble.
 */
export function readParts(text: string, out: Yield): Decoded {
  const first = text.startsWith('--') ? 0 : text.indexOf('\n--') + 1
  const line = text.indexOf('\n', first)
  if (line < 0 || line - first > MAX_BOUNDARY) return 'part'
  const boundary = text.slice(first, line).trimEnd()
  if (boundary.length <= 2) return 'part'
  for (let at = line + 1; ; ) {
    const end = text.indexOf(`\n${boundary}`, at - 1)
    const part = text.slice(at, end < 0 ? text.length : end)
    if (!yieldPart(part, out)) return 'whole'
    if (end < 0) return 'part'
    const after = end + 1 + boundary.length
    if (text.startsWith('--', after)) return /\S/.test(text.slice(after + 2)) ? 'part' : 'whole'
    const next = text.indexOf('\n', after)
    if (next < 0) return 'whole'
    at = next + 1
  }
}

function yieldPart(part: string, out: Yield): boolean {
  const blank = /^\r?\n|\n\r?\n/.exec(part.slice(0, MAX_HEAD))
  if (blank === null) return out(['multipart'], part)
  const head = part.slice(0, blank.index)
  const content = part.slice(blank.index + blank[0].length).replace(/\r$/, '')
  const disposition = parametersOf(head)
  const name = disposition.get('name') ?? ''
  const file = disposition.get('filename') ?? disposition.get('filename*')
  if (file !== undefined && !out(['multipart', name, '_filename'], file)) return false
  if (name !== '' && !out(['multipart', '_name'], name)) return false
  for (const line of head.split('\n')) {
    const colon = line.indexOf(':')
    const header = line.slice(0, colon).trim().toUpperCase()
    if (colon < 0 || header === 'CONTENT-DISPOSITION') continue
    if (!out(['multipart', name, 'header', header], line.slice(colon + 1).trim())) return false
  }
  return out(file === undefined ? ['multipart', name] : ['multipart', name, 'file'], content)
}

/** name="x"; filename="y": quoted with backslashes, or bare. */
function parametersOf(head: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  const start = head.toLowerCase().indexOf('content-disposition:')
  if (start < 0) return parameters
  for (const [, name, quoted, bare] of head
    .slice(start)
    .matchAll(/;\s{0,8}([\w*-]{1,32})=(?:"((?:[^"\\\n]|\\.)*)"?|([^;\s]*))/g)) {
    if (!parameters.has(name!.toLowerCase()))
      parameters.set(name!.toLowerCase(), quoted?.replace(/\\(["\\])/g, '$1') ?? bare ?? '')
  }
  return parameters
}
