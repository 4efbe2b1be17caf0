/** Where an inner address is ordinary: developers, tests and machines name themselves. */
import type { Exchange } from '#schemas/records/exchange.ts'
import { fieldOf, kindOf } from '../../text/field.ts'

/** Headers in which machines say who they are and where they come from. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'origin',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-real-ip',
  'forwarded',
  'via',
  'x-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-envoy-external-address',
])

/** Fields that say where the browser is or goes on, which may well be a developer's machine. */
const BROWSER =
  /^(?:.*redirect.*|.*callback.*|.*return.*|.*origin.*|.*refer+er.*|ref|document-?ur[il]|blocked-?ur[il]|source-?file|d[lr]|page.*|location.*|.*issuer.*|iss|aud.*|base_?ur[il]|next|continue|.*cors.*|.*logout.*|.*success.*|.*cancel.*)$/

/** Fields whose URL a server is asked to fetch. */
const FETCHED =
  /^(?:.*(?:ur[il]|src|source|image|img|avatar|picture|photo|icon|logo|feed|rss|webhook|hook|fetch|proxy|target|dest|destination|remote|endpoint|import|download|link|site|host|domain|server|wsdl|xml|html|pdf|document|file|path|load|to|out|go|u|q))$/

export function isOwnHeader(point: readonly string[]): boolean {
  return point[0] === 'header' && OWN_HEADERS.has((point[1] ?? '').toLowerCase())
}

/** May an inner address stand there without asking the server for something? */
export function isOrdinary(point: readonly string[], exchange: Exchange): boolean {
  const field = fieldOf(point)
  switch (kindOf(point)) {
    case 'header':
    case 'text':
      return true
    case 'path':
      return false
    case 'query':
    case 'form':
    case 'cookie':
      return BROWSER.test(field)
    case 'document':
      return isDeveloper(exchange) || BROWSER.test(field) || !FETCHED.test(field) || isDeep(point, field)
    default:
      return true
  }
}

/** Names that say what is done with the URL. */
const TELLING = /(?:webhook|fetch|proxy|feed|rss|import|target|avatar|image|img|picture|photo|icon|logo|pdf|html|wsdl)/

/** Inside of lists and of nested objects documents describe machines (traces, interface descriptions, manifests). */
function isDeep(point: readonly string[], field: string): boolean {
  if (point.includes('array')) return true
  const depth = point.filter(element => element === 'hash').length
  return depth > (TELLING.test(field) ? 2 : 1)
}

/** Who is asked, or the page that asks, is on a developer's machine. */
function isDeveloper({ host, request }: Exchange): boolean {
  if (isInner(host)) return true
  return request.headers.some(
    ([name, value]) =>
      /^(?:origin|referer)$/i.test(name) && isInner(/^https?:\/\/([^/:]{1,253})/i.exec(value)?.[1] ?? '.'),
  )
}

/** A developer's machine, or one service of a private network to another. */
function isInner(host: string): boolean {
  return (
    host === '' ||
    !host.includes('.') ||
    /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)|\.(?:local|internal|localhost|svc|lan|test)$/.test(host)
  )
}
