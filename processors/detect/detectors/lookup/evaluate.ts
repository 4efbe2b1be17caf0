/**
 * Lookups of Log4j and Commons Text, evaluated as these do it, innermost first:
 *
 *  lookup  = "${" body "}"         body may hold lookups
 *  body    = variable [ ":-" default ]
 *  variable = [ prefix ":" ] key
 *
 * A variable that nobody knows gives its default: `${::-j}` is `j`, `${env:X:-n}` is `n`. `lower:` and `upper:` give their keys,
 * `date:` the quoted letters of a pattern, `base64Decoder:` what it decodes to. Anything else gives nothing. What is given may be the
 * beginning of a lookup again: `${env:X:-${env:X:-$}{jndi:…}}`.
 */

export interface Lookup {
  /** Index of the dollar sign. */
  readonly start: number
  readonly end: number
  /** Evaluated: what the lookup asks for. */
  readonly body: string
  /** The lookup is not inside of another one. */
  readonly outermost: boolean
  /** How many lookups inside of it gave letters. */
  readonly hidden: number
}

/** A longer body is cut: no prefix and no host of a lookup needs more. */
const LONGEST = 512
/** Lookups inside of each other. */
const DEEPEST = 64
/** Lookups of one value. */
const MOST = 512

interface Frame {
  readonly start: number
  body: string
  hidden: number
}

/** Every lookup of the text, evaluated, inner ones first; one that is left open counts up to the end. Linear. */
export function lookupsOf(text: string): readonly Lookup[] {
  const lookups: Lookup[] = []
  const open: Frame[] = []
  const close = (end: number) => {
    const frame = open.pop()!
    const outer = open.at(-1)
    const { start, body, hidden } = frame
    lookups.push({ start, end, body, outermost: outer === undefined, hidden })
    const value = resolved(body)
    const again = value.indexOf('${')
    if (again >= 0) lookups.push({ start, end, body: value.slice(again + 2), outermost: false, hidden })
    if (outer === undefined) return
    if (outer.body.length + value.length <= LONGEST) outer.body += value
    outer.hidden += frame.hidden + (value === '' ? 0 : 1)
  }
  let from = text.indexOf('${')
  for (let i = from; i >= 0 && i < text.length && lookups.length < MOST; i++) {
    const c = text.charCodeAt(i)
    if (c === 36 && text.charCodeAt(i + 1) === 123 && open.length < DEEPEST) {
      open.push({ start: i, body: '', hidden: 0 })
      i++
    } else if (open.length > 0) {
      if (c === 125) close(i + 1)
      else if (open.at(-1)!.body.length < LONGEST) open.at(-1)!.body += text[i]!
    } else {
      from = text.indexOf('${', i)
      if (from < 0) break
      i = from - 1
    }
  }
  while (open.length > 0) close(text.length)
  return lookups
}

function resolved(body: string): string {
  const fallback = body.indexOf(':-')
  const variable = fallback < 0 ? body : body.slice(0, fallback)
  const [, prefix = '', key = ''] = /^\s*([a-z0-9]+)\s*:([\s\S]*)$/i.exec(variable) ?? []
  switch (prefix.toLowerCase()) {
    case 'lower':
      return key.toLowerCase()
    case 'upper':
      return key.toUpperCase()
    case 'date':
      return [...key.matchAll(/'([^']{0,64})'/g)].map(match => match[1]).join('')
    case 'base64':
    case 'base64decoder':
      return Buffer.from(key, 'base64').toString('latin1')
    case 'const':
      return ''
    default:
      return fallback < 0 ? '' : body.slice(fallback + 2)
  }
}
