/**
 * What a document type declares, and where it ends:
 *
 *   doctypedecl = "<!DOCTYPE" name [ external ] [ "[" *( declaration / "%" name ";" ) "]" ] ">"
 *
 * Nothing is fetched. What parameter entities stand for is read as declarations too, since building an `<!ENTITY` out of
 * pieces is how it is hidden.
 */
import { nextDeclaration } from '../../text/dtd.ts'
import { decodeEntities } from '../../text/entities.ts'
import type { EntityTable } from './entities.ts'

/** Entities of one document: more are not kept. */
const MOST = 1000
/** Parameter entities in each other. */
const DEEPEST = 8
/** Characters of declarations that parameter entities bring in. */
const MOST_INCLUDED = 64 * 1024

const REFERENCE = /%([^\s"'<>&;%[\]]{1,256});/g

export interface Entity {
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
    else if (c === '"' || c === "'") i = lastOf(text, c, i)
    else if (c === '<' && text.startsWith('<!--', i)) i = lastOf(text, '-->', i + 3)
  }
  return -1
}

/** Index of the last character of the next `close` behind `at`; the end when there is none. */
function lastOf(text: string, close: string, at: number): number {
  const found = text.indexOf(close, at + 1)
  return found < 0 ? text.length : found + close.length - 1
}

/** Reads the declarations of entities out of a document type, into the table of those that text can refer to. */
export class DoctypeReader {
  readonly declared: Entity[] = []
  readonly #table: EntityTable
  readonly #parameters = new Map<string, string>()
  #included = 0

  constructor(table: EntityTable) {
    this.#table = table
  }

  read(text: string, depth = 0): void {
    for (let at = 0; this.declared.length < MOST; ) {
      const next = nextDeclaration(text, at)
      this.#include(text.slice(at, next?.at ?? text.length), depth)
      if (next === null) return
      at = next.end
      if (next.kind !== 'entity') continue
      const value = decodeEntities(next.external ? next.literal : this.#replace(next.literal))
      this.declared.push({ name: next.name, value })
      if (!next.parameter) this.#table.declare(next.name, value)
      // What an external one brings is not known.
      else if (!next.external && !this.#parameters.has(next.name)) this.#parameters.set(next.name, value)
    }
  }

  /** `%name;` between declarations: the declarations that it stands for. */
  #include(between: string, depth: number): void {
    if (depth >= DEEPEST || !between.includes('%')) return
    for (const [, name] of between.matchAll(REFERENCE)) {
      const value = this.#parameters.get(name!)
      if (value !== undefined && (this.#included += value.length) <= MOST_INCLUDED) this.read(value, depth + 1)
    }
  }

  /** Parameter entities in the value of another one: what they stand for was replaced in theirs. */
  #replace(literal: string): string {
    if (!literal.includes('%')) return literal
    return literal.replace(REFERENCE, (whole, name: string) => {
      const value = this.#parameters.get(name)
      if (value === undefined) return whole
      if ((this.#included += value.length) <= MOST_INCLUDED) return value
      this.#table.exploded = true
      return whole
    })
  }
}
