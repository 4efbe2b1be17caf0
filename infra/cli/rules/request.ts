/** Where requests come from: a file with one raw HTTP request (and one with its response), or a capture. */
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import { blankChunk, type Chunk } from '#schemas/records/chunk.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { Segment } from '#schemas/records/segment.ts'
import type { Io } from '../command.ts'
import type { Components } from '../components.ts'
import { OFFLINE_HASH_KEY } from '../flow-hash-key.ts'
import { chainFactory, eachSegment } from '../pipeline.ts'

export interface From {
  readonly components: Components
  readonly processors: Readonly<Record<string, unknown>>
  readonly io: Io
}

interface Wanted extends From {
  readonly host: string | undefined
  /** File with the raw response. */
  readonly response: string | undefined
  /** Id of an exchange, or its number from 1; then the file is a capture. */
  readonly exchange: string | undefined
}

const MAX_REQUEST_BYTES = 64 * 1024 * 1024
const BATCH_BYTES = 1024 * 1024

/** Throws `Usage` when there is no such request. */
export async function requestIn(file: string, wanted: Wanted): Promise<Exchange> {
  if (wanted.exchange === undefined) return rawRequest(file, wanted)
  let number = 0
  for await (const exchange of exchangesOf(file, wanted)) {
    number++
    if (exchange.id === wanted.exchange || String(number) === wanted.exchange) return exchange
  }
  throw new Usage(`--exchange ${wanted.exchange}: ${file} has ${number} exchanges, and none of that id`)
}

/** Of a capture, in the order in which they were answered. */
export async function* exchangesOf(file: string, { components, processors, io }: From): AsyncGenerator<Exchange> {
  const producer = components.producers.get('pcap-file')!
  await using source = await producer.open(producer.config.parse({ path: file }), {
    sensor: 'tapwire',
    partitions: 1,
    flowHashKey: OFFLINE_HASH_KEY,
    position: null,
    batchBytes: BATCH_BYTES,
    directory: io.cwd,
    stdin: io.stdin,
    wire: WIRE_DEFAULTS,
  })
  const found: Exchange[] = []
  const open = chainFactory(components, processors, ['exchanges'])
  const chain = open((_topic, _key, value) => void found.push(value as Exchange))
  const cursor = new Segment()
  for (
    let read = await source.read(io.signal);
    read !== null && !io.signal.aborted;
    read = await source.read(io.signal)
  ) {
    for (const { batch } of read.batches) {
      eachSegment(batch, cursor, chain, (segment, time) => chain.process(segment, time))
      yield* found.splice(0)
    }
  }
}

/** As sent: the bytes go through the HTTP stage. Line ends may be bare line feeds, as editors write them. */
async function rawRequest(file: string, { components, processors, io, host, response }: Wanted): Promise<Exchange> {
  const bytes = withLineEnds(
    file === '-' ? Buffer.from(await readAll(io.stdin)) : readMessage(resolve(io.cwd, file), file),
    host,
  )
  const found: Exchange[] = []
  const open = chainFactory(components, processors, ['exchanges'], 'chunks')
  const chain = open((topic, _key, value) => void (topic === 'exchanges' && found.push(value as Exchange)))
  const feed = (changes: Partial<Chunk>): void =>
    chain.process({ ...BLANK, time: BLANK.connection.since, ...changes }, BLANK.connection.since)
  feed({ kind: 'data', dir: 0, bytes })
  if (response !== undefined)
    feed({ kind: 'data', dir: 1, bytes: withLineEnds(readMessage(resolve(io.cwd, response), response), undefined) })
  feed({ kind: 'end', dir: 0 })
  feed({ kind: 'end', dir: 1 })
  const [exchange] = found
  if (exchange === undefined)
    throw new Usage(
      `${file}: no HTTP request: it begins with a line such as GET /a?b=c HTTP/1.1. A capture needs --exchange`,
    )
  return exchange
}

function readMessage(path: string, name: string): Buffer {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new Usage(`${name} does not exist: give the path of a file with one HTTP message, or -`)
  if (stat.size > MAX_REQUEST_BYTES) throw new Usage(`${name}: larger than ${MAX_REQUEST_BYTES} bytes: not one message`)
  return readFileSync(path)
}

/** Completes what people leave out: carriage returns of the head, the length of the body, a host. */
function withLineEnds(bytes: Buffer, host: string | undefined): Buffer {
  const sent = bytes.indexOf('\r\n\r\n')
  const bare = sent < 0 ? bytes.indexOf('\n\n') : -1
  const head = bytes.subarray(0, sent >= 0 ? sent : bare >= 0 ? bare : bytes.length).toString('latin1')
  const body = sent >= 0 ? bytes.subarray(sent + 4) : bare >= 0 ? bytes.subarray(bare + 2) : Buffer.alloc(0)
  const lines = head.replace(/\r?\n+$/, '').split(/\r?\n/)
  if (host !== undefined && !lines.some(line => /^host:/i.test(line))) lines.push(`Host: ${host}`)
  if (body.length > 0 && !lines.some(line => /^(?:content-length|transfer-encoding):/i.test(line)))
    lines.push(`Content-Length: ${body.length}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}

const CLIENT = { ip: '192.0.2.1', port: 40_000 }
const SERVER = { ip: '192.0.2.2', port: 80 }

const BLANK = blankChunk({
  id: 'explain',
  key: 1,
  a: CLIENT,
  b: SERVER,
  opener: 0,
  encapsulation: [],
  sensor: 'tapwire',
  capture: 'pcap-file',
  source: 'request',
  since: 1_000_000,
})
