/** What the stages say, one line each: the words of `--explain` below a packet. */
import type { Anomaly } from '#schemas/records/anomaly.ts'
import type { Chunk } from '#schemas/records/chunk.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Endpoint } from '#schemas/records/flow.ts'
import { printable } from '../printable.ts'

/** The topics that are told, in the order of the stages. */
export const TOLD = ['chunks', 'exchanges', 'detections', 'anomalies'] as const

export interface Told {
  readonly connection: string
  /** First and last packet that took part; 0: a timer. */
  readonly packets: readonly [first: number, last: number]
  readonly line: string
}

export function tell(topic: string, value: unknown): Told {
  switch (topic) {
    case 'chunks':
      return tellChunk(value as Chunk)
    case 'exchanges':
      return tellExchange(value as Exchange)
    case 'detections':
      return tellDetection(value as Detection)
    case 'anomalies':
      return tellAnomaly(value as Anomaly)
    default:
      throw new Error(`nothing to tell of topic ${topic}`)
  }
}

export function endpointText({ ip, port }: Endpoint): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

function tellChunk(chunk: Chunk): Told {
  const from = `from ${endpointText(chunk.dir === 0 ? chunk.connection.a : chunk.connection.b)}`
  return {
    connection: chunk.connection.id,
    packets: [chunk.packet, chunk.packet],
    line: `tcp      ${chunkText(chunk, from)}`,
  }
}

function chunkText(chunk: Chunk, from: string): string {
  switch (chunk.kind) {
    case 'data':
      return `${chunk.bytes.length} bytes in order ${from}`
    case 'alternative':
      return `another reading of ${chunk.bytes.length} bytes ${from}`
    case 'gap':
      return chunk.missing > 0 ? `${chunk.missing} bytes are missing ${from}` : `the beginning is missing ${from}`
    case 'end':
      return `end (${chunk.reason}) ${from}`
    case 'anomaly':
      return `anomaly ${chunk.anomaly} ${from}`
    default:
      return chunk.kind satisfies never
  }
}

function tellExchange(exchange: Exchange): Told {
  const { request, response, ordinal, stream, anomalies, client, host, hops, origin } = exchange
  const which = stream === null ? `${ordinal}` : `${ordinal}, stream ${stream}`
  const asked = request.method === '' ? 'a request that was not seen' : `${request.method} ${printable(request.target)}`
  const answered = response === null ? 'no response' : `${response.status} (${response.bodyBytes} bytes)`
  const odd = anomalies.length === 0 ? '' : `, ${anomalies.join(', ')}`
  const through = hops.map(({ from, ip, trusted }) => `${from} ${ip}${trusted ? '' : ' (not trusted)'}`).join(', ')
  const who = `client ${client.ip} by ${through}; host ${host === '' ? 'unknown' : printable(host)}`
  return {
    connection: exchange.connection.id,
    packets: origin.packets,
    line: `http     exchange ${which}: ${asked} -> ${answered}${odd}\n         ${who}`,
  }
}

function tellDetection({ attack, rule, point, evidence, connection, origin }: Detection): Told {
  const where = printable(point.join('.'))
  return {
    connection: connection.id,
    packets: origin.packets,
    line: `detect   ${attack} (${rule}) at ${where}: ${printable(evidence)}`,
  }
}

function tellAnomaly({ anomaly, connection, origin }: Anomaly): Told {
  return { connection: connection.id, packets: origin.packets, line: `anomaly  ${anomaly}` }
}
