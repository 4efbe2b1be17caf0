/** A cookie's value as frameworks hand it on. */
import { decodeEscapes } from './unescape.ts'

/**
 * Percent escapes once; quotes around it taken off, and in them backslashes before characters and octal numbers of bytes
 * (RFC 2109 §4.1, as Python and Tomcat read it: `\047` is an apostrophe); `j:` in front of JSON (Express) taken off.
 */
export function cookieText(sent: string): string {
  const text = decodeEscapes(isQuoted(sent) ? unquoted(sent) : sent, false)
  return text.startsWith('j:{') || text.startsWith('j:[') ? text.slice(2) : text
}

function isQuoted(text: string): boolean {
  return text.length > 1 && text.charCodeAt(0) === 34 && text.charCodeAt(text.length - 1) === 34
}

function unquoted(text: string): string {
  const inner = text.slice(1, -1)
  if (!inner.includes('\\')) return inner
  return inner.replace(/\\(?:([0-3][0-7]{2})|([\s\S]))/g, (_, octal: string | undefined, char: string) =>
    octal === undefined ? char : String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
