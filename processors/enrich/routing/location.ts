/**
 * Paths of routes, with the modifiers and priorities of NGINX's `location`:
 *
 *   location = [ modifier ] *SP text
 *   modifier = "="     the path is the text
 *            / "^~"    the path begins with the text; where it is the longest beginning, no pattern is asked
 *            / "~"     the pattern (RE2) matches somewhere in the path
 *            / "~*"    the same, upper and lower case alike
 *            / none    the path begins with the text
 *
 * First the exact text, then the longest beginning is remembered. Unless that one is `^~`, patterns are tried in the order of
 * the file, and the first that matches wins over it.
 */
import { problemOf } from './pattern.ts'

export type Modifier = '=' | '^~' | '~' | '~*' | ''

export interface Location {
  readonly modifier: Modifier
  readonly text: string
}

/** `~*` and `^~` before `~`. */
const GRAMMAR = /^(=|\^~|~\*|~)?[ \t]*([\s\S]*)$/
export const LONGEST_LOCATION = 4096

export function parseLocation(written: string): Location {
  const [, modifier = '', text = ''] = GRAMMAR.exec(written) ?? []
  return { modifier: modifier as Modifier, text }
}

/** What is wrong with it; null when nothing is. */
export function locationProblem(written: string): string | null {
  const { modifier, text } = parseLocation(written)
  if (text === '') return 'there is nothing to compare the path with'
  if (modifier !== '~' && modifier !== '~*') return null
  const problem = problemOf(text)
  return problem === null ? null : `no regular expression in RE2 syntax: ${problem}`
}

/** One spelling per location, to find those that are listed twice. */
export function sameLocation({ modifier, text }: Location): string {
  return `${modifier === '^~' ? '' : modifier} ${text}`
}
