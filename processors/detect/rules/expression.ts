/**
 * Regular expressions of rules: RE2 syntax, matched in time linear in the text by construction, because the texts are written
 * by attackers and the expressions by anybody. No lookaround and no back-references: that is what linear time costs.
 */
import { RE2JS } from 're2js'

/** Longest expression, and most instructions it may compile to: `(a{1000}){1000}` is short too. */
const MAX_CHARACTERS = 2048
const MAX_INSTRUCTIONS = 5000

/** Where it matches first, from (inclusive) to (exclusive), or null. */
export type Find = (text: string) => readonly [from: number, to: number] | null

export interface Expression {
  readonly source: string
  /** Instructions: what a character costs at worst. */
  readonly size: number
  readonly test: (text: string) => boolean
  readonly find: Find
}

/** What is wrong with it; null when nothing is. */
export function expressionProblem(source: string): string | null {
  if (source.length > MAX_CHARACTERS) return `longer than ${MAX_CHARACTERS} characters`
  try {
    if (/\(\?<?[=!]/.test(source)) return 'lookaround cannot be matched in linear time'
    return RE2JS.compile(source).programSize() > MAX_INSTRUCTIONS ? 'it is too large: repeat less' : null
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return message.replace(/^error parsing regexp: /, '').slice(0, 200)
  }
}

/** Throws when `expressionProblem` finds something. */
export function compileExpression(source: string): Expression {
  const compiled = RE2JS.compile(source)
  return {
    source,
    size: compiled.programSize(),
    test: text => compiled.test(text),
    find: text => {
      const matcher = compiled.matcher(text)
      return matcher.find() ? [matcher.start(), matcher.end()] : null
    },
  }
}
