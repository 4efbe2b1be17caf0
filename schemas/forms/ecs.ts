/**
 * Elastic Common Schema 8.17 (elastic.co/guide/en/ecs), one JSON object per line. What has no field there stands below
 * `tapwire`. A field of type `ip` is there only when it holds an address: Elasticsearch refuses the whole document otherwise.
 */
import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { jsonLine } from '#schemas/forms/controls.ts'
import {
  ANOMALY_SCALE,
  address,
  header,
  MAPPING,
  messageBytes,
  PRODUCT,
  SCALE,
  splitHost,
  VENDOR,
} from '#schemas/forms/facts.ts'
import { isoTime } from '#schemas/json/time.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange, ExchangeConnection } from '#schemas/records/exchange.ts'

export const ECS_VERSION = '8.17.0'

const OBSERVER = { vendor: VENDOR, product: PRODUCT, version: MAPPING, type: 'sensor' }

export function ecsLine(record: SinkRecord): string {
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
  const { request, response, message } = x
  return jsonLine({
    ...head(x.time, {
      kind: 'event',
      category: ['web'],
      type: [message === null ? 'access' : 'info'],
      action: message === null ? 'http-exchange' : 'websocket-message',
      dataset: 'tapwire.exchanges',
      id: x.id,
      outcome: response === null || message !== null ? 'unknown' : response.status < 400 ? 'success' : 'failure',
      start: isoTime(x.time),
      end: isoTime(x.end),
      /** Nanoseconds. */
      duration: Math.max(0, x.end - x.time) * 1000,
    }),
    ...ends(x.connection, x.client, message === null ? 'http' : 'websocket'),
    url: {
      original: request.target,
      scheme: x.scheme,
      ...urlHost(x.host),
      path: request.path,
      query: request.query ?? undefined,
    },
    http: {
      version: request.version,
      request: {
        method: request.method,
        referrer: header(request, 'referer') ?? undefined,
        body: { bytes: request.bodyBytes },
      },
      response: response === null ? undefined : { status_code: response.status, body: { bytes: response.bodyBytes } },
    },
    user_agent: { original: header(request, 'user-agent') ?? undefined },
    tapwire: {
      connection: x.connection.id,
      ordinal: x.ordinal,
      stream: x.stream ?? undefined,
      application: x.application,
      mode: x.mode,
      anomalies: x.anomalies,
      message:
        message === null
          ? undefined
          : { exchange: message.exchange, from: message.from, kind: message.kind, bytes: messageBytes(x) },
    },
  })
}

function detectionEvent(d: Detection): string {
  return jsonLine({
    ...head(d.time, {
      kind: 'alert',
      category: ['intrusion_detection', 'web'],
      type: ['info'],
      action: d.attack,
      code: d.rule,
      dataset: 'tapwire.detections',
      id: d.id,
      severity: SCALE[d.severity],
      reason: d.why,
    }),
    message: d.why,
    ...ends(d.connection, d.client, 'http'),
    url: { original: d.path, ...urlHost(d.host), path: d.path },
    http: {
      request: { method: d.method },
      response: d.response === null ? undefined : { status_code: d.response.status },
    },
    rule: { id: d.rule, category: d.attack, ruleset: d.pack },
    tapwire: {
      connection: d.connection.id,
      exchange: d.exchange,
      application: d.application,
      severity: d.severity,
      point: d.point,
      evidence: d.evidence,
      shows: d.shows ?? undefined,
      unless: d.unless ?? undefined,
      cwe: d.cwe,
      owasp: d.owasp,
    },
  })
}

function anomalyEvent(a: Anomaly): string {
  return jsonLine({
    ...head(a.time, {
      kind: 'event',
      category: ['network'],
      type: ['info'],
      action: 'anomaly',
      code: a.anomaly,
      dataset: 'tapwire.anomalies',
      id: a.id,
      severity: ANOMALY_SCALE,
    }),
    message: a.anomaly,
    ...ends(a.connection, a.connection.client, undefined),
    tapwire: { connection: a.connection.id, anomaly: a.anomaly },
  })
}

function head(time: number, event: object): object {
  return {
    '@timestamp': isoTime(time),
    ecs: { version: ECS_VERSION },
    event: { module: 'tapwire', ...event },
    observer: OBSERVER,
  }
}

/** `source` and `destination` are of the connection, `client` is the real one. */
function ends({ client, server, tls }: ExchangeConnection, real: Exchange['client'], protocol?: string): object {
  return {
    source: place(client),
    destination: place(server),
    client: place(real),
    network: { transport: 'tcp', protocol },
    tls: { established: tls },
  }
}

function place({ ip, port }: Exchange['client']): object {
  return { address: ip, ip: address(ip), port }
}

function urlHost(host: string): object {
  if (host === '') return {}
  const { name, port } = splitHost(host)
  return { domain: name, port }
}
