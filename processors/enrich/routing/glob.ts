/**
 * Host patterns, as Go's path.Match reads them; the whole host must match.
 *
 *   pattern = *term
 *   term    = "*"                          any characters except "/"
 *           / "?"                          one character except "/"
 *           / "[" [ "^" ] 1*range "]"      one character of the class, or none of it
 *           / "\" char / char
 *   range   = ( char / "\" char ) [ "-" ( char / "\" char ) ]
 *
 * They become RE2 patterns: linear however many stars there are.
 */
import { compilePattern, problemOf, type Test } from './pattern.ts'

/** What is wrong with the pattern; null when nothing is. */
export function globProblem(glob: string): string | null {
  const translated = translate(glob)
  return typeof translated === 'string' ? problemOf(translated) : translated.problem
}

/** Throws when `globProblem` finds something. */
export function compileGlob(glob: string): Test {
  const translated = translate(glob)
  if (typeof translated !== 'string') throw new RangeError(`${glob}: ${translated.problem}`)
  return compilePattern(translated)
}

/** Are there characters with a meaning? */
export function isGlob(text: string): boolean {
  return /[*?[\\]/.test(text)
}

function translate(glob: string): string | { readonly problem: string } {
  let out = ''
  for (let at = 0; at < glob.length; ) {
    const char = glob[at]!
    if (char === '[') {
      const read = readClass(glob, at + 1)
      if (read === null) return { problem: `the "[" at character ${at + 1} begins no class of characters` }
      out += read.text
      at = read.end
      continue
    }
    if (char === '\\' && at + 1 === glob.length) return { problem: 'it ends with a backslash' }
    if (char === '*') out += '[^/]*'
    else if (char === '?') out += '[^/]'
    else out += quoted(char === '\\' ? glob[++at]! : char)
    at++
  }
  return `^(?s:${out})$`
}

/** `at`: behind the opening bracket. */
function readClass(glob: string, at: number): { readonly text: string; readonly end: number } | null {
  const negated = glob[at] === '^'
  if (negated) at++
  let ranges = ''
  while (at < glob.length && (glob[at] !== ']' || ranges === '')) {
    const low = readChar(glob, at)
    if (low === null) return null
    at = low.end
    let high = low
    if (glob[at] === '-') {
      const read = readChar(glob, at + 1)
      if (read === null) return null
      high = read
      at = read.end
    }
    if (low.char > high.char) return null
    ranges += `${quoted(low.char)}-${quoted(high.char)}`
  }
  return glob[at] === ']' ? { text: `[${negated ? '^' : ''}${ranges}]`, end: at + 1 } : null
}

/** One character of a class: "-" and "]" must be escaped. */
function readChar(glob: string, at: number): { readonly char: string; readonly end: number } | null {
  const char = glob[at]
  if (char === undefined || char === '-' || char === ']') return null
  if (char !== '\\') return { char, end: at + 1 }
  const escaped = glob[at + 1]
  return escaped === undefined ? null : { char: escaped, end: at + 2 }
}

/** By code unit, so that no character means anything to RE2. */
function quoted(char: string): string {
  return /^[a-z0-9_]$/i.test(char) ? char : `\\x{${char.charCodeAt(0).toString(16)}}`
}
