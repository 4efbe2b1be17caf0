/** What a lookup that a client sent would do. */
import type { Finding } from '#schemas/contracts/detector.ts'
import type { Lookup } from './evaluate.ts'

export interface Verdict {
  readonly rule: string
  readonly severity: Finding['severity']
  readonly why: string
}

/** `ı` is what upper-casing and lower-casing turn into an i. */
const JNDI = /^[\s]*j[nɴ]d[iı]\s*:(?!\s{0,4}(?:\.{2,3}|…|\*|x{3})\s*$)/i

/** Lookups of Commons Text that fetch, run or read (CVE-2022-42889). */
const FETCHING =
  /^\s*(?:script\s*:|dns\s*:\s*(?:address|canonicalname|name)?\s*\|?[\w.-]+\.|url\s*:|file\s*:\s*utf|xml\s*:|properties\s*:|const\s*:\s*java|resourcebundle\s*:|base64decoder\s*:|urldecoder\s*:)/i

/** Lookups of Log4j that tell about the server. */
const TELLING =
  /^\s*(?:(?:env|sys|java|ctx|main|bundle|docker|k8s|web|spring|jvmrunargs|log4j|marker|map|sd|event)\s*:|hostname\s*$)/i

const SECRET = /secret|passw|token|api_?key|access_?key|private|credential|aws_|database_url|_dsn|jwt/i

/** Lookups of configuration files, where people write them: environment, system properties, other values of the file. */
const CONFIGURED = /^\s*(?:env|sys|ctx|spring|main|hostname|java|web|date|map|event|bundle)\b/i

export function judge(
  lookup: Lookup,
  place: { readonly terse: boolean; readonly document: boolean; readonly embedded: boolean },
): Verdict | null {
  const { body } = lookup
  if (JNDI.test(body)) {
    const hidden = lookup.hidden > 0 ? ', spelled with lookups inside of it to hide it,' : ''
    return {
      rule: 'rce.jndi-lookup',
      severity: 'critical',
      why: `A lookup${hidden} makes Log4j load an object from a server of the client.`,
    }
  }
  if (lookup.hidden > 1 && lookup.outermost)
    return {
      rule: 'rce.hidden-lookup',
      severity: 'high',
      why: 'A lookup is spelled letter by letter with others inside of it, which serves only to hide it.',
    }
  if (FETCHING.test(body) && place.terse)
    return {
      rule: 'rce.text-lookup',
      severity: 'critical',
      why: 'A lookup makes Commons Text run a script, fetch a URL or read a file.',
    }
  if (!place.terse || !TELLING.test(body)) return null
  const secret = SECRET.test(body)
  if (
    !(place.embedded || secret || !place.document) ||
    (place.document && !secret && CONFIGURED.test(body) && !place.embedded)
  )
    return null
  return {
    rule: 'rce.lookup-leak',
    severity: secret ? 'high' : 'medium',
    why: 'A lookup asks the logging library of the server for what it knows about itself.',
  }
}
