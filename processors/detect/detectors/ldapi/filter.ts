/**
 * LDAP search filters (RFC 4515) as seen from inside of one:
 *
 *     filter     = "(" ( and / or / not / item ) ")"
 *     and, or    = ( "&" / "|" ) *filter          not = "!" filter
 *     item       = attr [ ":dn" ] [ ":" rule ] ( "=" / "~=" / ">=" / "<=" / ":=" ) assertion
 *     attr       = ( ALPHA *( ALPHA / DIGIT / "-" ) / oid ) *( ";" option )
 *
 * A value stands where `assertion` does. It cannot hold a parenthesis: one that closes the item and opens another filter
 * leaves its place.
 */

/** Longest attribute description and assertion that are read. */
const MAX_NAME = 80
const MAX_ASSERTION = 256

/** Longest text that can be a value before it leaves its place. */
export const MAX_VALUE = 160

const ITEM = new RegExp(`^[a-z0-9][\\w.;-]{0,${MAX_NAME}}(?::dn)?(?::[\\w.-]{1,${MAX_NAME}}:|:|~|<|>)?=`)

interface Opening {
  /** Index after what was recognised. */
  readonly end: number
  /** `(&`, `(uid=` … */
  readonly shows: string
  /** An operator that needs filters below it stands there. */
  readonly composed: boolean
}

/** The filter that opens at `at`, where blanks may stand first; null when none does. */
export function openingAt(lower: string, at: number): Opening | null {
  const open = skipBlanks(lower, at)
  if (lower[open] !== '(') return null
  const first = skipBlanks(lower, open + 1)
  const operator = lower[first]
  if (operator === '&' || operator === '|' || operator === '!') {
    const next = skipBlanks(lower, first + 1)
    const goesOn = next >= lower.length || lower[next] === '(' || lower[next] === ')' || itemAt(lower, next) !== null
    return goesOn ? { end: first + 1, shows: `(${operator}`, composed: true } : null
  }
  const item = itemAt(lower, first)
  return item === null ? null : { end: item, shows: `(${lower.slice(first, item)}`, composed: false }
}

/** Index after `attr=` at `at`, or null. */
function itemAt(lower: string, at: number): number | null {
  const found = ITEM.exec(lower.slice(at, at + 2 * MAX_NAME + 8))
  return found === null ? null : at + found[0].length
}

/** Is the whole text one well-formed filter? How many items it has, 0 when it is none. */
export function itemsOfWhole(lower: string): number {
  let depth = 0
  let items = 0
  for (let at = skipBlanks(lower, 0); at < lower.length; at = skipBlanks(lower, at)) {
    if (lower[at] === ')') {
      if (--depth < 0) return 0
      at++
      continue
    }
    if (depth === 0 && items > 0) return 0
    const opening = openingAt(lower, at)
    if (opening === null) return 0
    depth++
    at = opening.end
    if (opening.composed) continue
    items++
    const most = Math.min(lower.length, at + MAX_ASSERTION)
    while (at < most && lower[at] !== ')' && lower[at] !== '(') at++
    if (lower[at] !== ')') return 0
  }
  return depth === 0 ? items : 0
}

export function skipBlanks(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) <= 32 && text.charCodeAt(at) !== 0) at++
  return at
}
