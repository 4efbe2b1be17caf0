/**
 * The JSON contract as plain objects: what a line says, key by key, in the order of the contract. `JSON.stringify` of
 * these is the obvious slow twin of lines.ts, and its oracle in the tests.
 */
import { isoTime } from '#schemas/json/time.ts'
import type { ProcessDetails, TlsDetails } from '#schemas/records/about.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange, ExchangeConnection, Message, Origin, ProxyDetails, Via } from '#schemas/records/exchange.ts'

export interface LineOptions {
  /** Bodies in base64: as kept by the HTTP stage, before content decoding. */
  readonly bodies: boolean
}

export function plainExchange(x: Exchange, options: LineOptions): object {
  const { request, response } = x
  return {
    type: 'exchange',
    id: x.id,
    time: isoTime(x.time),
    connection: plainConnection(x.connection, x.ordinal, x.stream),
    client: plainClient(x.client),
    host: x.host,
    scheme: x.scheme,
    hops: x.hops.map(({ from, ip, port, trusted, proxy }) => ({
      from,
      ip,
      ...(port === undefined ? {} : { port }),
      trusted,
      ...(proxy === undefined ? {} : { proxy: plainProxy(proxy) }),
    })),
    application: x.application,
    mode: x.mode,
    request: {
      method: request.method,
      target: request.target,
      path: request.path,
      query: request.query,
      ...plainMessage(request, options),
    },
    response:
      response === null
        ? null
        : { status: response.status, reason: response.reason, ...plainMessage(response, options) },
    ...(x.via === undefined ? {} : { via: plainVia(x.via) }),
    anomalies: x.anomalies,
    origin: plainOrigin(x.origin, x.connection),
  }
}

/** `x.message` is set. Its body is what the application reads: after decompression. */
export function plainMessageOf(x: Exchange, { bodies }: LineOptions): object {
  const message = x.message!
  const { bodyBytes, decodedBytes, content } = message.from === 'client' ? x.request : x.response!
  return {
    type: 'message',
    id: x.id,
    time: isoTime(x.time),
    exchange: message.exchange,
    connection: plainConnection(x.connection, x.ordinal, x.stream),
    client: plainClient(x.client),
    host: x.host,
    application: x.application,
    mode: x.mode,
    path: x.request.path,
    from: message.from,
    kind: message.kind,
    ...(message.code === null ? {} : { code: message.code }),
    frames: message.frames,
    bytes: bodyBytes,
    ...(decodedBytes === null ? {} : { decodedBytes }),
    ...(bodies ? { body: content === null ? '' : Buffer.from(content).toString('base64') } : {}),
    anomalies: x.anomalies,
    origin: plainOrigin(x.origin, x.connection),
  }
}

export function plainDetection(d: Detection): object {
  return {
    type: 'detection',
    id: d.id,
    time: isoTime(d.time),
    exchange: d.exchange,
    connection: plainConnection(d.connection, d.ordinal, d.stream),
    client: plainClient(d.client),
    host: d.host,
    application: d.application,
    method: d.method,
    path: d.path,
    attack: d.attack,
    severity: d.severity,
    rule: d.rule,
    point: d.point,
    evidence: d.evidence,
    why: d.why,
    ...(d.at === null ? {} : { at: d.at }),
    ...(d.shows === null ? {} : { shows: d.shows }),
    ...(d.unless === null ? {} : { unless: d.unless }),
    cwe: d.cwe,
    owasp: d.owasp,
    pack: d.pack,
    response: d.response === null ? null : { status: d.response.status },
    origin: plainOrigin(d.origin, d.connection),
  }
}

export function plainAnomaly(a: Anomaly): object {
  return {
    type: 'anomaly',
    id: a.id,
    time: isoTime(a.time),
    connection: plainConnection(a.connection, null, null),
    anomaly: a.anomaly,
    origin: plainOrigin(a.origin, a.connection),
  }
}

/** An anomaly belongs to the connection, not to one of its exchanges: it has no ordinal. */
function plainConnection(c: ExchangeConnection, ordinal: number | null, stream: number | null): object {
  return {
    id: c.id,
    ...(ordinal === null ? {} : { ordinal }),
    client: { ip: c.client.ip, port: c.client.port },
    server: { ip: c.server.ip, port: c.server.port },
    encapsulation: c.encapsulation.map(layer =>
      'vni' in layer ? { type: layer.type, vni: layer.vni } : { type: layer.type, id: layer.id },
    ),
    tls: c.tls,
    capture: c.capture,
    ...(c.tlsDetails === undefined ? {} : { tlsDetails: plainTls(c.tlsDetails) }),
    ...(c.process === undefined ? {} : { process: plainProcess(c.process) }),
    ...(stream === null ? {} : { stream }),
  }
}

/** What is not known is undefined, and has no key in JSON. */
export function plainTls({ library, version, sni, alpn, peerCertificate: peer }: TlsDetails): object {
  return {
    library,
    version,
    sni,
    alpn,
    peerCertificate: peer && {
      subject: peer.subject,
      issuer: peer.issuer,
      uris: peer.uris,
      dns: peer.dns,
      sha256: peer.sha256,
      serial: peer.serial,
      validated: peer.validated,
    },
  }
}

export function plainProcess({ pid, name, executable, side, container, pod }: ProcessDetails): object {
  return {
    pid,
    name,
    executable,
    side,
    container,
    pod: pod && { uid: pod.uid, namespace: pod.namespace, name: pod.name },
  }
}

/** What is not known is undefined, and has no key in JSON. */
export function plainVia({ peer, upstream, node, route, cluster, virtualHost, trace, redacted }: Via): object {
  return {
    peer: { ip: peer.ip, port: peer.port },
    upstream: upstream && { ip: upstream.ip, port: upstream.port },
    node,
    route,
    cluster,
    virtualHost,
    trace,
    redacted,
  }
}

/** What was not sent is undefined, and has no key in JSON. */
export function plainProxy(proxy: ProxyDetails): object {
  const { server, unix, ssl } = proxy
  return {
    server: server && { ip: server.ip, port: server.port },
    unix: unix && { client: unix.client, server: unix.server },
    alpn: proxy.alpn,
    authority: proxy.authority,
    uniqueId: proxy.uniqueId,
    ssl: ssl && {
      tls: ssl.tls,
      verified: ssl.verified,
      version: ssl.version,
      commonName: ssl.commonName,
      cipher: ssl.cipher,
      signature: ssl.signature,
      key: ssl.key,
    },
    netns: proxy.netns,
    vpcEndpoint: proxy.vpcEndpoint,
    linkId: proxy.linkId,
    pscConnectionId: proxy.pscConnectionId,
    others: proxy.others,
  }
}

function plainClient(client: Exchange['client']): object {
  return client.port === undefined ? { ip: client.ip } : { ip: client.ip, port: client.port }
}

function plainMessage(message: Message, { bodies }: LineOptions): object {
  const { version, headers, trailers, bodyBytes, decodedBytes, body } = message
  return {
    version,
    headers,
    ...(trailers.length === 0 ? {} : { trailers }),
    bodyBytes,
    ...(decodedBytes === null ? {} : { decodedBytes }),
    ...(bodies ? { body: body === null ? '' : Buffer.from(body).toString('base64') } : {}),
  }
}

/** Frame numbers mean something only next to a file: with a log and another kind of capture, offsets say where. */
function plainOrigin(origin: Origin, { capture }: ExchangeConnection): object {
  const file = { file: origin.source, packets: origin.packets }
  if (origin.log === null) return file
  const { topic, partition, offsets } = origin.log
  return { topic, partition, offsets, ...(capture === 'pcap-file' ? file : {}) }
}
