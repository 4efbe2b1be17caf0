/** Exchange records out of what a protocol hands on. */
import type { ProtocolExchange } from '#schemas/contracts/protocol.ts'
import type { Connection } from '#schemas/records/chunk.ts'
import type { Exchange, ExchangeConnection, Hop } from '#schemas/records/exchange.ts'
import { originOf } from '#schemas/records/origin.ts'

export function exchangeConnection(connection: Connection, client: 0 | 1): ExchangeConnection {
  const { tls, process } = connection.about ?? {}
  return {
    id: connection.id,
    client: client === 0 ? connection.a : connection.b,
    server: client === 0 ? connection.b : connection.a,
    encapsulation: connection.encapsulation,
    tls: tls !== undefined,
    capture: connection.capture,
    ...(tls === undefined || Object.keys(tls).length === 0 ? {} : { tlsDetails: tls }),
    ...(process === undefined ? {} : { process }),
  }
}

/** The hop that every exchange of a connection has: the client in the packet. */
export function packetHop(connection: ExchangeConnection): Hop {
  return { from: 'packet', ip: connection.client.ip, port: connection.client.port, trusted: true }
}

export function exchangeRecord(
  from: ProtocolExchange,
  ordinal: number,
  connection: ExchangeConnection,
  source: string,
  hops: readonly Hop[],
): Exchange {
  const { requestSpan, responseSpan, message = null } = from
  let first = requestSpan.first
  let last = requestSpan.last
  if (responseSpan !== null) {
    if (responseSpan.first.packet < first.packet) first = responseSpan.first
    if (responseSpan.last.time >= last.time) last = responseSpan.last
  }
  return {
    id: exchangeId(connection, ordinal),
    time: requestSpan.first.time,
    end: last.time,
    connection,
    ordinal,
    stream: from.stream,
    client: connection.client,
    host: from.authority.toLowerCase(),
    scheme: connection.tls ? 'https' : 'http',
    hops,
    application: -1,
    mode: 'monitoring',
    request: from.request,
    response: from.response,
    message: message === null ? null : { ...message, exchange: exchangeId(connection, message.exchange) },
    anomalies: from.anomalies,
    origin: originOf(source, first, last),
  }
}

/** For who wants requests alone: the response has paired, its times count, its content is let go. */
export function withoutResponse(record: Exchange): Exchange {
  if (record.response === null) return record
  return { ...record, response: null, anomalies: [...record.anomalies, 'http.response-not-kept'] }
}

function exchangeId({ id }: ExchangeConnection, ordinal: number): string {
  return `${id}-${ordinal}`
}
