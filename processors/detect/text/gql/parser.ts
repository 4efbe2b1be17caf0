/**
 * Executable GraphQL documents (October 2021 §2.2 to §2.12), told as a walk to whoever listens:
 *
 *   document   = 1*( operation / fragment )
 *   operation  = set / ( "query" / "mutation" / "subscription" ) [ name ] [ variables ] directives set
 *   fragment   = "fragment" name "on" type directives set
 *   set        = "{" *selection "}"
 *   selection  = [ alias ":" ] name [ arguments ] directives [ set ] / "..." name directives / "..." [ "on" type ] directives set
 *   arguments  = "(" *( name ":" value ) ")"
 *   variables  = "(" *( "$" name ":" type [ "=" value ] directives ) ")"
 *   value      = "$" name / number / string / name / "[" *value "]" / "{" *( name ":" value ) "}"
 *
 * Descends no deeper than `nesting`. Documents of type systems (`type Query { … }`) are none.
 */
import { Lexer } from './lexer.ts'

export type What =
  | 'query'
  | 'mutation'
  | 'subscription'
  | 'fragment'
  | 'field'
  | 'spread'
  | 'inline'
  | 'directive'
  | 'argument'
  | 'variable'
  | 'key'
  | 'element'

export interface Listener {
  /** What is told until the matching `leave` stands inside. `more`: the alias of a field, the type of a fragment. */
  enter(what: What, name: string, more: string): void
  leave(what: What): void
  /** A value that holds no others, and where it begins. False: stop. */
  value(text: string, at: number): boolean
  comment(text: string): boolean
}

/** How it ended: `broken` is no document from there on, `stopped` by the listener. */
export type Ending = 'whole' | 'broken' | 'too-deep' | 'stopped'

const OPERATIONS: ReadonlySet<string> = new Set(['query', 'mutation', 'subscription'])

/** Names of values that are documents: of a GET, of the JSON of a POST and of each request of a batch. */
export const DOCUMENT_NAMES: readonly string[] = ['query', 'mutation', 'subscription', 'document', 'graphql']

/** What a document begins with: a set of selections, or an operation or fragment with what follows it. */
const BEGINNING =
  /^(?:\{[\s,]*(?:\.\.\.|[_A-Za-z]\w{0,127}(?!\w)[\s,]*(?:[{}(@_A-Za-z#]|\.\.\.|:[\s,]*[_A-Za-z]))|(?:query|mutation|subscription)(?:\s+[_A-Za-z]\w{0,127})?\s*[{(@#]|fragment\s+[_A-Za-z]\w{0,127}\s+on\s)/

/** Could the text be a document? Comments in front of it do not hide it. Looks at a beginning of bounded length. */
export function looksLikeDocument(text: string): boolean {
  let at = 0
  for (let lines = 0; lines < 8; lines++) {
    while (at < text.length && (text.charCodeAt(at) <= 32 || text[at] === ',' || text[at] === '\ufeff')) at++
    if (text[at] !== '#') return BEGINNING.test(text.slice(at, at + 512))
    const end = text.indexOf('\n', at)
    if (end < 0) return false
    at = end
  }
  return false
}

export class Parser {
  readonly #lexer: Lexer
  readonly #listener: Listener
  readonly #nesting: number
  #ending: Ending = 'whole'

  constructor(text: string, nesting: number, listener: Listener) {
    this.#listener = listener
    this.#nesting = nesting
    this.#lexer = new Lexer(text, comment => {
      if (this.#ending !== 'stopped' && !listener.comment(comment)) this.#end('stopped')
    })
  }

  /** Tells all of the document, or up to where it breaks. */
  parse(): Ending {
    const lexer = this.#lexer
    lexer.advance()
    do this.#definition()
    while (this.#ending === 'whole' && lexer.kind !== 'end')
    return this.#ending
  }

  #definition(): boolean {
    const lexer = this.#lexer
    if (lexer.is('{')) return this.#within('query', '', '', () => this.#set(1))
    const kind = lexer.kind === 'name' ? lexer.raw : ''
    if (kind === 'fragment') {
      lexer.advance()
      const name = this.#name()
      if (name === null || !this.#expect('on')) return this.#end('broken')
      const type = this.#name()
      if (type === null) return this.#end('broken')
      return this.#within('fragment', name, type, () => this.#directives(1) && this.#set(1))
    }
    if (!OPERATIONS.has(kind)) return this.#end('broken')
    lexer.advance()
    const name = lexer.kind === 'name' ? this.#name()! : ''
    return this.#within(kind as What, name, '', () => this.#variables() && this.#directives(1) && this.#set(1))
  }

  #set(depth: number): boolean {
    if (depth > this.#nesting) return this.#end('too-deep')
    if (!this.#expect('{')) return this.#end('broken')
    while (!this.#lexer.is('}')) if (!this.#selection(depth)) return false
    return this.#advance()
  }

  #selection(depth: number): boolean {
    const lexer = this.#lexer
    if (lexer.is('...')) return this.#fragment(depth)
    const first = this.#name()
    if (first === null) return this.#end('broken')
    let name = first
    let alias = ''
    if (lexer.is(':')) {
      lexer.advance()
      alias = first
      const field = this.#name()
      if (field === null) return this.#end('broken')
      name = field
    }
    return this.#within('field', name, alias, () => {
      if (lexer.is('(') && !this.#arguments(depth)) return false
      return this.#directives(depth) && (!lexer.is('{') || this.#set(depth + 1))
    })
  }

  #fragment(depth: number): boolean {
    const lexer = this.#lexer
    lexer.advance()
    if (lexer.kind === 'name' && lexer.raw !== 'on') {
      return this.#within('spread', this.#name()!, '', () => this.#directives(depth))
    }
    let type = ''
    if (lexer.is('on')) {
      lexer.advance()
      const name = this.#name()
      if (name === null) return this.#end('broken')
      type = name
    }
    return this.#within('inline', '', type, () => this.#directives(depth) && this.#set(depth + 1))
  }

  #directives(depth: number): boolean {
    while (this.#lexer.is('@')) {
      this.#lexer.advance()
      const name = this.#name()
      if (name === null) return this.#end('broken')
      const told = this.#within('directive', name, '', () => !this.#lexer.is('(') || this.#arguments(depth))
      if (!told) return false
    }
    return this.#ending === 'whole'
  }

  #arguments(depth: number): boolean {
    this.#lexer.advance()
    while (!this.#lexer.is(')')) if (!this.#pair('argument', depth + 1)) return false
    return this.#advance()
  }

  /** `name : value` */
  #pair(what: What, depth: number): boolean {
    const name = this.#name()
    if (name === null || !this.#expect(':')) return this.#end('broken')
    return this.#within(what, name, '', () => this.#value(depth))
  }

  #variables(): boolean {
    const lexer = this.#lexer
    if (!lexer.is('(')) return true
    lexer.advance()
    while (!lexer.is(')')) {
      if (!this.#expect('$')) return this.#end('broken')
      const name = this.#name()
      if (name === null || !this.#expect(':') || !this.#type()) return this.#end('broken')
      const told = this.#within('variable', name, '', () => {
        if (lexer.is('=')) {
          lexer.advance()
          if (!this.#value(1)) return false
        }
        return this.#directives(1)
      })
      if (!told) return false
    }
    return this.#advance()
  }

  /** `[[Name!]!]!`: how the brackets pair is not looked at. */
  #type(): boolean {
    const lexer = this.#lexer
    while (lexer.is('[')) lexer.advance()
    if (this.#name() === null) return false
    while (lexer.is(']') || lexer.is('!')) lexer.advance()
    return true
  }

  #value(depth: number): boolean {
    const lexer = this.#lexer
    if (depth > this.#nesting) return this.#end('too-deep')
    if (lexer.is('$')) {
      lexer.advance()
      return this.#name() !== null || this.#end('broken')
    }
    if (lexer.is('[')) return this.#list(depth)
    if (lexer.is('{')) {
      lexer.advance()
      while (!lexer.is('}')) if (!this.#pair('key', depth + 1)) return false
      return this.#advance()
    }
    if (lexer.kind !== 'name' && lexer.kind !== 'number' && lexer.kind !== 'string') return this.#end('broken')
    if (!this.#listener.value(lexer.text, lexer.at)) return this.#end('stopped')
    return this.#advance()
  }

  #list(depth: number): boolean {
    this.#lexer.advance()
    for (let n = 0; !this.#lexer.is(']'); n++) {
      if (!this.#within('element', String(n), '', () => this.#value(depth + 1))) return false
    }
    return this.#advance()
  }

  #within(what: What, name: string, more: string, inside: () => boolean): boolean {
    this.#listener.enter(what, name, more)
    const told = inside()
    this.#listener.leave(what)
    return told
  }

  #name(): string | null {
    if (this.#lexer.kind !== 'name') return null
    const name = this.#lexer.raw
    this.#lexer.advance()
    return name
  }

  #expect(raw: string): boolean {
    if (!this.#lexer.is(raw)) return false
    this.#lexer.advance()
    return true
  }

  /** Steps on; false when a comment was the last that the listener wants. */
  #advance(): boolean {
    this.#lexer.advance()
    return this.#ending === 'whole'
  }

  #end(ending: Ending): false {
    if (this.#ending === 'whole') this.#ending = ending
    return false
  }
}
