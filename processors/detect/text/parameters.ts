/**
 * parameters = *( ";" [ name "=" ( token / quoted-string ) ] ), as in Content-Type and Content-Disposition (RFC 9110 §5.6.6,
 * RFC 2183 §2), read leniently: blanks anywhere, single quotes, quotes that do not close, backslashes before quotes only
 * (browsers send `C:\path` as it is). `name*=charset'language'text` and `name*0=…; name*1=…` are RFC 2231.
 */
import { textIn } from './charset.ts'
import { percentBytes } from './octets.ts'

/** More of them are not read. */
const MOST = 64

export interface Parameter {
  /** In lower case, without the asterisk and the number of RFC 2231. */
  readonly name: string
  readonly value: string
  /** As RFC 2231 writes it: in another charset, or in pieces. */
  readonly extended: boolean
}

/** The parameters of a field value in their order, from the first semicolon on. */
export function parametersOf(text: string): readonly Parameter[] {
  const found: Parameter[] = []
  const pieces = new Map<string, string[]>()
  let at = text.indexOf(';')
  for (let count = 0; at >= 0 && count < MOST; count++) {
    const end = endOf(text, at + 1)
    const sent = text.slice(at + 1, end)
    at = end < text.length ? end : -1
    const equals = sent.indexOf('=')
    if (equals < 0) continue
    const key = /^([^*]{1,64})(\*\d{1,3})?(\*)?$/.exec(sent.slice(0, equals).trim().toLowerCase())
    if (key === null) continue
    const value = key[3] === undefined ? unquoted(sent.slice(equals + 1).trim()) : extendedText(sent.slice(equals + 1))
    if (key[2] === undefined) found.push({ name: key[1]!, value, extended: key[3] !== undefined })
    else pieces.set(key[1]!, [...(pieces.get(key[1]!) ?? []), value])
  }
  for (const [name, values] of pieces) found.push({ name, value: values.join(''), extended: true })
  return found
}

/** Index of the semicolon that ends the parameter at `at`, or the length; semicolons in quotes do not. */
function endOf(text: string, at: number): number {
  const equals = text.indexOf('=', at)
  const semicolon = text.indexOf(';', at)
  if (semicolon < 0) return text.length
  if (equals < 0 || equals > semicolon) return semicolon
  let i = equals + 1
  while (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9) i++
  const quote = text[i]
  if (quote !== '"' && quote !== "'") return semicolon
  for (i++; i < text.length; i++) {
    if (text[i] === '\\' && text[i + 1] === quote) i++
    else if (text[i] === quote) break
  }
  const end = i < text.length ? text.indexOf(';', i) : -1
  return end < 0 ? text.length : end
}

function unquoted(value: string): string {
  const quote = value[0]
  if (quote !== '"' && quote !== "'") return value
  const inner = value.endsWith(quote) && value.length > 1 ? value.slice(1, -1) : value.slice(1)
  return inner.replace(/\\(["'\\])/g, '$1')
}

/** `UTF-8''na%C3%AFve`; without the two apostrophes a piece that goes on. */
function extendedText(value: string): string {
  const parts = /^\s*([\w.:-]{0,40})'[^']{0,40}'/.exec(value)
  const bytes = percentBytes(value.slice(parts?.[0].length ?? 0).trim(), false)
  return textIn(parts?.[1]?.toLowerCase() || 'utf-8', bytes) ?? bytes.toString('latin1')
}
