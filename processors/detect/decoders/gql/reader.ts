/**
 * Values of a GraphQL document, each at its place: `["gql","gql_query","GetUser","hash","user","gql_arg","hash","id"]`.
 */
import type { Decoded, Yield } from '#schemas/contracts/detector.ts'
import { type Listener, Parser, type What } from '../../text/gql/parser.ts'

/** Point elements of what is entered, but for its name. */
const ELEMENTS: Readonly<Record<What, readonly string[]>> = {
  query: ['gql_query'],
  mutation: ['gql_mutation'],
  subscription: ['gql_subscription'],
  fragment: ['gql_fragment'],
  field: ['hash'],
  spread: ['gql_spread'],
  inline: ['gql_inline'],
  directive: ['gql_dir'],
  argument: ['gql_arg', 'hash'],
  variable: ['gql_var'],
  key: ['hash'],
  element: ['array'],
}

export function readDocument(text: string, nesting: number, out: Yield): Decoded {
  const listener = new Values(out)
  const ending = new Parser(text, nesting, listener).parse()
  if (ending === 'too-deep') return 'too-deep'
  return ending === 'broken' ? 'part' : 'whole'
}

class Values implements Listener {
  readonly #out: Yield
  readonly #path: string[] = []
  /** Lengths of the path outside of what was entered. */
  readonly #lengths: number[] = []
  #spent = false

  constructor(out: Yield) {
    this.#out = out
  }

  enter(what: What, name: string, more: string): void {
    this.#lengths.push(this.#path.length)
    this.#path.push(...ELEMENTS[what])
    if (what !== 'inline') this.#path.push(name)
    if (more === '') return
    if (what === 'field') this.#say('gql_alias', more)
    else this.#path.push('gql_type', more)
  }

  leave(): void {
    for (const length = this.#lengths.pop()!; this.#path.length > length; ) this.#path.pop()
  }

  value(text: string): boolean {
    if (!this.#spent && text !== '' && !this.#out(this.#path, text)) this.#spent = true
    return !this.#spent
  }

  comment(text: string): boolean {
    if (text.length > 1) this.#say('_comment', text)
    return !this.#spent
  }

  #say(element: string, text: string): void {
    this.#path.push(element)
    this.value(text)
    this.#path.pop()
  }
}
