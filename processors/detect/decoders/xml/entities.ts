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
/** An entity that names another one so often multiplies it; so many of them in each other are a bomb however short it is cut. */
const MULTIPLIES = 3
const MOST_MULTIPLIED = 3

interface Size {
  /** With all references replaced. */
  readonly length: number
  /** How many entities in each other multiply what they name. */
  readonly multiplied: number
}

const NOTHING: Size = { length: 0, multiplied: 0 }
const ENDLESS: Size = { length: Number.POSITIVE_INFINITY, multiplied: MOST_MULTIPLIED }

const REFERENCE = /&([^\s"'<>&;%#[\]]{1,256});/g

export class EntityTable {
  /** A text would have grown beyond the bounds, or an entity refers to itself: what a bomb does. */
  exploded = false

  readonly #declared = new Map<string, string>()
  /** Of those that were looked at: their text with all references replaced, and what that amounts to. */
  readonly #expanded = new Map<string, string>()
  readonly #sizes = new Map<string, Size>()
  #produced = 0

  /** The first declaration of a name counts (XML 1.0 §4.2). `value`: as declared. */
  declare(name: string, value: string): void {
    if (!this.#declared.has(name)) this.#declared.set(name, value)
  }

  /** The text with references to characters and to declared entities replaced. */
  expand(text: string): string {
    if (this.#declared.size === 0 || !text.includes('&')) return decodeEntities(text)
    this.#produced += this.#growthOf(text, 0)
    if (this.#produced > MOST_EXPANDED) this.exploded = true
    return decodeEntities(this.exploded ? text : this.#replace(text))
  }

  /** Characters that references in the text become. Known before anything is built. */
  #growthOf(text: string, depth: number): number {
    let growth = 0
    for (const [, name] of text.matchAll(REFERENCE)) growth += this.#sizeOf(name!, depth).length
    return growth
  }

  #sizeOf(name: string, depth: number): Size {
    const known = this.#sizes.get(name)
    if (known !== undefined) return known
    const value = this.#declared.get(name)
    if (value === undefined) return NOTHING
    if (depth >= DEEPEST) return ENDLESS
    // Until it is known: who comes back to it goes round for ever.
    this.#sizes.set(name, ENDLESS)
    const size = this.#measure(value, depth + 1)
    this.#sizes.set(name, size)
    return size
  }

  #measure(value: string, depth: number): Size {
    let { length } = value
    let multiplied = 0
    const times = new Map<string, number>()
    for (const [, name] of value.matchAll(REFERENCE)) {
      const inner = this.#sizeOf(name!, depth)
      const count = (times.get(name!) ?? 0) + 1
      times.set(name!, count)
      length += inner.length
      multiplied = Math.max(multiplied, inner.multiplied + Number(count >= MULTIPLIES))
    }
    return multiplied >= MOST_MULTIPLIED ? ENDLESS : { length, multiplied }
  }

  #replace(text: string): string {
    return text.replace(REFERENCE, (whole, name: string) => this.#valueOf(name) ?? whole)
  }

  #valueOf(name: string): string | undefined {
    const declared = this.#declared.get(name)
    if (declared === undefined) return undefined
    const value = this.#expanded.get(name) ?? this.#replace(declared)
    this.#expanded.set(name, value)
    return value
  }
}
