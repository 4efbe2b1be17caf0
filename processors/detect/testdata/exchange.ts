/** Test support: exchanges from raw requests (a deliberately simple HTTP/1 reader), and the stage with all its parts. */
import { existsSync, readdirSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { DecoderSpec, DetectorSpec } from '#schemas/contracts/detector.ts'
import type { Ctx } from '#schemas/contracts/processor.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange, Header } from '#schemas/records/exchange.ts'
import { type Config, config } from '../config.ts'
import { Detect } from '../stage.ts'

export const DECODERS = await allIn<DecoderSpec>('../decoders/')
export const DETECTORS = await allIn<DetectorSpec>('../detectors/')

/** What every folder exports, as the registry finds it: sorted by name. */
async function allIn<T>(folder: string): Promise<readonly T[]> {
  const names = readdirSync(new URL(folder, import.meta.url), { withFileTypes: true })
    .filter(entry => entry.isDirectory() && existsSync(new URL(`${folder}${entry.name}/index.ts`, import.meta.url)))
    .map(({ name }) => name)
    .toSorted()
  return Promise.all(names.map(async name => ((await import(`${folder}${name}/index.ts`)) as { default: T }).default))
}

export interface RequestParts {
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly Header[]
  readonly body?: string | Uint8Array
  readonly mode?: Exchange['mode']
  readonly response?: ResponseParts
}

export interface ResponseParts {
  readonly status?: number
  readonly headers?: readonly Header[]
  readonly body?: string | Uint8Array
}

export function exchangeOf(parts: RequestParts): Exchange {
  const { method = 'GET', target = '/', headers = [], body, mode = 'monitoring', response } = parts
  const bytes = body === undefined ? null : typeof body === 'string' ? Buffer.from(body) : body
  const path = target.replace(/^[a-z]+:\/\/[^/?]*/i, '')
  const mark = path.indexOf('?')
  const endpoint = { ip: '192.0.2.1', port: 40000 }
  return {
    id: '000000000000000000000001',
    time: 1_700_000_000_000_000,
    end: 1_700_000_000_000_000,
    connection: { id: 'c', client: endpoint, server: { ip: '192.0.2.2', port: 80 }, encapsulation: [], tls: false, capture: 'pcap-file' },
    ordinal: 1,
    stream: null,
    client: endpoint,
    host: 'shop.example',
    scheme: 'http',
    hops: [],
    application: -1,
    mode,
    request: {
      method,
      target,
      path: mark < 0 ? path : path.slice(0, mark),
      query: mark < 0 ? null : path.slice(mark + 1),
      version: '1.1',
      headers,
      trailers: [],
      bodyBytes: bytes?.length ?? 0,
      decodedBytes: null,
      body: bytes,
      content: bytes,
    },
    response: response === undefined ? null : responseOf(response),
    message: null,
    anomalies: [],
    origin: { source: 'test', packets: [1, 1], log: null },
  }
}

function responseOf({ status = 200, headers = [], body }: ResponseParts): Exchange['response'] {
  const bytes = body === undefined ? null : Buffer.from(body)
  const bodyBytes = bytes?.length ?? 0
  return { status, reason: '', version: '1.1', headers, trailers: [], bodyBytes, decodedBytes: null, body: bytes, content: bytes }
}

/** From the bytes of one request as sent. Header values become text as the HTTP stage does it. */
export function exchangeOfRaw(raw: Buffer): Exchange {
  const end = raw.indexOf('\r\n\r\n')
  const head = (end < 0 ? raw : raw.subarray(0, end)).toString('utf8')
  const [first = '', ...lines] = head.split('\r\n')
  const space = first.indexOf(' ')
  const last = first.lastIndexOf(' HTTP/')
  const headers = lines.filter(line => line.includes(':')).map((line): Header => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const header = (name: string) => headers.find(([other]) => other.toLowerCase() === name)?.[1].toLowerCase() ?? ''
  let body: Buffer = end < 0 ? Buffer.alloc(0) : raw.subarray(end + 4)
  if (header('transfer-encoding').includes('chunked')) body = dechunk(body)
  if (header('content-encoding') === 'gzip') body = gunzipSync(body)
  return exchangeOf({
    method: first.slice(0, space),
    target: first.slice(space + 1, last < space ? undefined : last),
    headers,
    ...(body.length > 0 ? { body } : {}),
  })
}

function dechunk(bytes: Buffer): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const line = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16)
    if (line < 0 || !(size > 0)) break
    chunks.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
  return Buffer.concat(chunks)
}

/** The stage, and what it said about one exchange. */
export class Bench {
  readonly stage: Detect
  readonly counts = new Map<string, number>()
  #found: Detection[] = []
  readonly #ctx: Ctx

  constructor(settings: Partial<Config> = {}, decoders = DECODERS, detectors = DETECTORS) {
    this.stage = new Detect(config.parse(settings), decoders, detectors)
    this.#ctx = {
      now: 0,
      offset: 0,
      count: (name: string, by = 1) => this.counts.set(name, (this.counts.get(name) ?? 0) + by),
      emit: (_topic: string, _key: string, value: unknown) => this.#found.push(value as Detection),
    } as unknown as Ctx
  }

  inspect(exchange: Exchange): readonly Detection[] {
    this.#found = []
    this.stage.process(exchange, this.#ctx)
    return this.#found
  }
}
