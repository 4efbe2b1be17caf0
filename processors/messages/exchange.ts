/** Exchange records out of the halves that met, or out of one alone. */
import { canonicalAddress } from '#schemas/config/address.ts'
import { type ContentLimits, contentOf } from '#schemas/http/content.ts'
import { splitTarget } from '#schemas/http/target.ts'
import { connectionIdOf } from '#schemas/message/id.ts'
import { ABOUT_TEXT, type PeerCertificate, type TlsDetails } from '#schemas/records/about.ts'
import type { Exchange, ExchangeConnection, Message, Request, Response, Via } from '#schemas/records/exchange.ts'
import type { Endpoint } from '#schemas/records/flow.ts'
import type { MessageHalf, MessageTls, RequestHalf, ResponseHalf } from '#schemas/records/message.ts'
import { originOf } from '#schemas/records/origin.ts'
import type { Halves, Kept } from './entry.ts'

/** `why`: anomalies besides those of the halves. */
export function exchangeOf({ request, response }: Halves, why: readonly string[], limits: ContentLimits): Exchange {
  const one: Kept = request ?? response!
  const [first, last] = inOrder(one, response)
  const anomalies: string[] = []
  const sent = request === null ? NO_REQUEST : requestOf(request.half, limits, anomalies)
  const received = response === null ? null : responseOf(response.half, limits, anomalies)
  const connection = connectionOf(one)
  const host = request === null ? '' : hostOf(request.half)
  return {
    // A response alone is the second of its connection: the first may be there already, and was reported without it.
    id: `${connection.id}-${request === null ? 2 : 1}`,
    time: one.half.start,
    end: Math.max(one.half.end, response?.half.end ?? 0),
    connection,
    ordinal: request === null ? 2 : 1,
    stream: null,
    client: connection.client,
    host,
    scheme: connection.tls ? 'https' : 'http',
    hops: [{ from: one.capture, ...connection.client, trusted: true }],
    application: -1,
    mode: 'monitoring',
    request: sent,
    response: received,
    message: null,
    via: viaOf(request?.half ?? null, response?.half ?? null),
    anomalies: [...new Set([...(request?.anomalies ?? []), ...(response?.anomalies ?? []), ...anomalies, ...why])],
    origin: originOf(one.source, first, last),
  }
}

/** Who talks to whom, by the proxy. */
export function connectionOf({ half, capture }: Pick<Kept, 'half' | 'capture'>): ExchangeConnection {
  return {
    id: connectionIdOf(half.id),
    client: endpointOf(half.source),
    server: endpointOf(half.local),
    encapsulation: [],
    tls: half.tls !== null,
    capture,
    ...(half.tls === null ? {} : { tlsDetails: tlsOf(half.tls) }),
  }
}

/** What stands for a request that never came. */
const NO_REQUEST: Request = {
  method: '',
  target: '',
  path: '',
  query: null,
  version: '',
  headers: [],
  trailers: [],
  bodyBytes: 0,
  decodedBytes: null,
  body: null,
  content: null,
}

function inOrder(one: Kept, other: Kept | null): readonly [Kept, Kept] {
  if (other === null) return [one, one]
  return (one.offset - other.offset || one.packet - other.packet) < 0 ? [one, other] : [other, one]
}

function requestOf(half: RequestHalf, limits: ContentLimits, anomalies: string[]): Request {
  // RFC 9112 §3.2.3, RFC 8441 §4: CONNECT with a path has one of its own.
  const target = half.method === 'CONNECT' && half.path === '' ? half.authority : half.path
  if (half.finish === 'aborted') anomalies.push('message.request-aborted')
  if (half.finish === 'upgraded') anomalies.push('message.upgraded')
  return { method: half.method, target, ...splitTarget(half.method, target), ...messageOf(half, limits, anomalies) }
}

function responseOf(half: ResponseHalf, limits: ContentLimits, anomalies: string[]): Response {
  if (half.finish === 'aborted') anomalies.push('message.response-aborted')
  if (half.finish === 'upgraded' && !anomalies.includes('message.upgraded')) anomalies.push('message.upgraded')
  return { status: half.status, reason: '', ...messageOf(half, limits, anomalies) }
}

function messageOf(half: MessageHalf, limits: ContentLimits, anomalies: string[]): Message {
  const { headers, trailers, body, bodyBytes } = half
  const kept = {
    side: half.half,
    body: body.length === 0 ? null : body,
    codings: codingsOf(half),
    cut: body.length < bodyBytes,
    unfinished: half.finish !== 'complete',
  }
  return {
    version: half.protocol.slice('HTTP/'.length),
    headers,
    trailers,
    bodyBytes,
    ...contentOf(kept, limits, anomalies),
  }
}

function codingsOf({ headers }: MessageHalf): string {
  const codings = headers.filter(([name]) => name.length === 16 && name.toLowerCase() === 'content-encoding')
  return codings.map(([, value]) => value).join()
}

function hostOf({ authority, headers }: RequestHalf): string {
  const host = authority === '' ? headers.find(([name]) => name.toLowerCase() === 'host')?.[1] : authority
  return (host ?? '').toLowerCase()
}

/** IPv4-mapped addresses as IPv4, as everywhere. */
function endpointOf({ ip, port }: Endpoint): Endpoint {
  return { ip: canonicalAddress(ip) ?? ip, port }
}

function tlsOf({ version, sni, alpn, peerCertificate: peer }: MessageTls): TlsDetails {
  return {
    version: shortened(version),
    ...(sni === '' ? {} : { sni: shortened(sni) }),
    ...(alpn === undefined ? {} : { alpn: shortened(alpn) }),
    peerCertificate: peer === null ? null : certificateOf(peer),
  }
}

function certificateOf({
  subject,
  issuer,
  uris,
  dns,
  sha256,
  serial,
  validated,
}: NonNullable<MessageTls['peerCertificate']>): PeerCertificate {
  return {
    subject: shortened(subject),
    ...(issuer === null ? {} : { issuer: shortened(issuer) }),
    uris: uris.slice(0, MOST_NAMES).map(shortened),
    dns: dns.slice(0, MOST_NAMES).map(shortened),
    sha256: shortened(sha256),
    serial: shortened(serial),
    validated,
  }
}

const MOST_NAMES = 64

function shortened(text: string): string {
  return text.slice(0, ABOUT_TEXT)
}

/** The response knows more: the route is chosen, and the upstream was asked. */
function viaOf(request: RequestHalf | null, response: ResponseHalf | null): Via {
  const one: MessageHalf = request ?? response!
  const known = (key: 'node' | 'route' | 'cluster' | 'virtualHost' | 'trace') => {
    const text = response?.[key] ?? request?.[key] ?? null
    return text === null ? {} : { [key]: shortened(text) }
  }
  return {
    peer: endpointOf(one.peer),
    ...(response === null || response.upstream === null ? {} : { upstream: endpointOf(response.upstream) }),
    ...known('node'),
    ...known('route'),
    ...known('cluster'),
    ...known('virtualHost'),
    ...known('trace'),
    redacted: [...new Set([...(request?.redacted ?? []), ...(response?.redacted ?? [])])]
      .slice(0, MOST_NAMES)
      .map(shortened),
  }
}
