/** How far a path climbs above where it starts. */

export interface Climb {
  /** Levels above the start at the highest point of the way. */
  readonly levels: number
  /** Starts at the root of the site: one level up is already outside. */
  readonly absolute: boolean
  /** A spelling of dot-dot that a server undoes after its filter looked, in words; null when plain. */
  readonly trick: string | null
  readonly evidence: string
}

/** Path characters: what may stand between the slashes of one path in running text. */
const PATH_BREAK = /[\s"'<>|*(){}[\],`]/

/** Looks at every path in `lower`; the steepest counts. Null when nothing climbs. */
export function climbOf(lower: string, isWholePath: boolean): Climb | null {
  if (isWholePath) return climbOfPath(lower, true)
  if (!PATH_BREAK.test(lower)) return climbOfPath(lower, false)
  let best: Climb | null = null
  for (const piece of lower.split(PATH_BREAK)) {
    if (!piece.includes('.')) continue
    const climb = climbOfPath(piece, false)
    // In running text a relative path belongs to some document: only what climbs far or hides is of interest.
    if (climb === null || (climb.trick === null && climb.levels < 4)) continue
    if (best === null || climb.levels > best.levels || best.trick === null) best = climb
  }
  return best
}

function climbOfPath(path: string, absolute: boolean): Climb | null {
  const end = path.search(/[?#\0]/)
  const cut = end < 0 ? path : path.slice(0, end)
  let depth = 0
  let lowest = 0
  let trick: string | null = null
  let from = -1
  for (let at = 0; at <= cut.length; ) {
    const next = nextSlash(cut, at)
    const step = stepOf(cut.slice(at, next), next < cut.length)
    if (step === 'up' || step === 'up-hidden') {
      depth--
      if (from < 0) from = at
      if (step === 'up-hidden') trick ??= JSON.stringify(cut.slice(at, next + 1))
    } else if (step === 'down') depth++
    lowest = Math.min(lowest, depth)
    at = next + 1
  }
  if (from < 0 || (lowest === 0 && trick === null)) return null
  return { levels: -lowest, absolute, trick, evidence: path.slice(Math.max(0, from - 64), from + 192) }
}

function nextSlash(path: string, at: number): number {
  for (let i = at; i < path.length; i++) {
    const c = path.charCodeAt(i)
    if (c === 47 || c === 92) return i
  }
  return path.length
}

/**
 * `..` goes up. Hidden forms: `..;x` (Tomcat drops path parameters), three or more dots (`....//` becomes `../` where a
 * filter deletes `../` once), `.` and `..` with spaces or control characters (Windows drops them), `0x2e0x2e`.
 */
function stepOf(segment: string, isFolder: boolean): 'up' | 'up-hidden' | 'down' | 'stay' {
  if (segment === '' || segment === '.') return 'stay'
  if (segment === '..') return 'up'
  if (!isFolder) return 'down'
  if (segment.startsWith('..;')) return 'up-hidden'
  if (/^(?:0x2e){1,4}$/.test(segment)) return 'up-hidden'
  if (/^\.{2,8}[\s\0-\x1f]{1,8}$/.test(segment)) return 'up-hidden'
  if (/^\.{3,8}$/.test(segment)) return 'up-hidden'
  return 'down'
}
