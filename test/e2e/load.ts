/** A capture of any size that the project makes itself, and a node's configuration to process it. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { pcapHeader, pcapRecord } from '#test/driver/captures.ts'
import { Clock, recordOf, Talk } from '#test/driver/packets.ts'

export interface Load {
  readonly connections: number
  /** Exchanges of each connection. */
  readonly exchanges: number
  /** Bytes of each response's body. */
  readonly bodyBytes: number
}

/** Keep-alive connections that take turns; a packet a millisecond. */
export function writeLoad(file: string, { connections, exchanges, bodyBytes }: Load): void {
  const clock = new Clock()
  const talks = Array.from({ length: connections }, (_, i) => {
    const client = { ip: `10.1.${i >> 8}.${i & 255}`, port: 40_000 + i }
    return new Talk(clock, { client, clientSeq: 1000 + 7 * i, serverSeq: 5000 + 11 * i })
  })
  const body = 'x'.repeat(bodyBytes)
  const out = openSync(file, 'w')
  const write = (packets: ReturnType<Talk['open']>): void => {
    writeSync(out, Buffer.concat(packets.map(packet => pcapRecord(recordOf(packet)))))
  }
  writeSync(out, pcapHeader({}))
  for (const talk of talks) write(talk.open())
  for (let n = 0; n < exchanges; n++) {
    for (const [i, talk] of talks.entries()) {
      write(talk.client(`GET /item/${n}?page=${i} HTTP/1.1\r\nHost: load.example\r\nUser-Agent: load\r\n\r\n`))
      write(talk.server(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${bodyBytes}\r\n\r\n${body}`))
    }
  }
  for (const talk of talks) write(talk.close())
  closeSync(out)
}

export interface NodeSettings {
  readonly capture: string
  readonly speed?: number
  readonly log?: Readonly<Record<string, unknown>>
  readonly listen?: string
}

export const LOG_OPTIONS = { partitions: 4, durability: 'process' } as const

/** Two worker threads, frequent checkpoints, exchanges to `exchanges.jsonl`. Returns the file's path. */
export function nodeConfig(folder: string, { capture, speed = 0, log = {}, listen }: NodeSettings): string {
  const file = join(folder, 'tapwire.yaml')
  const config = {
    producers: [{ type: 'pcap-file', path: capture, speed }],
    sinks: [{ type: 'log', path: 'exchanges.jsonl', topics: ['exchanges'] }],
    log: { kind: 'embedded', directory: 'log', ...LOG_OPTIONS, reserveBytes: 0, ...log },
    workers: 2,
    checkpoint: { everyMs: 200, everyBytes: 256 * 1024 },
    telemetry: { listen: listen ?? false },
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}
