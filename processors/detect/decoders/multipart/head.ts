/** The header fields of a part, RFC 7578 §4.2 and RFC 2045 §3, folded lines unfolded. */
import { parametersOf } from '../../text/parameters.ts'

/** Longest header block of a part. */
const MAX_HEAD = 8192

export interface Head {
  /** In upper case, without what does not belong into a name. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Different names that its dispositions give it, in their order. Empty: it has none. */
  readonly names: readonly string[]
  /** Different names of its file. */
  readonly files: readonly string[]
  readonly dispositions: number
  /** The first field with a control character, or with blanks or other characters in its name that no name has. */
  readonly odd: string | null
}

export interface Part {
  readonly head: Head
  readonly content: string
}

/** Null when the part has no header: then all of it is content. */
export function partOf(text: string): Part | null {
  const blank = /^\r?\n|\r?\n\r?\n/.exec(text.slice(0, MAX_HEAD))
  if (blank === null) return null
  return { head: headOf(text.slice(0, blank.index)), content: text.slice(blank.index + blank[0].length) }
}

function headOf(text: string): Head {
  const fields: [string, string][] = []
  let odd: string | null = null
  const unfolded = /\n[ \t]/.test(text) ? text.replace(/\r?\n[ \t]+/g, ' ') : text
  for (const line of unfolded.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (isOdd(line, colon)) odd ??= line
    if (colon < 0) continue
    const name = line.slice(0, colon).replace(/[^!-~]/g, '')
    if (name !== '') fields.push([name.toUpperCase(), line.slice(colon + 1).trim()])
  }
  const names = new Set<string>()
  const files = new Set<string>()
  let dispositions = 0
  for (const [field, value] of fields) {
    if (field !== 'CONTENT-DISPOSITION') continue
    dispositions++
    for (const { name, value: given } of parametersOf(value)) {
      if (name === 'name') names.add(given)
      if (name === 'filename') files.add(given)
    }
  }
  return { fields, names: [...names], files: [...files], dispositions, odd }
}

/**
 * A control character anywhere, or in the name what is no visible ASCII. Blanks before the colon are common mistakes, and lines
 * that name no field of a part are content whose header is missing.
 */
function isOdd(line: string, colon: number): boolean {
  const name = line.slice(0, Math.max(colon, 0)).trimEnd()
  if (!/^(?:content-|x-|mime-)/i.test(name.replace(/[^!-~]/g, ''))) return false
  return /[\0-\x08\x0b-\x1f\x7f]/.test(line) || /[^!-~]/.test(name)
}
