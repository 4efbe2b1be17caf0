/** What a GraphQL document asks for, measured while it is read. */
import { type Listener, Parser, type What } from '../../text/gql/parser.ts'
import { type Definition, reachOf } from './fragments.ts'

/** A document is read no deeper: by then it is beyond every limit. */
const NESTING = 400

export interface Count {
  readonly name: string
  readonly count: number
}

export interface Measures {
  /** Fields inside of fields, spread fragments included. */
  readonly depth: number
  /** A fragment that comes back to itself. */
  readonly circle: string | null
  /** The field with the most aliases. */
  readonly aliased: Count
  /** The field that one set selects most often without an alias. */
  readonly repeated: Count
  /** The most directives at one place. */
  readonly directives: number
  readonly longest: { readonly length: number; readonly at: number }
  /** `__schema` or `__type`. */
  readonly introspection: string | null
  /** A directive, argument or field that asks for debug output. */
  readonly debug: string | null
}

export function measure(text: string): Measures {
  const gauge = new Gauge()
  new Parser(text, NESTING, gauge).parse()
  const { aliased, repeated, directives, longest, introspection, debug } = gauge
  return { ...reachOf(gauge.definitions), aliased, repeated, directives, longest, introspection, debug }
}

const NONE: Count = { name: '', count: 0 }

class Gauge implements Listener {
  readonly definitions: Definition[] = []
  aliased = NONE
  repeated = NONE
  directives = 0
  longest = { length: 0, at: 0 }
  introspection: string | null = null
  debug: string | null = null
  readonly #aliases = new Map<string, number>()
  /** Per open field, and for the definition: fields of its set, once there is one. */
  readonly #sets: (Map<string, number> | null)[] = []
  /** Directives so far at each open place. */
  readonly #placed: number[] = []

  enter(what: What, name: string, more: string): void {
    this.#placed.push(0)
    switch (what) {
      case 'query':
      case 'mutation':
      case 'subscription':
      case 'fragment':
        this.definitions.push({ fragment: what === 'fragment' ? name : null, depth: 0, spreads: new Map() })
        this.#sets.splice(0, this.#sets.length, null)
        return
      case 'field':
        this.#field(name, more)
        return
      case 'spread':
        this.#spread(name)
        return
      case 'directive':
        this.#directive(name)
        return
      case 'argument':
        if (isDebug(name)) this.debug ??= name
        return
      case 'inline':
      case 'variable':
      case 'key':
      case 'element':
        return
      default:
        what satisfies never
    }
  }

  leave(what: What): void {
    this.#placed.pop()
    if (what === 'field') this.#sets.pop()
  }

  value(text: string, at: number): boolean {
    if (text.length > this.longest.length) this.longest = { length: text.length, at }
    return true
  }

  comment(): boolean {
    return true
  }

  get #depth(): number {
    return this.#sets.length - 1
  }

  #field(name: string, alias: string): void {
    if (alias !== '') this.aliased = larger(this.aliased, name, increment(this.#aliases, name))
    else {
      const names = (this.#sets[this.#depth] ??= new Map<string, number>())
      this.repeated = larger(this.repeated, name, increment(names, name))
    }
    this.#sets.push(null)
    const definition = this.definitions.at(-1)!
    definition.depth = Math.max(definition.depth, this.#depth)
    if (name === '__schema' || name === '__type') this.introspection ??= name
    if (name.startsWith('_') && isDebug(name)) this.debug ??= name
  }

  #spread(name: string): void {
    const { spreads } = this.definitions.at(-1)!
    spreads.set(name, Math.max(spreads.get(name) ?? 0, this.#depth))
  }

  #directive(name: string): void {
    const count = ++this.#placed[this.#placed.length - 2]!
    this.directives = Math.max(this.directives, count)
    if (isDebug(name)) this.debug ??= `@${name}`
  }
}

function isDebug(name: string): boolean {
  return /^_*debug$/i.test(name)
}

function increment(counts: Map<string, number>, name: string): number {
  const count = (counts.get(name) ?? 0) + 1
  counts.set(name, count)
  return count
}

function larger(most: Count, name: string, count: number): Count {
  return count > most.count ? { name, count } : most
}
