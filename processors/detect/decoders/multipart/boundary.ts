/**
 * dash-boundary = "--" boundary (RFC 2046 §5.1.1). Which boundary it is says the header; servers disagree when it says so
 * twice, in odd quotes or not at all, and some take the first line of the body for it.
 */
import { parametersOf } from '../../text/parameters.ts'

/** Longest boundary (RFC 2046 §5.1.1: 70 characters), leniently. */
const MAX_BOUNDARY = 200
/** A body is read by so many boundaries at most. */
const MOST_READINGS = 3

export interface Boundaries {
  /** Those that occur in the body, most likely first. */
  readonly used: readonly string[]
  /** Those that the header names, without duplicates. */
  readonly named: readonly string[]
}

/** `type`: the content type as sent. */
export function boundariesOf(type: string, text: string): Boundaries {
  const named = new Set<string>()
  for (const { name, value } of parametersOf(type)) {
    if (name === 'boundary' && value !== '' && value.length <= MAX_BOUNDARY) named.add(value)
  }
  const candidates = new Set(named)
  // PHP ends an unquoted boundary at a comma too, others at a blank.
  for (const value of named) if (/[,\s]/.test(value)) candidates.add(value.split(/[,\s]/, 1)[0]!)
  const used = [...candidates].filter(value => value !== '' && occurs(text, value))
  const first = firstLine(text)
  if (first !== null && !used.includes(first)) used.push(first)
  return { used: used.slice(0, MOST_READINGS), named: [...named] }
}

/** What the first line that begins with two dashes makes the boundary, when a part's header follows or nothing else is known. */
function firstLine(text: string): string | null {
  const at = text.startsWith('--') ? 0 : text.indexOf('\n--') + 1
  const end = text.indexOf('\n', at)
  if (!text.startsWith('--', at) || end < 0 || end - at > MAX_BOUNDARY) return null
  const boundary = text.slice(at + 2, end).trimEnd()
  return boundary === '' ? null : boundary
}

function occurs(text: string, boundary: string): boolean {
  return text.startsWith(`--${boundary}`) || text.includes(`\n--${boundary}`)
}
