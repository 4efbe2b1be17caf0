/**
 * Fields that say how long a message is, written so that some servers see them and others do not:
 *
 *   a name that becomes one when a server forgives it     `Transfer-Encoding :`  `\x0bContent-Length:`  `Transfer_Encoding:`
 *   a line that is one when a server does not fold        `X: y CRLF SP Transfer-Encoding: chunked`
 *   a value in which one begins for who ends lines at CR  `X: y CR Content-Length: 5`
 *   a value that begins in the next line                  `Content-Length: CRLF SP 5`
 */

import { isToken } from './start-line.ts'

/** `text` from `at` to `next` is a field with its folded lines; `name` is its name as read. */
export function hidesFraming(text: string, at: number, next: number, name: string): boolean {
  const colon = at + name.length
  const lineEnd = text.indexOf('\n', at)
  const folded = lineEnd >= 0 && lineEnd + 1 < next
  if (isFraming(name)) {
    if (folded || text.charCodeAt(colon) !== 58) return true
    const cr = text.indexOf('\r', colon)
    return cr >= 0 && cr < next && text.charCodeAt(cr + 1) !== 10
  }
  if (isNearFraming(name)) return true
  const cr = text.indexOf('\r', at)
  if (!folded && (cr < 0 || cr >= next || text.charCodeAt(cr + 1) === 10)) return false
  return INSIDE.test(text.slice(at, next))
}

/** At the beginning of what could be a line. */
const INSIDE = /[\r\n][ \t]{0,16}(?:content-length|transfer-encoding)[ \t]{0,16}:/i

function isFraming(name: string): boolean {
  if (name.length !== 14 && name.length !== 17) return false
  const lower = name.toLowerCase()
  return lower === 'content-length' || lower === 'transfer-encoding'
}

/** Longest name that is looked at: tricks add a byte or two. */
const LONGEST = 32

/** No name at all, but one of them without its odd characters. (`pick` knows those with an underscore.) */
function isNearFraming(name: string): boolean {
  if (name.length < 14 || name.length > LONGEST || isToken(name)) return false
  const letters = name.replace(/[^a-z]/gi, '').toLowerCase()
  return letters === 'contentlength' || letters === 'transferencoding'
}
