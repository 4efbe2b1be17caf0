/** Elements and functions that bring another document in: XInclude 1.0 §3.1, XSLT 1.0 §2.6 and §12.1. */
import { decodeEntities } from '../../text/entities.ts'
import { type Lead, leadOf } from './address.ts'
import type { Sighting } from './index.ts'

/** `<xi:include …>` or `<include xmlns="…/XInclude" …>`; attributes up to a bound. */
const INCLUDE = /<([\w.-]{1,32}:)?include\s[^<>]{0,1000}/gi
const IMPORT = /<[\w.-]{1,32}:(?:import|include)\s[^<>]{0,1000}/gi
const HREF = /\shref\s{0,16}=\s{0,16}(?:"([^"]{0,500})|'([^']{0,500}))/i
/** No other element that includes something has it. */
const PARSE = /\sparse\s{0,16}=\s{0,16}["'](?:text|xml)/i
const NAMESPACE = 'www.w3.org/2001/xinclude'

/** `document('…')`, `unparsed-text('…')`. */
const FUNCTION = /\b(?:document\(|unparsed-text(?:-lines)?\(\s{0,16})["']([^"']{1,500})["']/gi

/** `lower`: the text in lower case. */
export function inclusionsIn(text: string, lower: string): readonly Sighting[] {
  return [xinclude(text, lower), stylesheet(text, lower)].filter(found => found !== null)
}

function xinclude(text: string, lower: string): Sighting | null {
  if (!lower.includes('include')) return null
  for (const found of text.matchAll(INCLUDE)) {
    const prefix = found[1]?.toLowerCase()
    const lead = leadOfTag(found[0])
    if (prefix !== 'xi:' && !PARSE.test(found[0]) && !lower.includes(NAMESPACE)) continue
    if (lead !== 'server' && lead !== 'remote') continue
    return {
      rule: 'xxe.xinclude',
      severity: 'critical',
      why: 'An element asks the parser to put a file of the server or the answer of a host into the document.',
      shows: `XInclude from ${lead === 'server' ? 'a file of the server' : 'another host'}`,
      unless: 'An address beside the document, or no inclusion at all.',
      at: found.index,
      end: found.index + found[0].length,
    }
  }
  return null
}

/** Style sheets that read files: of the functions, those whose argument is no name beside the document. */
function stylesheet(text: string, lower: string): Sighting | null {
  for (const [pattern, what] of [
    [IMPORT, 'imports'],
    [FUNCTION, 'reads'],
  ] as const) {
    if (pattern === IMPORT && !lower.includes('1999/xsl')) continue
    for (const found of text.matchAll(pattern)) {
      const lead = pattern === IMPORT ? leadOfTag(found[0]) : leadOf(decodeEntities(found[1]!), null)
      if (lead !== 'server' && (lead !== 'remote' || pattern === FUNCTION)) continue
      return {
        rule: 'xxe.stylesheet',
        severity: 'high',
        why: 'A style sheet reads a file of the server or loads another one from a host.',
        shows: `a style sheet that ${what} ${lead === 'server' ? 'a file of the server' : 'from another host'}`,
        unless: 'Addresses beside the style sheet.',
        at: found.index,
        end: found.index + found[0].length,
      }
    }
  }
  return null
}

function leadOfTag(tag: string): Lead | null {
  const href = HREF.exec(tag)
  return href === null ? null : leadOf(decodeEntities(href[1] ?? href[2]!), null)
}
