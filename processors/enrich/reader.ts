/** The forwarding headers of one request, read within bounds. Remembers what was wrong with them. */
import type { Header } from '#schemas/records/exchange.ts'
import type { Limits } from './config.ts'
import { type ForwardedElement, parseForwarded } from './forwarded.ts'
import { bounded, type End, linesOf } from './lines.ts'
import { type Node, parseNode } from './node.ts'

/** Who a header names, leftmost first. */
export interface Parties {
  /** Header name in lower case. */
  readonly from: string
  readonly nodes: readonly Node[]
  /** Of Forwarded: what each element says besides, one per node. */
  readonly elements: readonly ForwardedElement[] | null
}

export class HeaderReader {
  /** A limit was hit: something at the other end of a list was not read. */
  cut = false
  readonly #headers: readonly Header[]
  readonly #limits: Limits
  readonly #keep: End

  constructor(headers: readonly Header[], limits: Limits, keep: End) {
    this.#headers = headers
    this.#limits = limits
    this.#keep = keep
  }

  /** Null when the header was not sent, or names nobody. */
  parties(name: string): Parties | null {
    if (name === 'forwarded') {
      const elements = this.#few(this.#lines(name).flatMap(parseForwarded))
      return elements.length === 0 ? null : { from: name, nodes: elements.map(element => element.node), elements }
    }
    const values = this.#values(name)
    return values.length === 0 ? null : { from: name, nodes: values.map(parseNode), elements: null }
  }

  /** Of the values of a plain header, the one at the end that counts; null when there is none. */
  value(name: string): string | null {
    return this.#values(name).at(this.#keep === 'left' ? 0 : -1) ?? null
  }

  /** Between commas, over all lines, without the space around them; empty ones left out (RFC 9110 §5.6.1.2). */
  #values(name: string): readonly string[] {
    const values: string[] = []
    for (const line of this.#lines(name)) {
      for (const part of line.split(',')) {
        const value = part.trim()
        if (value !== '') values.push(value)
      }
    }
    return this.#few(values)
  }

  #lines(name: string): readonly string[] {
    const lines = linesOf(this.#headers, name)
    if (lines.length === 0) return lines
    const kept = bounded(lines, this.#limits.characters, this.#keep)
    if (kept !== lines) this.cut = true
    return kept
  }

  #few<T>(values: readonly T[]): readonly T[] {
    const { elements } = this.#limits
    if (values.length <= elements) return values
    this.cut = true
    return this.#keep === 'left' ? values.slice(0, elements) : values.slice(-elements)
  }
}
