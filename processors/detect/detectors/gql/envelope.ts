/** What stands beside the documents of a request: GraphQL over HTTP, by GET, by POST and in batches. */
import type { Exchange } from '#schemas/records/exchange.ts'
import { decodeEscapes } from '../../text/unescape.ts'

/** Index of the document in its batch, -1 when it is alone: `["post","json_doc","array","3","hash","query","gql"]`. */
export function batchIndex(point: readonly string[]): number {
  const at = point.lastIndexOf('json_doc')
  return point[at + 1] === 'array' && point.length === at + 6 ? Number(point[at + 2]) : -1
}

export interface Beside {
  /** Characters of the longest text in the variables; 0 when none is beyond the limit. */
  readonly longest: number
  /** What asks for debug output. */
  readonly debug: string | null
}

/** Reads what stands beside documents, once for all documents of a request. `limit`: of variables. */
export function besideOf(limit: number): (exchange: Exchange) => Beside {
  const known = new WeakMap<Exchange, Beside>()
  return exchange => {
    const before = known.get(exchange)
    if (before !== undefined) return before
    const found = { longest: longestVariable(exchange, limit), debug: asksForDebug(exchange) }
    known.set(exchange, found)
    return found
  }
}

/** Characters of the longest text in the variables of the request. 0: there are none, or all of them are within `limit`. */
function longestVariable({ request }: Exchange, limit: number): number {
  const { content, query } = request
  if (content !== null && content.length > limit) return longestIn(Buffer.from(content).toString(), limit)
  if (query === null || query.length <= limit) return 0
  const sent = /(?:^|&)variables=([^&]*)/.exec(query)?.[1]
  return sent === undefined ? 0 : longestIn(`{"variables":${decodeEscapes(sent, true)}}`, limit)
}

/** A parameter of the URL, or a member of the JSON beside the document, that asks for debug output. */
function asksForDebug({ request }: Exchange): string | null {
  const parameter = /(?:^|&)_?debug(?:=(?!(?:0|false|no|off)?(?:&|$))[^&]{1,64}|(?=&|$))/i.exec(request.query ?? '')
  if (parameter !== null) return parameter[0].replace(/^&/, '')
  if (request.content === null || request.content.length > MOST_SEARCHED) return null
  return (
    /"_?debug"\s{0,9}:\s{0,9}(?:true|1|"(?:true|1|on|yes|full)")/i.exec(Buffer.from(request.content).toString())?.[0] ??
    null
  )
}

/** Bodies up to here are searched for a debug member. */
const MOST_SEARCHED = 65_536

function longestIn(text: string, limit: number): number {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return 0
  }
  let longest = 0
  const left: unknown[] = (Array.isArray(document) ? document : [document]).map(variablesOf)
  for (let value = left.pop(); left.length > 0 || value !== undefined; value = left.pop()) {
    if (typeof value === 'string') longest = Math.max(longest, value.length)
    else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) left.push(one)
  }
  return longest > limit ? longest : 0
}

function variablesOf(request: unknown): unknown {
  return typeof request === 'object' && request !== null && 'variables' in request ? request.variables : null
}
