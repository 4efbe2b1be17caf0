/**
 * Entities that a document declares, and what they make of its text. Expansion is bounded by what all of it amounts to, so that
 * neither one that refers to ten that refer to ten (billion laughs) nor a long one that is named a thousand times (quadratic
 * blow-up) grows here.
 */
import { decodeEntities } from '../../text/entities.ts'

/** Characters that all references of a document may become. Documents of clients that declare entities need a few. */
const MOST_EXPANDED = 1_000_000
/** Entities in each other. Deeper, or in a circle, is not expanded. */
const DEEPEST = 32

const REFERENCE = /&([^\s"'<>&;%#[\]]{1,256});/g

export class EntityTable {
  /** An entity grew beyond the bounds, or refers to itself: what a bomb does. */
  exploded = false

  readonly #declared = new Map<string, string>()
  readonly #expanded = new Map<string, string>()
  #produced = 0

  /** The first declaration of a name counts (XML 1.0 §4.2). `value`: as declared. */
  declare(name: string, value: string): void {
    if (!this.#declared.has(name)) this.#declared.set(name, value)
  }

  /** The text with references to characters and to declared entities replaced. */
  expand(text: string): string {
    if (this.#declared.size === 0 || !text.includes('&')) return decodeEntities(text)
    return decodeEntities(this.#replace(text, 0))
  }

  #replace(text: string, depth: number): string {
    return text.replace(REFERENCE, (whole, name: string) => {
      if (this.exploded || !this.#declared.has(name)) return whole
      const value = this.#valueOf(name, depth)
      this.#produced += value.length
      if (this.#produced > MOST_EXPANDED) this.exploded = true
      return this.exploded ? whole : value
    })
  }

  #valueOf(name: string, depth: number): string {
    const known = this.#expanded.get(name)
    if (known !== undefined) return known
    if (depth >= DEEPEST) {
      this.exploded = true
      return ''
    }
    const value = this.#replace(this.#declared.get(name)!, depth + 1)
    this.#expanded.set(name, value)
    return value
  }
}
