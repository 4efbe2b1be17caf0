/**
 * ArcSight Common Event Format, `CEF:0` (Implementing ArcSight Common Event Format, revision 25).
 *
 *   line      = "CEF:0|" vendor "|" product "|" version "|" signature "|" name "|" severity "|" extension
 *   extension = key "=" value *( " " key "=" value )
 *
 *   in the header   \ -> \\   | -> \|   line breaks are not allowed there: pictures
 *   in a value      \ -> \\   = -> \=   LF -> \n   CR -> \r   U+0085, U+2028, U+2029 -> \n   other controls: pictures
 *
 * As every `=` of a value is escaped, a bare one ends a key: no text can begin a field of its own.
 * `src` and `dst` hold IPv4 addresses in this version; IPv6 ones go to `c6a2` and `c6a3`.
 */
import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { pictured } from '#schemas/forms/controls.ts'
import {
  address,
  cut,
  header,
  MAPPING,
  messageBytes,
  millis,
  PRODUCT,
  splitHost,
  VENDOR,
} from '#schemas/forms/facts.ts'
import { eventName, type Pair } from '#schemas/forms/pairs.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange, ExchangeConnection } from '#schemas/records/exchange.ts'

export function cefLine(record: SinkRecord): string {
  const { id, title, category, severity } = eventName(record)
  const head = [VENDOR, PRODUCT, MAPPING, id, title].map(headerText).join('|')
  const pairs: readonly Pair[] = [['cat', category], ...pairsOf(record)]
  const extension = pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${valueText(String(value))}`)
  return `CEF:0|${head}|${severity}|${extension.join(' ')}`
}

function pairsOf(record: SinkRecord): readonly Pair[] {
  switch (record.topic) {
    case 'exchanges':
      return exchangePairs(record.value)
    case 'detections':
      return detectionPairs(record.value)
    case 'anomalies':
      return anomalyPairs(record.value)
    default:
      return record satisfies never
  }
}

function exchangePairs(x: Exchange): readonly Pair[] {
  const { request, response, message } = x
  const common: readonly Pair[] = [
    ['externalId', x.id],
    ['rt', millis(x.time)],
    ...ends(x.connection, x.client),
    ['dhost', splitHost(x.host).name],
  ]
  if (message !== null) {
    return [
      ...common,
      ['request', request.path],
      [message.from === 'client' ? 'in' : 'out', messageBytes(x)],
      ...labelled('cs3', 'exchange', message.exchange),
      ...labelled('cs6', 'kind', message.kind),
    ]
  }
  return [
    ...common,
    ['end', millis(x.end)],
    ['app', x.scheme],
    ['requestMethod', request.method],
    ['request', request.target],
    ['requestClientApplication', header(request, 'user-agent')],
    ['requestContext', header(request, 'referer')],
    ['in', request.bodyBytes],
    ['out', response?.bodyBytes],
    ...labelled('cn1', 'status', response?.status),
    ...labelled('cs6', 'anomalies', x.anomalies.join()),
  ]
}

function detectionPairs(d: Detection): readonly Pair[] {
  return [
    ['externalId', d.id],
    ['rt', millis(d.time)],
    ...ends(d.connection, d.client),
    ['dhost', splitHost(d.host).name],
    ['requestMethod', d.method],
    ['request', d.path],
    ['msg', d.why],
    ...labelled('cn1', 'status', d.response?.status),
    ...labelled('cs1', 'point', d.point.join('.')),
    ...labelled('cs2', 'evidence', d.evidence),
    ...labelled('cs3', 'exchange', d.exchange),
    ...labelled('cs4', 'pack', d.pack),
    ...labelled('cs5', 'weakness', [...d.cwe.map(each => `CWE-${each}`), ...d.owasp].join()),
    ...labelled('cs6', 'attack', d.attack),
  ]
}

function anomalyPairs(a: Anomaly): readonly Pair[] {
  return [['externalId', a.id], ['rt', millis(a.time)], ...ends(a.connection, a.connection.client)]
}

function ends({ server }: ExchangeConnection, client: Exchange['client']): readonly Pair[] {
  return [
    ...addressPairs('src', 'c6a2', 'Source IPv6 Address', client.ip),
    ['spt', client.port],
    ...addressPairs('dst', 'c6a3', 'Destination IPv6 Address', server.ip),
    ['dpt', server.port],
    ['proto', 'TCP'],
  ]
}

function addressPairs(key: string, key6: string, label: string, ip: string): readonly Pair[] {
  if (address(ip) === undefined) return []
  return ip.includes(':') ? labelled(key6, label, ip) : [[key, ip]]
}

/** A custom field, with its name beside it; nothing when it is empty. */
function labelled(key: string, label: string, value: Pair[1]): readonly Pair[] {
  if (value === null || value === undefined || value === '') return []
  return [
    [key, value],
    [`${key}Label`, label],
  ]
}

function headerText(text: string): string {
  return pictured(cut(text)).replace(/[\\|]/g, '\\$&')
}

function valueText(text: string): string {
  const escaped = cut(text)
    .replace(/[\\=]/g, '\\$&')
    .replace(/[\n\u0085\u2028\u2029]/g, '\\n')
    .replaceAll('\r', '\\r')
  return pictured(escaped)
}
