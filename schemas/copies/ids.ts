/**
 * Names that a request carries through proxies, from its headers. A trace is one request with all that it caused; a request
 * id is as a rule one request. Each system has its own header:
 *
 *   traceparent          2HEXDIG "-" 32HEXDIG "-" 16HEXDIG "-" 2HEXDIG           W3C Trace Context §3.2
 *   b3                   (32HEXDIG | 16HEXDIG) "-" 16HEXDIG …                    B3, single header
 *   x-b3-traceid         32HEXDIG | 16HEXDIG                                     B3, several headers
 *   x-cloud-trace-context  32HEXDIG ["/" …]                                      Google Cloud
 *   x-amzn-trace-id      … "Root=" id …                                          AWS
 *   x-request-id         text                                                    Envoy, NGINX, and many more
 */
import type { Exchange } from '#schemas/records/exchange.ts'

/** Absent: the request carries none, or several that differ. */
export interface RequestIds {
  readonly trace?: string
  readonly request?: string
}

/** Longer ones are no ids. */
const LONGEST_ID = 128

const TRACE: ReadonlyMap<string, RegExp> = new Map([
  ['traceparent', /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/],
  ['b3', /^([0-9a-f]{32}|[0-9a-f]{16})-[0-9a-f]{16}/],
  ['x-b3-traceid', /^([0-9a-f]{32}|[0-9a-f]{16})$/],
  ['x-cloud-trace-context', /^([0-9a-f]{32})(?:\/|$)/],
  ['x-amzn-trace-id', /(?:^|;)root=([0-9a-f-]{1,64})(?:;|$)/],
])

export function idsOf({ request, via }: Pick<Exchange, 'request' | 'via'>): RequestIds {
  const traces = new Set<string>()
  const requests = new Set<string>()
  if (via?.trace !== undefined) traces.add(padded(via.trace.toLowerCase()))
  for (const [name, value] of request.headers) {
    const lower = name.toLowerCase()
    if (value.length > LONGEST_ID) continue
    const trace = TRACE.get(lower)?.exec(value.trim().toLowerCase())?.[1]
    if (trace !== undefined && !/^0*$/.test(trace)) traces.add(padded(trace))
    if (lower === 'x-request-id' && value.trim() !== '') requests.add(value.trim())
  }
  return { ...only('trace', traces), ...only('request', requests) }
}

/** B3 has traces of 64 bits: they are the lower half of one of 128. */
function padded(trace: string): string {
  return trace.length === 16 ? trace.padStart(32, '0') : trace
}

/** Two that differ name nothing: whoever sent them cannot choose which one is believed. */
function only(key: keyof RequestIds, values: ReadonlySet<string>): RequestIds {
  const [value, ...more] = values
  return value === undefined || more.length > 0 ? {} : { [key]: value }
}
