/**
 * Open Cybersecurity Schema Framework 1.4.0 (schema.ocsf.io), one JSON object per line. Classes:
 *
 *   exchange            4002 HTTP Activity
 *   WebSocket message   4001 Network Activity, activity 6 (traffic)
 *   detection           2004 Detection Finding, activity 1 (create)
 *   anomaly             4001 Network Activity, activity 6 (traffic): not an attack by itself, so not a finding
 *
 * `type_uid` is the class times 100 plus the activity. Times are in ms. What has no attribute stands below `unmapped`.
 */
import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { jsonLine } from '#schemas/forms/controls.ts'
import { address, header, MAPPING, messageBytes, millis, PRODUCT, splitHost, VENDOR } from '#schemas/forms/facts.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Detection, Severity } from '#schemas/records/detection.ts'
import type { Exchange, ExchangeConnection } from '#schemas/records/exchange.ts'

export const OCSF_VERSION = '1.4.0'

const SEVERITY_ID: Readonly<Record<Severity, number>> = { info: 1, low: 2, medium: 3, high: 4, critical: 5 }
const INFORMATIONAL = 1
const LOW = 2
const OTHER = 99
const TRAFFIC = 6
/** Activities of class 4002. PATCH has none before 1.5.0: it is one of the others, and named. */
const METHODS: ReadonlyMap<string, number> = new Map([
  ['CONNECT', 1],
  ['DELETE', 2],
  ['GET', 3],
  ['HEAD', 4],
  ['OPTIONS', 5],
  ['POST', 6],
  ['PUT', 7],
  ['TRACE', 8],
])
/** `analytic.type_id` */
const RULE = 1
const TCP = 6

export function ocsfLine(record: SinkRecord): string {
  switch (record.topic) {
    case 'exchanges':
      return exchangeEvent(record.value)
    case 'detections':
      return detectionEvent(record.value)
    case 'anomalies':
      return anomalyEvent(record.value)
    default:
      return record satisfies never
  }
}

/** An exchange, or a message of a WebSocket. */
function exchangeEvent(x: Exchange): string {
  if (x.message !== null) return messageEvent(x, x.message)
  const { request, response } = x
  const known = METHODS.get(request.method)
  return jsonLine({
    ...head(4, 4002, known ?? OTHER, INFORMATIONAL, x),
    ...(known === undefined ? { activity_name: request.method } : {}),
    start_time: millis(x.time),
    end_time: millis(x.end),
    duration: Math.max(0, millis(x.end) - millis(x.time)),
    // 1 is success, 2 failure, 0 unknown.
    status_id: response === null ? 0 : response.status < 400 ? 1 : 2,
    ...ends(x.connection, x.client),
    http_request: {
      uid: x.id,
      http_method: request.method,
      version: request.version,
      url: url(x.host, request.path, request.query, x.scheme, request.target),
      user_agent: header(request, 'user-agent') ?? undefined,
      referrer: header(request, 'referer') ?? undefined,
      body_length: request.bodyBytes,
    },
    http_response:
      response === null
        ? undefined
        : {
            code: response.status,
            status: response.reason,
            content_type: header(response, 'content-type') ?? undefined,
            body_length: response.bodyBytes,
          },
    unmapped: { ...context(x.connection, x.application), mode: x.mode, anomalies: x.anomalies },
  })
}

function detectionEvent(d: Detection): string {
  return jsonLine({
    ...head(2, 2004, 1, SEVERITY_ID[d.severity], d),
    message: d.why,
    is_alert: true,
    status_id: 1,
    finding_info: {
      uid: d.id,
      title: d.rule,
      desc: d.why,
      types: [d.attack],
      created_time: millis(d.time),
      analytic: { uid: d.rule, name: d.rule, category: d.attack, type_id: RULE, version: d.pack },
      related_events: [{ uid: d.exchange, type_uid: 400200 + (METHODS.get(d.method) ?? OTHER) }],
    },
    evidences: [
      {
        ...ends(d.connection, d.client),
        url: url(d.host, d.path, null, undefined, d.path),
        http_request: { uid: d.exchange, http_method: d.method },
        http_response: d.response === null ? undefined : { code: d.response.status },
        data: {
          point: d.point,
          evidence: d.evidence,
          shows: d.shows ?? undefined,
        },
      },
    ],
    unmapped: {
      ...context(d.connection, d.application),
      exchange: d.exchange,
      unless: d.unless ?? undefined,
      cwe: d.cwe,
      owasp: d.owasp,
    },
  })
}

function anomalyEvent(a: Anomaly): string {
  return jsonLine({
    ...head(4, 4001, TRAFFIC, LOW, a),
    message: a.anomaly,
    ...ends(a.connection, a.connection.client),
    unmapped: { ...context(a.connection, undefined), anomaly: a.anomaly },
  })
}

function messageEvent(x: Exchange, message: NonNullable<Exchange['message']>): string {
  return jsonLine({
    ...head(4, 4001, TRAFFIC, INFORMATIONAL, x),
    app_name: 'websocket',
    ...ends(x.connection, x.client),
    traffic: message.from === 'client' ? { bytes_out: messageBytes(x) } : { bytes_in: messageBytes(x) },
    unmapped: {
      ...context(x.connection, x.application),
      exchange: message.exchange,
      from: message.from,
      kind: message.kind,
      host: x.host,
      path: x.request.path,
    },
  })
}

interface Identified {
  readonly id: string
  readonly time: number
}

function head(
  category: number,
  classUid: number,
  activity: number,
  severity: number,
  { id, time }: Identified,
): object {
  return {
    class_uid: classUid,
    category_uid: category,
    activity_id: activity,
    type_uid: classUid * 100 + activity,
    severity_id: severity,
    time: millis(time),
    metadata: {
      version: OCSF_VERSION,
      product: { vendor_name: VENDOR, name: PRODUCT, version: MAPPING },
      uid: id,
    },
  }
}

/** `src_endpoint` is the real client; the other end of the connection, when that is a proxy, stands in `unmapped`. */
function ends({ server }: ExchangeConnection, client: Exchange['client']): object {
  return {
    src_endpoint: endpoint(client),
    dst_endpoint: endpoint(server),
    connection_info: { direction_id: 0, protocol_num: TCP, protocol_name: 'tcp' },
  }
}

/** `ip` is an address; other texts (a header claimed them) are names. */
function endpoint({ ip, port }: Exchange['client']): object {
  return address(ip) === undefined ? { name: ip, port } : { ip, port }
}

function context({ id, client, tls }: ExchangeConnection, application: number | undefined): object {
  return { connection: id, peer: { ip: client.ip, port: client.port }, tls, application }
}

function url(host: string, path: string, query: string | null, scheme: string | undefined, text: string): object {
  const { name, port } = splitHost(host)
  return { hostname: name, port, path, query_string: query ?? undefined, scheme, url_string: text }
}
