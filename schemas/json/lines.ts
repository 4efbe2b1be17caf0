/**
 * Records as JSON lines (without the newline), in exactly the shape and key order of plain.ts. Written by hand because
 * this is what `read` spends its time on: see test/bench/json.bench.ts for what it saves.
 */
import {
  type LineOptions,
  plainExchange,
  plainMessageOf,
  plainProcess,
  plainProxy,
  plainTls,
  plainVia,
} from '#schemas/json/plain.ts'
import { jsonString, jsonStrings, needsEscape } from '#schemas/json/string.ts'
import { isoTime } from '#schemas/json/time.ts'
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange, ExchangeConnection, Hop, Message, Origin } from '#schemas/records/exchange.ts'

export type { LineOptions } from '#schemas/json/plain.ts'

/** Any text of the record that is odd sends the whole line the slow way: tested once, over all texts put together. */
export function exchangeLine(x: Exchange, options: LineOptions): string {
  const { request, response, origin } = x
  let texts = x.id + request.method + request.target + request.path + request.version
  if (request.query !== null) texts += request.query
  if (response !== null) texts += response.reason + response.version
  if (needsEscape(texts)) return JSON.stringify(plainExchange(x, options))

  let json = `{"type":"exchange","id":"${x.id}","time":"${isoTime(x.time)}","connection":`
  json += connectionJson(x.connection, x.ordinal, x.stream)
  json += contextJson(x)
  json += `${request.method}","target":"${request.target}","path":"${request.path}"`
  json += request.query === null ? ',"query":null' : `,"query":"${request.query}"`
  json += `,"version":"${request.version}"${fieldsJson(request, options)}},"response":`
  if (response === null) json += 'null'
  else {
    json += `{"status":${response.status},"reason":"${response.reason}","version":"${response.version}"`
    json += `${fieldsJson(response, options)}}`
  }
  if (x.via !== undefined) json += `,"via":${JSON.stringify(plainVia(x.via))}`
  return `${json},"anomalies":${jsonStrings(x.anomalies)},"origin":${originJson(origin, x.connection)}}`
}

/** Of an exchange that is a WebSocket message. The slow way: many are small, none are as many as exchanges. */
export function messageLine(x: Exchange, options: LineOptions): string {
  return JSON.stringify(plainMessageOf(x, options))
}

export function detectionLine(d: Detection): string {
  let json = `{"type":"detection","id":${jsonString(d.id)},"time":"${isoTime(d.time)}"`
  json += `,"exchange":${jsonString(d.exchange)},"connection":${connectionJson(d.connection, d.ordinal, d.stream)}`
  json += `,"client":${clientJson(d.client)},"host":${jsonString(d.host)},"application":${d.application}`
  json += `,"method":${jsonString(d.method)},"path":${jsonString(d.path)}`
  json += `,"attack":"${d.attack}","severity":"${d.severity}","rule":${jsonString(d.rule)}`
  json += `,"point":${jsonStrings(d.point)},"evidence":${jsonString(d.evidence)},"why":${jsonString(d.why)}`
  if (d.at !== null) json += `,"at":${d.at}`
  if (d.shows !== null) json += `,"shows":${jsonString(d.shows)}`
  if (d.unless !== null) json += `,"unless":${jsonString(d.unless)}`
  json += `,"cwe":[${d.cwe.join()}],"owasp":${jsonStrings(d.owasp)},"pack":${jsonString(d.pack)}`
  json += `,"response":${d.response === null ? 'null' : `{"status":${d.response.status}}`}`
  return `${json},"origin":${originJson(d.origin, d.connection)}}`
}

export function anomalyLine(a: Anomaly): string {
  return (
    `{"type":"anomaly","id":${jsonString(a.id)},"time":"${isoTime(a.time)}"` +
    `,"connection":${connectionJson(a.connection, null, null)},"anomaly":${jsonString(a.anomaly)}` +
    `,"origin":${originJson(a.origin, a.connection)}}`
  )
}

/** What the exchanges of a connection have in common. Texts made by `join`: others would be put together for every line. */
interface ConnectionText {
  /** The part of a connection before the ordinal, and the part after it. */
  readonly head: string
  readonly tail: string
  /** Of the last exchange: the next one mostly has the same. */
  context: Context | null
}

/** What stands between the connection and the request, and what it was made of. */
type Context = Pick<Exchange, 'client' | 'host' | 'scheme' | 'hops' | 'application' | 'mode'> & {
  readonly text: string
}

/** Connections are immutable; the texts go when they go. */
const connectionTexts = new WeakMap<ExchangeConnection, ConnectionText>()

function textOf(connection: ExchangeConnection): ConnectionText {
  let text = connectionTexts.get(connection)
  if (text === undefined) connectionTexts.set(connection, (text = connectionText(connection)))
  return text
}

function connectionJson(connection: ExchangeConnection, ordinal: number | null, stream: number | null): string {
  const text = textOf(connection)
  const counted = ordinal === null ? '' : `"ordinal":${ordinal},`
  return stream === null
    ? `${text.head}${counted}${text.tail}}`
    : `${text.head}${counted}${text.tail},"stream":${stream}}`
}

function contextJson({ connection, client, host, scheme, hops, application, mode }: Exchange): string {
  const own = textOf(connection)
  const last = own.context
  const same =
    last !== null &&
    last.client === client &&
    last.host === host &&
    last.hops === hops &&
    last.scheme === scheme &&
    last.application === application &&
    last.mode === mode
  if (same) return last.text
  const text = [
    `,"client":${clientJson(client)},"host":${jsonString(host)},"scheme":"${scheme}","hops":${hopsJson(hops)}`,
    `,"application":${application},"mode":"${mode}","request":{"method":"`,
  ].join('')
  own.context = { client, host, scheme, hops, application, mode, text }
  return text
}

function connectionText(connection: ExchangeConnection): ConnectionText {
  const { id, client, server, encapsulation, tls, capture, tlsDetails, process } = connection
  const layers = encapsulation.map(layer =>
    'vni' in layer ? `{"type":"${layer.type}","vni":${layer.vni}}` : `{"type":"${layer.type}","id":${layer.id}}`,
  )
  const tail = [
    `"client":{"ip":${jsonString(client.ip)},"port":${client.port}},`,
    `"server":{"ip":${jsonString(server.ip)},"port":${server.port}},`,
    `"encapsulation":[${layers.join()}],"tls":${tls},"capture":${jsonString(capture)}`,
    tlsDetails === undefined ? '' : `,"tlsDetails":${JSON.stringify(plainTls(tlsDetails))}`,
    process === undefined ? '' : `,"process":${JSON.stringify(plainProcess(process))}`,
  ].join('')
  const head = ['{"id":', jsonString(id), ','].join('')
  return { head, tail, context: null }
}

function clientJson({ ip, port }: Exchange['client']): string {
  return port === undefined ? `{"ip":${jsonString(ip)}}` : `{"ip":${jsonString(ip)},"port":${port}}`
}

function hopsJson(hops: readonly Hop[]): string {
  let json = ''
  for (const { from, ip, port, trusted, proxy } of hops) {
    json += `${json === '' ? '' : ','}{"from":${jsonString(from)},"ip":${jsonString(ip)}`
    if (port !== undefined) json += `,"port":${port}`
    json += `,"trusted":${trusted}`
    if (proxy !== undefined) json += `,"proxy":${JSON.stringify(plainProxy(proxy))}`
    json += '}'
  }
  return `[${json}]`
}

/** Headers and what follows them. They go the native way: for many short strings in arrays it is the fastest. */
function fieldsJson({ headers, trailers, bodyBytes, decodedBytes, body }: Message, { bodies }: LineOptions): string {
  let json = `,"headers":${JSON.stringify(headers)}`
  if (trailers.length > 0) json += `,"trailers":${JSON.stringify(trailers)}`
  json += `,"bodyBytes":${bodyBytes}`
  if (decodedBytes !== null) json += `,"decodedBytes":${decodedBytes}`
  if (bodies) json += `,"body":"${body === null ? '' : base64(body)}"`
  return json
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

let lastSource = ''
let sourceText = '""'

/** Frame numbers mean something only next to a file: with a log and another kind of capture, offsets say where. */
function originJson({ source, packets, log }: Origin, { capture }: ExchangeConnection): string {
  if (source !== lastSource) {
    lastSource = source
    sourceText = jsonString(source)
  }
  const file = `"file":${sourceText},"packets":[${packets[0]},${packets[1]}]`
  if (log === null) return `{${file}}`
  const place = `"topic":${jsonString(log.topic)},"partition":${log.partition},"offsets":[${log.offsets[0]},${log.offsets[1]}]`
  return capture === 'pcap-file' ? `{${place},${file}}` : `{${place}}`
}
