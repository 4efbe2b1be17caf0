/** XML that makes the parser of a server ask another host, where it stands in a parameter. Documents as such are judged by `xxe`. */
import type { Finding } from '#schemas/contracts/detector.ts'
import { kindOf } from '../../text/field.ts'

/** Hosts at which the schemas of standards lie. */
const STANDARDS =
  /^(?:[\w-]+\.)*(?:w3\.org|xmlsoap\.org|oasis-open\.org|apache\.org|opengis\.net|topografix\.com|sitemaps\.org|springframework\.org|openxmlformats\.org|microsoft\.com|java\.sun\.com|jcp\.org|google\.com)$/

/** `xsi:schemaLocation="namespace http://evil.example/x.xsd"` in lower-case text. */
const SCHEMA = /[\s"'](?:[\w-]{1,32}:)?(?:nonamespace)?schemalocation\s{0,8}=\s{0,8}["']([^"'<>]{1,1024})/

const ENTITY = /!entity\s{1,8}(?:%\s{1,8})?[\w.-]{1,64}\s{1,8}(?:system|public)\b/

/** An element in a parameter that names a schema elsewhere; null when there is none. */
export function schemaOf(point: readonly string[], text: string, lower: string): Finding | null {
  const kind = kindOf(point)
  if (kind === 'document' || kind === 'text' || !/^\s{0,16}<[a-z]/.test(lower)) return null
  const found = SCHEMA.exec(lower.slice(0, 4096))
  const host = found === null ? undefined : /https?:\/\/([\w.-]{1,253})[^\s]*\s*$/.exec(found[1]!)?.[1]
  if (found === null || host === undefined || STANDARDS.test(host)) return null
  return {
    rule: 'xxe.schema',
    attack: 'xxe',
    severity: 'medium',
    evidence: text.slice(found.index, found.index + found[0].length),
    at: found.index,
    shows: `schema at ${host}`,
    why: 'The element names a schema on another host, which a validating parser asks for it.',
    unless: 'The schema lies where its standard is published, or none is named.',
  }
}

/** Index of a declaration whose angle bracket is missing or comes from elsewhere; -1 when there is none. */
export function entityAt(lower: string): number {
  return lower.search(ENTITY)
}
