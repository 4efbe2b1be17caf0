/** Exchanges and detections as they may be seen. What was captured stays in `segments`, as it was. */
import type { Deed } from '#schemas/config/masking.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange, Header, Message } from '#schemas/records/exchange.ts'
import { MASK, type Masker } from './masker.ts'
import { textRuns } from './runs.ts'

export function maskedExchange(exchange: Exchange, masker: Masker): Exchange {
  const { request, response } = exchange
  const target = maskedTarget(request.target, masker)
  const question = target.indexOf('?')
  return {
    ...exchange,
    request: {
      ...request,
      ...maskedMessage(request, masker),
      target,
      path: masker.text(request.path),
      query:
        request.query === null ? null : question < 0 ? maskedQuery(request.query, masker) : target.slice(question + 1),
    },
    response:
      response === null
        ? null
        : { ...response, ...maskedMessage(response, masker), reason: masker.text(response.reason) },
  }
}

export function maskedDetection(detection: Detection, masker: Masker): Detection {
  const { point, evidence, shows, path } = detection
  const secret = isSecretPlace(point, masker)
  const said = (text: string): string => (secret ? outlined(masker.quote(text)) : masker.quote(text))
  return {
    ...detection,
    path: masker.quote(path),
    evidence: said(evidence),
    shows: shows === null ? null : said(shows),
  }
}

function maskedMessage(message: Message, masker: Masker): Pick<Message, 'headers' | 'trailers' | 'body' | 'content'> {
  const headers = maskedHeaders(message.headers, masker)
  const trailers = maskedHeaders(message.trailers, masker)
  const { body, content } = message
  const kept = content === null ? null : maskedBytes(content, masker)
  if (content === body) return { headers, trailers, body: kept, content: kept }
  // What was compressed cannot be changed: it goes when what it holds is not to be seen.
  const own = body === null ? null : content === null ? maskedBytes(body, masker) : kept === content ? body : NOTHING
  return { headers, trailers, body: own, content: kept }
}

const NOTHING = new Uint8Array(0)

/** The same object when nothing in it is secret. What is no text is left alone: bytes of pictures look like anything. */
function maskedBytes(bytes: Uint8Array, masker: Masker): Uint8Array {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: Buffer[] = []
  let at = 0
  for (const [from, to] of textRuns(bytes)) {
    const text = all.toString('latin1', from, to)
    const masked = masker.text(text)
    if (masked === text) continue
    parts.push(all.subarray(at, from), Buffer.from(masked, 'latin1'))
    at = to
  }
  return parts.length === 0 ? bytes : new Uint8Array(Buffer.concat([...parts, all.subarray(at)]))
}

function maskedTarget(target: string, masker: Masker): string {
  const question = target.indexOf('?')
  if (question < 0) return masker.text(target)
  return `${masker.text(target.slice(0, question))}?${maskedQuery(target.slice(question + 1), masker)}`
}

function maskedQuery(query: string, masker: Masker): string {
  const pairs = query.split('&').map(pair => {
    const equals = pair.indexOf('=')
    if (equals < 0) return pair
    const deed = masker.deedAt(['query', pair.slice(0, equals)])
    return deed === null ? pair : pair.slice(0, equals + 1) + masker.value(pair.slice(equals + 1), deed)
  })
  return masker.text(pairs.join('&'))
}

function maskedHeaders(headers: readonly Header[], masker: Masker): readonly Header[] {
  return headers.map(header => {
    const known = masker.headers.get(header)
    if (known !== null) {
      masker.recall(known.secrets)
      return known.masked
    }
    const [name, value] = header
    let masked = header
    const secrets = masker.noted(() => {
      const instead = maskedHeader(name, value, masker)
      if (instead !== value) masked = [name, instead]
    })
    masker.headers.add({ sent: header, masked, secrets })
    return masked
  })
}

function maskedHeader(name: string, value: string, masker: Masker): string {
  const lower = name.toLowerCase()
  const own = masker.deedAt(['header', lower])
  if (own !== null) return masker.value(value, own)
  switch (lower) {
    case 'authorization':
    case 'proxy-authorization':
      return maskedCredentials(value, masker)
    case 'cookie':
      return value
        .split(';')
        .map(cookie => maskedCookie(cookie, masker))
        .join(';')
    case 'set-cookie': {
      const end = value.indexOf(';')
      return end < 0 ? maskedCookie(value, masker) : maskedCookie(value.slice(0, end), masker) + value.slice(end)
    }
    default: {
      const deed = masker.deedOf(name)
      return deed === null || deed === 'keep' ? masker.text(value) : masker.value(value, deed)
    }
  }
}

function maskedCookie(cookie: string, masker: Masker): string {
  const equals = cookie.indexOf('=')
  const name = cookie.slice(0, Math.max(0, equals)).trim()
  const named = masker.deedOf(name)
  // A cookie may be a session whatever it is called; its own name can only make it stricter, or be named in the configuration.
  const deed: Deed =
    named === null || named === 'keep'
      ? (masker.deedAt(['header', 'cookie', name]) ?? masker.deedOfClass('cookie'))
      : named
  return cookie.slice(0, equals + 1) + masker.value(cookie.slice(equals + 1), deed)
}

/** The scheme stays. */
function maskedCredentials(value: string, masker: Masker): string {
  const space = value.trimStart().indexOf(' ') + (value.length - value.trimStart().length)
  const scheme = /^\s*[A-Za-z][\w-]{0,31} /.test(value) ? value.slice(0, space + 1) : ''
  return scheme + masker.value(value.slice(scheme.length), masker.deedOfClass('authorization'))
}

/** A value at this place is not to be seen. */
function isSecretPlace(point: readonly string[], masker: Masker): boolean {
  if (point[0] === 'header' && (point.includes('COOKIE') || /AUTHORIZATION$/.test(point[1] ?? ''))) return true
  return point.slice(1).some(element => {
    const deed = masker.deedOf(element)
    return deed !== null && deed !== 'keep'
  })
}

/** Words of languages that attacks are written in: they give nothing away. */
const KNOWN = new Set(
  (
    'select union from where and not null like order group having insert into update delete drop table sleep benchmark waitfor delay ' +
    'information schema version database user concat char exec script alert onerror onload img svg src javascript iframe cat etc passwd ' +
    'bin bash echo ping curl wget http https file php system eval include require jndi ldap'
  ).split(' '),
)

/** What an attack at a secret place looks like: its structure, and words that everybody knows. */
function outlined(text: string): string {
  return text.replace(/[\p{L}\p{N}_]{3,}/gu, word => (KNOWN.has(word.toLowerCase()) ? word : MASK))
}
