/**
 * `a=1&b[x]=2&c[]=3&a=4`: name-value pairs of queries and forms, and what the names mean.
 *
 *  - `p[x]=1` is ["p","hash","x"], `p[]=1` is ["p","array","0"], deeper brackets go on in the same way.
 *  - A name that comes again is an array, and its values joined by commas are `pollution`: servers pick the first, the
 *    last or the join.
 *  - Names are values too, at ["_name"].
 */
import type { Yield } from '#schemas/contracts/detector.ts'
import { decodeEscapes } from './unescape.ts'

/** Brackets of one name that are taken apart; the rest stays in the last key. */
const MAX_BRACKETS = 16

/**
 * Splits `text` at `separator`, decodes names and values once, and yields them below `prefix`. False when the budget was
 * spent. `read` decodes; default: percent escapes.
 */
export function yieldPairs(
  text: string,
  separator: '&' | ';',
  prefix: readonly string[],
  out: Yield,
  read: (sent: string) => string = sent => decodeEscapes(sent, separator === '&'),
): boolean {
  let equals = -1
  const groups = new Map<string, string[]>()
  for (let at = 0; at <= text.length; ) {
    const found = text.indexOf(separator, at)
    const end = found < 0 ? text.length : found
    const start = separator === ';' ? skipSpaces(text, at, end) : at
    at = end + 1
    if (start >= end) continue
    // Once there is none it is not looked for again.
    if (equals < start) equals = text.indexOf('=', start)
    if (equals < 0) equals = text.length
    const split = Math.min(equals, end)
    const sent = text.slice(start, split)
    const name = read(sent)
    const value = split === end ? '' : read(text.slice(split + 1, end))
    if (name.length > 1 && !out([...prefix, '_name'], name)) return false
    // A line break is a blank to needles: it shows in the name as it was sent.
    if (sent !== name && holdsBreak(name) && !out([...prefix, '_name'], sent)) return false
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [value])
    else group.push(value)
  }
  return yieldGroups(groups, prefix, out)
}

function holdsBreak(name: string): boolean {
  return name.includes('\n') || name.includes('\r')
}

/** Values by name, what the names mean included. False when the budget was spent. */
export function yieldGroups(
  groups: ReadonlyMap<string, readonly string[]>,
  prefix: readonly string[],
  out: Yield,
): boolean {
  for (const [name, group] of groups) {
    if (!yieldGroup([...prefix, ...pathOf(name)], group, out)) return false
  }
  return true
}

/** Values of one name; `path` ends with "array" when the name ends with empty brackets. */
function yieldGroup(path: readonly string[], group: readonly string[], out: Yield): boolean {
  const listed = path.at(-1) === 'array'
  if (group.length === 1 && !listed) return out(path, group[0]!)
  const base = listed ? path : [...path, 'array']
  for (const [i, value] of group.entries()) if (!out([...base, String(i)], value)) return false
  if (group.length === 1) return true
  return out([...base.slice(0, -1), 'pollution'], group.join(','))
}

/** `a[x][]` is ["a","hash","x","array"]. */
export function pathOf(name: string): readonly string[] {
  const open = name.indexOf('[')
  if (open <= 0 || !name.endsWith(']')) return [name]
  const path = [name.slice(0, open)]
  const keys = name.slice(open + 1, -1).split('][', MAX_BRACKETS)
  for (const [i, key] of keys.entries()) {
    if (key === '' && i === keys.length - 1) path.push('array')
    else path.push('hash', key)
  }
  return path
}

/**
 * Letters, digits and harmless punctuation only: nothing that any language would read as more than a name. More is said by points (a
 * class of Java), two underscores in a row (a lookup of Django), `proto` (JavaScript), and by digits among letters of both cases (base64).
 */
export function isPlainName(name: string): boolean {
  if (name.length > 128 || name.includes('proto') || name.includes('__')) return false
  let kinds = 0
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i)
    if (c > 127 || PLAIN[c] === 0) return false
    kinds |= PLAIN[c]!
  }
  return name.length < 6 || (kinds & ENCODED) !== ENCODED
}

/** Lower case, upper case and digits: all three make a name that may be an encoded one. */
const LOWER = 2
const UPPER = 4
const DIGIT = 8
const ENCODED = LOWER | UPPER | DIGIT

const PLAIN = new Uint8Array(128)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$@:-') PLAIN[char.charCodeAt(0)] = 1
for (let c = 0; c < 26; c++) {
  PLAIN[97 + c] = LOWER
  PLAIN[65 + c] = UPPER
  if (c < 10) PLAIN[48 + c] = DIGIT
}

function skipSpaces(text: string, at: number, end: number): number {
  while (at < end && text.charCodeAt(at) === 32) at++
  return at
}
