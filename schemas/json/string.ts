/** JSON string literals, quotes included. The same text as `JSON.stringify(text)`, faster for the usual ones. */

/** What JSON.stringify escapes: quote, backslash, controls, lone surrogates. */
const ODD = /["\\\u0000-\u001f\ud800-\udfff]/

/** True when the literal of `text` is more than `text` between quotes. A pair of surrogates counts, though it is not. */
export function needsEscape(text: string): boolean {
  return ODD.test(text)
}

export function jsonString(text: string): string {
  return ODD.test(text) ? JSON.stringify(text) : `"${text}"`
}

/** `["a","b"]` */
export function jsonStrings(texts: readonly string[]): string {
  if (texts.length === 0) return '[]'
  let json = `[${jsonString(texts[0]!)}`
  for (let i = 1; i < texts.length; i++) json += `,${jsonString(texts[i]!)}`
  return `${json}]`
}
