/** An ingest server on loopback, clients of it, and what came out. */
import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import type { z } from 'zod'
import type { Captured, Producer, Rejected } from '#schemas/contracts/producer.ts'
import { requestHalf, responseHalf } from '#schemas/message/message.test-support.ts'
import { checkMessage, encodeMessage } from '#schemas/message/message.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import type { MessageHalf } from '#schemas/records/message.ts'
import { checkFrame, KIND, Segment } from '#schemas/records/segment.ts'
import { producerHost } from '#test/driver/producer-host.ts'
import spec from './index.ts'
import type { Ingest } from './ingest.ts'

export type Options = z.input<typeof spec.config>

export const MSGPACK = 'application/x-msgpack'
export const TOKEN = 'a token of at least sixteen characters'.replaceAll(' ', '-')

/** On a free port of loopback, unless `options` say something else. */
export async function openIngest(options: Partial<Options> = {}): Promise<Ingest> {
  const config = spec.config.parse({ listen: '127.0.0.1:0', delayMs: 1, ...options })
  return await spec.open(config, producerHost({ partitions: 2 }))
}

/** What was read so far. */
export class Seen {
  readonly halves: MessageHalf[] = []
  readonly rejected: Rejected[] = []
  readonly ledger = new Ledger()
  ticks = 0
  ends = 0

  add({ batches, rejected = [] }: Captured): void {
    this.rejected.push(...rejected)
    for (const { batch } of batches) {
      checkFrame(batch.frame, batch.count)
      this.ledger.merge(batch.ledger)
      const cursor = new Segment().reset(batch)
      while (cursor.next()) this.#segment(cursor)
    }
  }

  #segment(segment: Segment): void {
    if (segment.kind === KIND.tick) this.ticks++
    if (segment.kind === KIND.end) this.ends++
    if (segment.kind !== KIND.message) return
    this.halves.push(checkMessage(segment.payload.slice()).half)
    this.ledger.add('inspected', segment.length)
  }
}

/** Reads until `enough`. */
export async function readUntil(producer: Producer, enough: (seen: Seen) => boolean, seen = new Seen()): Promise<Seen> {
  const { signal } = new AbortController()
  while (!enough(seen)) seen.add((await producer.read(signal))!)
  return seen
}

/** A request and its response, one map after the other. */
export function pair(id: string): Buffer {
  return Buffer.concat([encodeMessage(requestHalf({ id })), encodeMessage(responseHalf({ id }))])
}

export interface Answered {
  readonly status: number
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

/** One request over HTTP/1.1 on a connection of its own. */
export async function http1(
  port: number,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  { method = 'POST', path = '/v1/messages' } = {},
): Promise<Answered> {
  const client = request({ port, host: '127.0.0.1', method, path, headers: { 'content-type': MSGPACK, ...headers } })
  client.end(body)
  const [response] = await once(client, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, text: Buffer.concat(chunks).toString(), headers: response.headers }
}

/** One request over HTTP/2. */
export async function http2(
  session: ClientHttp2Session,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const stream = session.request({ ':method': 'POST', ':path': '/v1/messages', 'content-type': MSGPACK, ...headers })
  stream.on('error', () => {})
  stream.end(body)
  const closed = once(stream, 'close').then(() => Promise.reject(new Error('closed without an answer')))
  const [answer] = await Promise.race([once(stream, 'response'), closed])
  closed.catch(() => {})
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return { status: Number(answer[':status']), text: Buffer.concat(chunks).toString(), headers: answer }
}

/** A connection that speaks HTTP/2 by prior knowledge. */
export function session(port: number): ClientHttp2Session & AsyncDisposable {
  const client = connectHttp2(`http://127.0.0.1:${port}`)
  client.on('error', () => {})
  return Object.assign(client, {
    async [Symbol.asyncDispose]() {
      client.destroy()
    },
  })
}
