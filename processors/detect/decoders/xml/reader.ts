/**
 * A tolerant XML reader: one pass, no tree, no recursion. Entities of the document itself are expanded within bounds, external
 * ones stand for their address, nothing is ever fetched.
 *
 *   content = ( text | '<' name attributes '>' | '</' name '>' | '<!--' … '-->' | '<![CDATA[' … ']]>' | '<?' … '?>' | '<!' … '>' )*
 *
 * The point of a text is the names of its elements, with an index from the second of a name on:
 * ["xml","xml_tag","a","xml_tag","b","array","1"].
 */
import type { Decoded, DecoderLimits, Yield } from '#schemas/contracts/detector.ts'
import { DoctypeReader, endOfDoctype } from './dtd.ts'
import { EntityTable } from './entities.ts'

/** Levels that the point names. */
const NAMED_LEVELS = 16
/** Names of siblings that are counted; beyond, they have no index. */
const MOST_NAMES = 10_000
const NAME = /[^\s/>=<"']{1,256}/y
const ATTRIBUTE = /\s{0,64}([^\s/>=<"']{1,256})\s{0,64}=\s{0,64}(?:"([^"]*)"|'([^']*)')/y

/** Elements that are markup to browsers: whoever shows the document as it is reads more than its values. */
const ACTIVE = /^(?:script|svg|iframe|html|img|object|embed|style|meta|link|base|form|video|audio|body|details)$/i

export class XmlReader {
  readonly #text: string
  readonly #limits: DecoderLimits
  readonly #out: Yield
  readonly #path: string[] = ['xml']
  /** Lengths of the path outside of each open element, and how often each name was seen in it. */
  readonly #open: { readonly length: number; names: Map<string, number> | null }[] = []
  readonly #entities = new EntityTable()
  #names: Map<string, number> | null = null
  #counted = 0
  #elements = 0
  #comments = 0
  #instructions = 0
  #at = 0
  #broken = false
  #spent = false
  /** Text since the last tag. Comments and CDATA marks do not part it: to whoever reads the element it is one. */
  #run = ''

  constructor(text: string, limits: DecoderLimits, out: Yield) {
    this.#text = text
    this.#limits = limits
    this.#out = out
  }

  read(): Decoded {
    const text = this.#text
    while (this.#at < text.length && !this.#spent) {
      const open = text.indexOf('<', this.#at)
      const end = open < 0 ? text.length : open
      if (end > this.#at) this.#run += this.#entities.expand(text.slice(this.#at, end))
      this.#at = end
      if (this.#entities.exploded) return 'too-large'
      if (open < 0) break
      if (text.startsWith('<!--', open)) this.#comment()
      else if (text.startsWith('<![CDATA[', open)) this.#run += this.#until(']]>', 9)
      else {
        this.#flush()
        if (text.startsWith('<?', open)) this.#instruction()
        else if (text.startsWith('<!', open)) this.#declaration()
        else if (text.startsWith('</', open)) this.#closing()
        else if (this.#open.length >= this.#limits.nesting) return 'too-deep'
        else if (++this.#elements > this.#limits.values) return 'too-many'
        else this.#opening()
      }
    }
    this.#flush()
    return this.#broken || this.#open.length > 0 ? 'part' : 'whole'
  }

  #opening(): void {
    const start = this.#at
    NAME.lastIndex = start + 1
    const name = NAME.exec(this.#text)?.[0]
    if (name === undefined) {
      this.#broken = true
      this.#at++
      return
    }
    this.#at += 1 + name.length
    this.#enter(name)
    for (let found = this.#attribute(); found !== null && !this.#spent; found = this.#attribute()) {
      this.#say('xml_attr', found[1]!, this.#entities.expand(found[2] ?? found[3]!))
    }
    const from = this.#at
    while (this.#at < this.#text.length && !isAngle(this.#text.charCodeAt(this.#at))) this.#at++
    const rest = this.#text.slice(from, this.#at).trim()
    if (this.#text[this.#at] === '>') this.#at++
    else this.#broken = true
    if ((rest !== '' && rest !== '/') || ACTIVE.test(name)) this.#broken = true
    // What is included and how stands in several attributes: it is looked at in one piece.
    if (/(?:^|:)include$/i.test(name)) this.#yield(this.#text.slice(start, this.#at))
    if (rest === '/') this.#leave()
  }

  #enter(name: string): void {
    const length = this.#path.length
    const before = this.#names?.get(name) ?? 0
    if (before > 0 || this.#counted++ < MOST_NAMES) {
      this.#names ??= new Map()
      this.#names.set(name, before + 1)
    }
    if (this.#open.length < NAMED_LEVELS) {
      this.#path.push('xml_tag', name)
      if (before > 0) this.#path.push('array', String(before))
    }
    this.#open.push({ length, names: this.#names })
    this.#names = null
  }

  #attribute(): RegExpExecArray | null {
    ATTRIBUTE.lastIndex = this.#at
    const found = ATTRIBUTE.exec(this.#text)
    if (found !== null) this.#at += found[0].length
    return found
  }

  #closing(): void {
    const end = this.#text.indexOf('>', this.#at)
    if (end < 0 || this.#open.length === 0) this.#broken = true
    else this.#leave()
    this.#at = end < 0 ? this.#text.length : end + 1
  }

  #leave(): void {
    const { length, names } = this.#open.pop()!
    this.#path.length = length
    this.#names = names
  }

  #flush(): void {
    if (this.#run !== '') this.#yield(this.#run)
    this.#run = ''
  }

  #comment(): void {
    this.#say('xml_comment', String(this.#comments++), this.#until('-->', 4))
  }

  /** The XML declaration is none. */
  #instruction(): void {
    const content = this.#until('?>', 2)
    if (!/^xml\s/i.test(content.slice(0, 4))) this.#say('xml_pi', String(this.#instructions++), content)
  }

  /** What stands between here and `close`. */
  #until(close: string, skip: number): string {
    const end = this.#text.indexOf(close, this.#at + skip)
    if (end < 0) this.#broken = true
    const content = this.#text.slice(this.#at + skip, end < 0 ? this.#text.length : end)
    this.#at = end < 0 ? this.#text.length : end + close.length
    return content
  }

  /** `<!DOCTYPE … [ … ]>`, or another declaration, which ends at the first angle bracket. */
  #declaration(): void {
    const start = this.#at
    const isDoctype = /^<!DOCTYPE/i.test(this.#text.slice(start, start + 9))
    const end = isDoctype ? endOfDoctype(this.#text, start) : this.#text.indexOf('>', start) + 1
    if (end <= 0) this.#broken = true
    this.#at = end <= 0 ? this.#text.length : end
    const declaration = this.#text.slice(start, this.#at)
    const reader = new DoctypeReader(this.#entities)
    reader.read(declaration)
    this.#path.push('xml_dtd')
    this.#yield(declaration)
    this.#path.pop()
    for (const [i, { name, value }] of reader.declared.entries()) {
      if (this.#spent) return
      this.#path.push('xml_dtd_entity', String(i))
      this.#say('name', name)
      this.#say('value', value)
      this.#path.length -= 2
    }
  }

  /** Yields a text below the current point: the last one, or the last two elements before it name the place. */
  #say(what: string, ...rest: readonly [name: string, text: string] | readonly [text: string]): void {
    const text = rest.at(-1)!
    this.#path.push(what)
    if (rest.length === 2) this.#path.push(rest[0])
    this.#yield(text)
    this.#path.length -= rest.length
  }

  #yield(text: string): void {
    if (text.length < 2 || this.#spent) return
    if (!this.#out(this.#path, text)) this.#spent = true
  }
}

function isAngle(c: number): boolean {
  return c === 60 || c === 62
}
