/** How far a path climbs above where it starts. */

export interface Climb {
  /** Levels above the start at the highest point of the way. */
  readonly levels: number
  /** A spelling of dot-dot that a server undoes after its filter looked; null when plain. */
  readonly trick: string | null
  /** Part of a longer text, not the value as a whole. */
  readonly quoted: boolean
  /** Where the climb begins, and the path it belongs to. */
  readonly at: number
  readonly path: string
}

/** What ends a path in running text, and what parts a URL behind its path. */
const PATH_BREAK = /[\s"'<>|*(){}[\],`?#&=]/g

/** Levels that are of interest in running text, where a relative path belongs to some document. */
const STEEP_IN_TEXT = 4

/**
 * `..` again and again with the same thing between that only old decoders make a slash of: broken or private characters, escapes that are
 * none (`..%bg%qf`), or a line break before a slash.
 */
const BROKEN_SLASHES =
  /\.\.([^.]{0,11}[^.\0-\x20!-$&-~\u2215\u2216\uff0f\uff3c][^.]{0,3}|%[^.]{1,11}|[\0-\x1f]{1,4}[/\\])\.\.\1(?:\.\.\1|\w)/

/** How far into a value that is looked for: it is dear. */
const BROKEN_WITHIN = 2048

/** Looks at every path in `lower`; the steepest counts, and one that hides before all others. Null when nothing climbs. */
export function climbOf(lower: string): Climb | null {
  const broken = BROKEN_SLASHES.exec(lower.length > BROKEN_WITHIN ? lower.slice(0, BROKEN_WITHIN) : lower)
  if (broken !== null) {
    const [trick] = broken
    return { levels: 2, trick: trick.slice(0, 64), quoted: false, at: broken.index, path: trick }
  }
  let best: Climb | null = null
  let start = 0
  let quoted = false
  const look = (end: number) => {
    const path = end - start === lower.length ? lower : lower.slice(start, end)
    const climb = path.includes('..') || path.includes('0x2e') ? climbOfPath(path, start, quoted) : null
    if (climb === null) return
    if (climb.quoted && climb.trick === null && climb.levels < STEEP_IN_TEXT) return
    if (best === null || rank(climb) > rank(best)) best = climb
  }
  for (const { 0: mark, index } of lower.matchAll(PATH_BREAK)) {
    look(index)
    start = index + 1
    // Before `=` stands a name, before `?` and behind `#` stands a path of a URL: still the value as a whole.
    if (!'?#&='.includes(mark)) quoted = true
  }
  look(lower.length)
  return best
}

function rank({ levels, trick }: Climb): number {
  return trick === null ? levels : levels + 1000
}

/** Digits of the characters that paths are made of: `0x2e0x2e0x2f`. */
const HEX = /0x(2e|2f|5c)/g

/**
 *  segment = `..`                       up
 *          | `..;x`                     up: Tomcat drops path parameters
 *          | `..` followed by blanks, control characters or broken UTF-8 (`..%00/`, `..%c0%2f`)   up: Windows and old decoders drop them
 *          | 3 to 8 dots                up where a filter deletes `../` once (`....//`), but also how people leave out a part
 *          | `0x2e0x2e`                 up
 */
function climbOfPath(sent: string, offset: number, quoted: boolean): Climb | null {
  const path = sent.includes('0x') ? sent.replace(HEX, hexChar) : sent
  const isHex = path.length !== sent.length
  let depth = 0
  let lowest = 0
  let from = -1
  let trick: string | null = isHex && path.includes('..') ? sent.slice(0, 64) : null
  let leftOut = 0
  for (let at = 0; at < path.length; ) {
    const next = nextSlash(path, at)
    const segment = path.slice(at, Math.min(next, at + 64))
    const isFolder = next < path.length
    at = next + 1
    if (segment === '' || segment === '.') continue
    const isUp = segment === '..'
    // Its parameters may hold what ends a path elsewhere.
    const hides = HIDDEN.test(segment) && (isFolder || (segment.startsWith('..;') && next > segment.length))
    const dots = isFolder && DOTS.test(segment)
    if (!isUp && !hides && !dots) {
      depth++
      continue
    }
    if (from < 0) from = next - segment.length
    if (hides) trick ??= path.slice(next - segment.length, next + 1)
    // `....//` is what a filter makes `../` of.
    if (dots && (++leftOut > 1 || (segment.length > 3 && isSlash(path.charCodeAt(next + 1)))))
      trick ??= path.slice(next - segment.length, next + 1)
    depth--
    lowest = Math.min(lowest, depth)
  }
  if (from < 0 || (trick === null && (lowest === 0 || leftOut > 0))) return null
  return { levels: -lowest, trick, quoted, at: offset + (isHex ? 0 : from), path: sent }
}

const HIDDEN = /^\.\.(?:;.*|[\s\0-\x1f\x7f-\xff]{1,8}|\\x5c)$|^\.[\0-\x1f]{1,4}\.$/
const DOTS = /^\.{3,8}[\s\0-\x1f]{0,8}$/

function hexChar(_match: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16))
}

function nextSlash(path: string, at: number): number {
  for (let i = at; i < path.length; i++) if (isSlash(path.charCodeAt(i))) return i
  return path.length
}

/** Slashes, and what Windows makes slashes of when it maps to an 8-bit charset. */
function isSlash(c: number): boolean {
  return c === 47 || c === 92 || c === 0x2215 || c === 0x2216 || c === 0xff0f || c === 0xff3c
}
