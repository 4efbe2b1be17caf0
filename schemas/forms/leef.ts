/**
 * IBM QRadar Log Event Extended Format 2.0 (ibm.com/docs/en/dsm, LEEF event components).
 *
 *   line       = "LEEF:2.0|" vendor "|" product "|" version "|" event "|x09|" attributes
 *   attributes = key "=" value *( TAB key "=" value )
 *
 * The format has no escapes. So that no text leaves its place, controls (the delimiter and line breaks are some) become
 * their pictures, and `|` in the header becomes `_`. Values may hold `=`: the first one of an attribute ends its key.
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
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange, ExchangeConnection } from '#schemas/records/exchange.ts'

export function leefLine(record: SinkRecord): string {
  const { id, category, severity } = eventName(record)
  const head = [VENDOR, PRODUCT, MAPPING, id].map(text => pictured(cut(text)).replaceAll('|', '_')).join('|')
  const { time, connection } = record.value
  const client = record.topic === 'anomalies' ? connection.client : record.value.client
  const pairs: readonly Pair[] = [
    // Milliseconds since 1970: what a reader expects without devTimeFormat.
    ['devTime', millis(time)],
    ['cat', category],
    // 1 to 10.
    ['sev', Math.max(1, severity)],
    ['id', record.value.id],
    ...ends(connection, client),
    ...pairsOf(record),
  ]
  const attributes = pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${pictured(cut(String(value)))}`)
  return `LEEF:2.0|${head}|x09|${attributes.join('\t')}`
}

function pairsOf(record: SinkRecord): readonly Pair[] {
  switch (record.topic) {
    case 'exchanges':
      return exchangePairs(record.value)
    case 'detections':
      return detectionPairs(record.value)
    case 'anomalies':
      return []
    default:
      return record satisfies never
  }
}

function exchangePairs(x: Exchange): readonly Pair[] {
  const { request, response, message } = x
  const host = splitHost(x.host).name
  if (message !== null) {
    return [
      ['host', host],
      ['url', request.path],
      [message.from === 'client' ? 'srcBytes' : 'dstBytes', messageBytes(x)],
      ['exchange', message.exchange],
      ['kind', message.kind],
    ]
  }
  return [
    ['host', host],
    ['method', request.method],
    ['url', request.target],
    ['status', response?.status],
    ['srcBytes', request.bodyBytes],
    ['dstBytes', response?.bodyBytes],
    ['userAgent', header(request, 'user-agent')],
    ['referer', header(request, 'referer')],
    ['anomalies', x.anomalies.join()],
  ]
}

function detectionPairs(d: Detection): readonly Pair[] {
  return [
    ['host', splitHost(d.host).name],
    ['method', d.method],
    ['url', d.path],
    ['status', d.response?.status],
    ['attack', d.attack],
    ['severity', d.severity],
    ['msg', d.why],
    ['point', d.point.join('.')],
    ['evidence', d.evidence],
    ['exchange', d.exchange],
    ['pack', d.pack],
    ['weakness', [...d.cwe.map(each => `CWE-${each}`), ...d.owasp].join()],
  ]
}

function ends({ server }: ExchangeConnection, client: Exchange['client']): readonly Pair[] {
  return [
    ['src', address(client.ip)],
    ['srcPort', client.port],
    ['dst', address(server.ip)],
    ['dstPort', server.port],
    ['proto', 'TCP'],
  ]
}
