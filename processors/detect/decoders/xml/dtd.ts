/**
 * Document types (XML 1.0 §2.8, §4.2), leniently:
 *
 *   doctypedecl = "<!DOCTYPE" name [ external ] [ "[" *( declaration / "%" name ";" ) "]" ] ">"
 *   EntityDecl  = "<!ENTITY" [ "%" ] name ( literal / external [ "NDATA" name ] ) ">"
 *   external    = "SYSTEM" literal / "PUBLIC" literal [ literal ]
 *
 * Nothing is fetched. What parameter entities stand for is read as declarations too, since building an `<!ENTITY` out of
 * pieces is how it is hidden.
 */
import { decodeEntities } from '../../text/entities.ts'
import type { EntityTable } from './entities.ts'

/** Entities of one document: more are not kept. */
const MOST = 1000
/** Parameter entities in each other. */
const DEEPEST = 8
/** Characters of declarations that parameter entities bring in. */
const MOST_INCLUDED = 64 * 1024

const NAME = /[^\s"'<>&;%[\]]{1,256}/y

export interface EntityDeclaration {
  readonly name: string
  /** Its text, references to characters decoded; of an external one its address. */
  readonly value: string
}

/** Index behind the document type that begins at `at`, or -1 when it does not end. Quotes and comments hide brackets. */
export function endOfDoctype(text: string, at: number): number {
  let inside = false
  for (let i = at + 2; i < text.length; i++) {
    const c = text[i]!
    if (c === '[') inside = true
    else if (c === ']') inside = false
    else if (c === '>' && !inside) return i + 1
    else if (c === '"' || c === "'") i = closing(text, c, i)
    else if (c === '<' && text.startsWith('<!--', i)) i = closing(text, '-->', i + 3)
  }
  return -1
}

/** Reads the declarations of entities out of a document type, into the table of those that text can refer to. */
export class DoctypeReader {
  readonly declared: EntityDeclaration[] = []
  readonly #table: EntityTable
  readonly #parameters = new Map<string, string>()
  #included = 0

  constructor(table: EntityTable) {
    this.#table = table
  }

  read(text: string, depth = 0): void {
    for (let at = 0; at < text.length && this.declared.length < MOST; ) {
      const next = /<!--|<!ENTITY|%/gi
      next.lastIndex = at
      const found = next.exec(text)
      if (found === null) return
      if (found[0] === '<!--') at = closing(text, '-->', found.index + 3) + 1
      else if (found[0] === '%') at = this.#include(text, found.index + 1, depth)
      else at = this.#entity(text, found.index + found[0].length)
    }
  }

  /** `%name;` between declarations. Returns where to go on. */
  #include(text: string, at: number, depth: number): number {
    const name = nameAt(text, at)
    if (name === null || text[at + name.length] !== ';') return at
    const value = this.#parameters.get(name)
    if (value !== undefined && depth < DEEPEST && (this.#included += value.length) <= MOST_INCLUDED)
      this.read(value, depth + 1)
    return at + name.length + 1
  }

  /** Behind `<!ENTITY`. Returns where to go on. */
  #entity(text: string, start: number): number {
    const percent = /^\s{1,64}%\s/.exec(text.slice(start, start + 66))
    let at = skipBlanks(text, start + (percent?.[0].length ?? 0))
    const name = nameAt(text, at)
    if (name === null) return at
    at = skipBlanks(text, at + name.length)
    const external = /^(?:SYSTEM|PUBLIC)/i.exec(text.slice(at, at + 6))
    let literal = literalAt(text, skipBlanks(text, at + (external?.[0].length ?? 0)))
    if (literal === null) return at
    if (external?.[0].toUpperCase() === 'PUBLIC') literal = literalAt(text, skipBlanks(text, literal.end)) ?? literal
    this.#declare(name, literal.text, percent !== null, external !== null)
    return literal.end
  }

  #declare(name: string, literal: string, parameter: boolean, external: boolean): void {
    const value = decodeEntities(external ? literal : this.#withParameters(literal))
    this.declared.push({ name, value })
    if (parameter) {
      // What an external one brings is not known.
      if (!external && !this.#parameters.has(name)) this.#parameters.set(name, value)
    } else this.#table.declare(name, value)
  }

  /** Parameter entities in the value of another one, one level: they were replaced in theirs. */
  #withParameters(literal: string): string {
    if (!literal.includes('%') || this.#included > MOST_INCLUDED) return literal
    return literal.replace(/%([^\s"'<>&;%[\]]{1,256});/g, (whole, name: string) => {
      const value = this.#parameters.get(name)
      if (value === undefined || (this.#included += value.length) > MOST_INCLUDED) return whole
      return value
    })
  }
}

function nameAt(text: string, at: number): string | null {
  NAME.lastIndex = at
  return NAME.exec(text)?.[0] ?? null
}

function literalAt(text: string, at: number): { readonly text: string; readonly end: number } | null {
  const quote = text[at]
  if (quote !== '"' && quote !== "'") return null
  const end = closing(text, quote, at)
  return { text: text.slice(at + 1, end), end: end + 1 }
}

/** Index of the last character of the next `close` behind `at`; the end when there is none. */
function closing(text: string, close: string, at: number): number {
  const found = text.indexOf(close, at + 1)
  return found < 0 ? text.length : found + close.length - 1
}

function skipBlanks(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) <= 32) at++
  return at
}
