/**
 * Declarations of document types and entities (XML 1.0 §2.8, §4.2), wherever they stand in a text, leniently:
 *
 *   doctypedecl = "<!DOCTYPE" name [ external ] …
 *   EntityDecl  = "<!ENTITY" [ "%" ] name ( literal / external [ "NDATA" name ] ) ">"
 *   external    = "SYSTEM" literal / "PUBLIC" literal [ literal ]
 */

const OPENING = /<!--|<!DOCTYPE\b|<!ENTITY\b/gi
const NAME = /[^\s"'<>&;%[\]]{1,256}/y
const EXTERNAL = /(?:SYSTEM|PUBLIC)(?=[\s"'])/iy
const PARAMETER = /\s{1,64}%\s/y
const NDATA = /\s{1,64}NDATA\s/iy

export interface Declaration {
  readonly kind: 'doctype' | 'entity'
  /** A parameter entity: `<!ENTITY % name …>`. */
  readonly parameter: boolean
  readonly name: string
  readonly external: boolean
  /** As written: the text of an internal entity, the address of what is external. Empty: there is none. */
  readonly literal: string
  /** Of what is PUBLIC. */
  readonly publicId: string | null
  /** Names a notation: it is data for the application, no text. */
  readonly unparsed: boolean
  /** Of the opening, and behind what was read of it. */
  readonly at: number
  readonly end: number
}

/** The first declaration at or behind `from`; those in comments are none. */
export function nextDeclaration(text: string, from: number): Declaration | null {
  OPENING.lastIndex = from
  for (let found = OPENING.exec(text); found !== null; found = OPENING.exec(text)) {
    if (found[0] === '<!--') {
      const end = text.indexOf('-->', found.index + 4)
      if (end < 0) return null
      OPENING.lastIndex = end + 3
      continue
    }
    const declaration = declarationAt(text, found.index, found[0].length)
    if (declaration !== null) return declaration
  }
  return null
}

function declarationAt(text: string, start: number, opening: number): Declaration | null {
  const kind = opening === '<!DOCTYPE'.length ? 'doctype' : 'entity'
  const parameter = kind === 'entity' ? matchAt(PARAMETER, text, start + opening) : null
  let at = skipBlanks(text, start + opening + (parameter?.length ?? 0))
  const name = matchAt(NAME, text, at)
  if (name === null) return null
  at = skipBlanks(text, at + name.length)
  const keyword = matchAt(EXTERNAL, text, at)
  const first =
    kind === 'entity' || keyword !== null ? literalAt(text, skipBlanks(text, at + (keyword?.length ?? 0))) : null
  if (first === null && kind === 'entity') return null
  const isPublic = keyword?.toUpperCase() === 'PUBLIC'
  const second = isPublic && first !== null ? literalAt(text, skipBlanks(text, first.end)) : null
  const end = second?.end ?? first?.end ?? at
  return {
    kind,
    parameter: parameter !== null,
    name,
    external: keyword !== null,
    literal: (second ?? (isPublic ? null : first))?.text ?? '',
    publicId: isPublic ? (first?.text ?? null) : null,
    unparsed: kind === 'entity' && matchAt(NDATA, text, end) !== null,
    at: start,
    end,
  }
}

function literalAt(text: string, at: number): { readonly text: string; readonly end: number } | null {
  const quote = text[at]
  if (quote !== '"' && quote !== "'") return null
  const end = text.indexOf(quote, at + 1)
  return end < 0 ? { text: text.slice(at + 1), end: text.length } : { text: text.slice(at + 1, end), end: end + 1 }
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

function skipBlanks(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) <= 32) at++
  return at
}
