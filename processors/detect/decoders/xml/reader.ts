/**
 * A tolerant XML reader: one pass, no tree, no recursion; entities of a document type are never expanded and nothing is
 * ever fetched.
 *
 *   content = ( text | '<' name attributes '>' | '</' name '>' | '<!--' … '-->' | '<![CDATA[' … ']]>' | '<?' … '?>' | '<!' … '>' )*
 *
 * The point of a text is the names of its elements: ["xml","xml_tag","a","xml_tag","b"].
 */
import type { Decoded, Yield } from '#schemas/contracts/detector.ts'
import { decodeEntities } from '../../text/entities.ts'

/** Levels that the point names. */
const NAMED_LEVELS = 16
const NAME = /[^\s/>=<"']{1,256}/y
const ATTRIBUTE = /\s{0,64}([^\s/>=<"']{1,256})\s{0,64}=\s{0,64}(?:"([^"]*)"|'([^']*)')/y

export class XmlReader {
  readonly #text: string
  readonly #nesting: number
  readonly #out: Yield
  readonly #path: string[] = ['xml']
  #depth = 0
  #at = 0
  #broken = false
  #spent = false
  /** Text since the last tag. Comments and CDATA marks do not part it: to whoever reads the element it is one. */
  #run = ''

  constructor(text: string, nesting: number, out: Yield) {
    this.#text = text
    this.#nesting = nesting
    this.#out = out
  }

  read(): Decoded {
    const text = this.#text
    while (this.#at < text.length && !this.#spent) {
      const open = text.indexOf('<', this.#at)
      const end = open < 0 ? text.length : open
      this.#run += decodeEntities(text.slice(this.#at, end))
      this.#at = end
      if (open < 0) break
      if (text.startsWith('<!--', open)) this.#until('-->', 4, 'xml_comment')
      else if (text.startsWith('<![CDATA[', open)) this.#until(']]>', 9, null)
      else {
        this.#flush()
        if (text.startsWith('<?', open)) this.#until('?>', 2, 'xml_pi')
        else if (text.startsWith('<!', open)) this.#documentType()
        else if (text.startsWith('</', open)) this.#closing()
        else if (this.#depth >= this.#nesting) return 'too-deep'
        else this.#opening()
      }
    }
    this.#flush()
    return this.#broken || this.#depth > 0 ? 'part' : 'whole'
  }

  #opening(): void {
    NAME.lastIndex = this.#at + 1
    const name = NAME.exec(this.#text)?.[0]
    if (name === undefined) {
      this.#broken = true
      this.#at++
      return
    }
    this.#at += 1 + name.length
    this.#depth++
    if (this.#depth <= NAMED_LEVELS) this.#path.push('xml_tag', name)
    for (let found = this.#attribute(); found !== null && !this.#spent; found = this.#attribute()) {
      this.#say(['xml_attr', found[1]!], decodeEntities(found[2] ?? found[3]!))
    }
    const start = this.#at
    while (this.#at < this.#text.length && !isAngle(this.#text.charCodeAt(this.#at))) this.#at++
    const rest = this.#text.slice(start, this.#at).trim()
    if (this.#text[this.#at] === '>') this.#at++
    else this.#broken = true
    if (rest !== '' && rest !== '/') this.#broken = true
    if (rest === '/') this.#leave()
  }

  #attribute(): RegExpExecArray | null {
    ATTRIBUTE.lastIndex = this.#at
    const found = ATTRIBUTE.exec(this.#text)
    if (found !== null) this.#at += found[0].length
    return found
  }

  #closing(): void {
    const end = this.#text.indexOf('>', this.#at)
    if (end < 0 || this.#depth === 0) this.#broken = true
    else this.#leave()
    this.#at = end < 0 ? this.#text.length : end + 1
  }

  #leave(): void {
    if (this.#depth <= NAMED_LEVELS) this.#path.length -= 2
    this.#depth--
  }

  #flush(): void {
    this.#say([], this.#run)
    this.#run = ''
  }

  /** Yields what stands between here and `close`; without a name (`what`) it is text. */
  #until(close: string, skip: number, what: string | null): void {
    const end = this.#text.indexOf(close, this.#at + skip)
    if (end < 0) this.#broken = true
    const content = this.#text.slice(this.#at + skip, end < 0 ? this.#text.length : end)
    if (what === null) this.#run += content
    else this.#say([what], content)
    this.#at = end < 0 ? this.#text.length : end + close.length
  }

  /** `<!DOCTYPE … [ … ]>`: ends at the bracket's end, or at the first angle bracket. */
  #documentType(): void {
    const angle = this.#text.indexOf('>', this.#at)
    const hasSubset = this.#text.slice(this.#at, angle < 0 ? this.#text.length : angle).includes('[')
    const close = hasSubset ? this.#text.indexOf(']', this.#at) : angle
    const end = close < 0 ? -1 : this.#text.indexOf('>', close)
    if (end < 0) this.#broken = true
    this.#say(['xml_dtd'], this.#text.slice(this.#at, end < 0 ? this.#text.length : end + 1))
    this.#at = end < 0 ? this.#text.length : end + 1
  }

  #say(suffix: readonly string[], text: string): void {
    if (text.length < 2 || this.#spent) return
    if (!this.#out(suffix.length === 0 ? this.#path : [...this.#path, ...suffix], text)) this.#spent = true
  }
}

function isAngle(c: number): boolean {
  return c === 60 || c === 62
}
