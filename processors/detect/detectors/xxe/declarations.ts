/** What a document declares, judged: who would have to read what, if a parser did as it says. */
import { type Declaration, nextDeclaration } from '../../text/dtd.ts'
import { decodeEntities } from '../../text/entities.ts'
import { leadOf } from './address.ts'
import type { Sighting } from './index.ts'

/** Declarations of one value that are looked at. */
const MOST = 1000
/** Text in front of a document that is not of it: what stands further inside is quoted. */
const LONGEST_LEAD = 64

/** The findings in a value, each rule once. */
export function declarationsIn(text: string): readonly Sighting[] {
  const found: Sighting[] = []
  let declaration = nextDeclaration(text, 0)
  if (declaration === null || leadIn(text, declaration.at) > LONGEST_LEAD) return found
  for (let count = 0; declaration !== null && count < MOST; count++) {
    const sighting = judge(declaration)
    if (sighting !== null && !found.some(({ rule }) => rule === sighting.rule)) found.push(sighting)
    declaration = nextDeclaration(text, declaration.end)
  }
  return found
}

/** Characters in front of a declaration that are neither blank nor an instruction or comment of the document. */
function leadIn(text: string, at: number): number {
  return text
    .slice(0, Math.min(at, 4096))
    .replace(/<\?[^>]{0,300}\?>/g, '')
    .replace(/<!--[^>]{0,300}-->/g, '')
    .replace(/[\s\ufeff]+/g, '').length
}

function judge(declaration: Declaration): Sighting | null {
  if (declaration.kind === 'doctype') return doctype(declaration)
  return declaration.external ? externalEntity(declaration) : hiddenDeclaration(declaration)
}

function doctype({ name, external, literal, publicId, at, end }: Declaration): Sighting | null {
  if (external && literal !== '') {
    const lead = leadOf(literal, publicId)
    if (lead === 'standard' || lead === 'relative') return null
    return {
      rule: 'xxe.external-dtd',
      severity: 'high',
      why: 'The document has its type loaded from an address of its own: a parser that follows it runs declarations that are not in the request.',
      shows: `DOCTYPE ${name} from ${lead === 'server' ? 'a file of the server' : 'another host'}`,
      unless: 'A document type within the document, or none.',
      at,
      end,
    }
  }
  if (!/(?:^|:)envelope$/i.test(name)) return null
  return {
    rule: 'xxe.dtd-in-soap',
    severity: 'low',
    why: 'A SOAP message has a document type, which SOAP forbids: only parsers that read it are of interest to who sends it.',
    shows: `DOCTYPE ${name}`,
    unless: 'The message would begin with its envelope.',
    at,
    end,
  }
}

function externalEntity({ name, parameter, literal, publicId, unparsed, at, end }: Declaration): Sighting | null {
  const lead = leadOf(literal, publicId)
  if (lead === 'standard' || (unparsed && lead === 'relative')) return null
  const from = { server: 'a file of the server', remote: 'another host', relative: 'a file beside the document' }[lead]
  return {
    rule: parameter ? 'xxe.parameter-entity' : 'xxe.external-entity',
    severity: lead === 'relative' ? 'high' : 'critical',
    why: parameter
      ? 'The document loads declarations from an address: a parser that follows it can be made to send files away.'
      : 'The document declares an entity whose text comes from an address: a parser that expands it reads files or asks hosts for the sender.',
    shows: `ENTITY ${parameter ? '% ' : ''}${name} from ${from}`,
    unless: 'The text of the entity within the document, or no entities at all.',
    at,
    end,
  }
}

/** An internal parameter entity that declares: only who hides a declaration writes it like that. */
function hiddenDeclaration({ name, parameter, literal, at, end }: Declaration): Sighting | null {
  if (!parameter) return null
  const hidden = /<!ENTITY\s/i.exec(decodeEntities(literal))
  if (hidden === null) return null
  return {
    rule: 'xxe.hidden-entity',
    severity: 'high',
    why: 'A parameter entity stands for the declaration of another entity, which nobody but an attacker has to hide from a filter.',
    shows: `ENTITY % ${name} that declares an entity`,
    unless: 'The declaration would stand in the document type itself.',
    at,
    end,
  }
}
