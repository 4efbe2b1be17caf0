/**
 * Regular expressions that users write: RE2 syntax, matched in time linear in the text whatever the pattern, because the
 * text is written by attackers. No lookaround and no back-references: that is what linear time costs.
 */
import { RE2JS, RE2Set } from 're2js'
import { z } from 'zod'

/** Longest pattern, and most instructions it may compile to: `(a{1000}){1000}` is short too. */
const MAX_CHARACTERS = 4096
const MAX_INSTRUCTIONS = 20_000

/** Does it match somewhere in the text? Anchors are the pattern's own. */
export type Test = (text: string) => boolean

/** What is wrong with the pattern; null when nothing is. */
export function problemOf(pattern: string): string | null {
  if (pattern.length > MAX_CHARACTERS) return `longer than ${MAX_CHARACTERS} characters`
  try {
    const size = RE2JS.compile(pattern).programSize()
    return size > MAX_INSTRUCTIONS ? 'it is too large: repeat less' : null
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return message.replace(/^error parsing regexp: /, '').slice(0, 200)
  }
}

/** Throws when `problemOf` finds something. */
export function compilePattern(pattern: string, { ignoreCase = false } = {}): Test {
  const compiled = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
  return text => compiled.test(text)
}

/** Instructions that it compiles to; 0 when `problemOf` finds something. */
export function sizeOf(pattern: string): number {
  return problemOf(pattern) === null ? RE2JS.compile(pattern).programSize() : 0
}

export interface Choice {
  readonly pattern: string
  readonly ignoreCase: boolean
}

/** From so many patterns on, one automaton for all of them is faster than one each (measured: 10 times with 50). */
const WORTH_SET = 8

/** The first of the patterns that matches: its index, or -1. */
export function compileFirst(choices: readonly Choice[]): (text: string) => number {
  if (choices.length < WORTH_SET) {
    const tests = choices.map(({ pattern, ignoreCase }) => compilePattern(pattern, { ignoreCase }))
    return text => tests.findIndex(matches => matches(text))
  }
  const set = new RE2Set(RE2Set.UNANCHORED)
  for (const { pattern, ignoreCase } of choices) set.add(ignoreCase ? `(?i)${pattern}` : pattern)
  set.compile()
  return text => set.match(text).reduce((first, index) => (first < 0 || index < first ? index : first), -1)
}

/** A pattern in configuration. */
export function pattern(): z.ZodString {
  return z.string().superRefine((text, ctx) => {
    const problem = problemOf(text)
    if (problem !== null) ctx.addIssue({ code: 'custom', message: `no regular expression in RE2 syntax: ${problem}` })
  })
}
