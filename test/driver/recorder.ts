/**
 * An ingest server that only remembers: what a filter of Envoy sends in a test. It can also be as bad as a server can be: hang,
 * answer errors, or be gone.
 */
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { decodeMulti } from '@msgpack/msgpack'
import type { MessageHalf } from '#schemas/records/message.ts'

/** `accept` answers 202; `hang` takes everything and answers nothing; a number answers that status. */
export type Mood = 'accept' | 'hang' | number

export class Recorder implements AsyncDisposable {
  /** Accepted, in order of arrival, as decoded: unchecked. */
  readonly halves: MessageHalf[] = []
  /** Headers of the last request. */
  headers: Readonly<Record<string, unknown>> = {}
  mood: Mood = 'accept'
  /** Requests of /v1/messages so far, whatever was answered. */
  requests = 0
  #server: Http2Server | null = null
  readonly #sessions = new Set<ServerHttp2Session>()
  #waiting: (() => void)[] = []
  #port = 0

  get port(): number {
    return this.#port
  }

  /** Listens: on the port of before, if it did before. */
  async open(): Promise<this> {
    const server = createServer()
    server.on('session', session => {
      this.#sessions.add(session)
      session.on('close', () => this.#sessions.delete(session)).on('error', () => {})
    })
    server.on('stream', (stream, headers) => this.#answer(stream, headers))
    await new Promise<void>(resolve => server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
    return this
  }

  /** Gone at once, as a killed process: connections are refused. */
  async kill(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server!.close(() => resolve()))
    for (const session of this.#sessions) session.destroy()
    await closed
  }

  /** Resolves when `test` holds of what came; it is asked at every arrival. */
  async until(test: (halves: readonly MessageHalf[]) => boolean): Promise<void> {
    while (!test(this.halves)) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  #answer(stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>): void {
    stream.on('error', () => {})
    if (headers[':path'] === '/health') {
      if (this.mood !== 'hang')
        stream.respond({ ':status': this.mood === 'accept' ? 200 : this.mood }, { endStream: true })
      return
    }
    this.requests++
    this.headers = headers
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      if (this.mood === 'hang') return
      if (this.mood === 'accept') this.#record(Buffer.concat(chunks))
      stream.respond({ ':status': this.mood === 'accept' ? 202 : this.mood }, { endStream: true })
    })
  }

  #record(bytes: Buffer): void {
    for (const half of decodeMulti(bytes)) this.halves.push(half as MessageHalf)
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}
