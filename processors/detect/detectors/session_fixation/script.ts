/** Script or markup that sets a cookie. */
export interface CookieScript {
  readonly at: number
  readonly shows: string
}

/** Longer values with line breaks are listings that somebody pasted. */
const LONGEST = 1024

/**
 *  script = `document.cookie` `=` | `.cookie` … `;` (`expires` | `domain` | `path` | `max-age`) `=`
 *  markup = `<meta … http-equiv = "set-cookie"`
 */
const SCRIPT =
  /(?:document|window|self|top|this)\s{0,4}(?:\.|\[\s{0,4}["'`])\s{0,4}cookie["'`\]\s]{0,6}=(?!=)|\.cookie\b[^\n]{0,256}?;\W{0,8}(?:expires|domain|path|max-age)\W{0,8}=/
const MARKUP = /\bhttp-equiv\W{1,8}set-cookie\b/

/** In `lower`. Null in prose and in pasted code, where it is talked about. */
export function cookieScript(lower: string): CookieScript | null {
  if (!lower.includes('cookie') || lower.length > LONGEST || isProse(lower)) return null
  const found = MARKUP.exec(lower) ?? SCRIPT.exec(lower)
  return found === null ? null : { at: found.index, shows: found[0].slice(0, 128) }
}

/** Several words that are no code, or several lines. */
function isProse(lower: string): boolean {
  const words = lower.match(/(?:^|[ (])\p{L}{2,24}(?=[ ,.!?])/gu)
  return (words !== null && words.length > 4) || lower.split('\n', 5).length > 4
}
