/** Clients of a proxied application that say all they see. */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { digest } from '#test/envoy/app.ts'

export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Without content-length (HTTP/1). */
  readonly chunked?: boolean
  readonly trailers?: Readonly<Record<string, string>>
}

/** What a client can tell of an answer; `error` instead when the connection broke first. */
export interface Seen {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly bodyBytes: number
  readonly body: string
  readonly trailers: readonly (readonly [string, string])[]
  readonly continued: boolean
  readonly error: string | null
}

/** HTTP/1.1 with connections kept alive. */
export class Http1Client implements Disposable {
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 })

  constructor(port: number) {
    this.#port = port
  }

  send({ method, path, headers = {}, body, chunked = false, trailers }: Sent): Promise<Seen> {
    const { promise, resolve } = Promise.withResolvers<Seen>()
    let continued = false
    const length = body !== undefined && !chunked && trailers === undefined ? { 'content-length': body.length } : {}
    const request = httpRequest(
      { port: this.#port, host: '127.0.0.1', agent: this.#agent, method, path, headers: { ...headers, ...length } },
      response => resolve(readAll(response, () => continued)),
    )
    request.on('continue', () => {
      continued = true
      write()
    })
    request.on('error', error => resolve(broken(error)))
    const write = () => {
      if (trailers !== undefined) request.addTrailers(trailers)
      // Two pieces: with one and no content-length, node would count it and say so.
      if (body !== undefined && (chunked || trailers !== undefined)) request.write(body.subarray(0, body.length >> 1))
      request.end(body === undefined || !(chunked || trailers !== undefined) ? body : body.subarray(body.length >> 1))
    }
    if (headers['expect'] === undefined) write()
    else request.flushHeaders()
    return promise
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

async function readAll(response: IncomingMessage, continued: () => boolean): Promise<Seen> {
  const chunks: Buffer[] = []
  let error: string | null = null
  try {
    for await (const chunk of response) chunks.push(chunk)
  } catch (problem) {
    error = (problem as NodeJS.ErrnoException).code ?? 'error'
  }
  const body = Buffer.concat(chunks)
  return {
    status: response.statusCode!,
    headers: inPairs(response.rawHeaders),
    bodyBytes: body.length,
    body: digest(body),
    trailers: inPairs(response.rawTrailers),
    continued: continued(),
    error,
  }
}

function inPairs(flat: readonly string[]): (readonly [string, string])[] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]!] as const] : []))
}

function broken(error: Error): Seen {
  const code = (error as NodeJS.ErrnoException).code ?? error.message
  return { status: 0, headers: [], bodyBytes: 0, body: '', trailers: [], continued: false, error: code }
}

/** HTTP/2 in the clear, all on one connection. */
export class Http2Client implements AsyncDisposable {
  readonly #session: ClientHttp2Session

  constructor(port: number) {
    // Node resets streams when more than this many MB wait to be sent on a session.
    this.#session = connectHttp2(`http://127.0.0.1:${port}`, { maxSessionMemory: 500 })
    this.#session.on('error', () => {})
  }

  send({ method, path, headers = {}, body, trailers }: Sent): Promise<Seen> {
    const { promise, resolve } = Promise.withResolvers<Seen>()
    const stream = this.#session.request(
      { ':method': method, ':path': path, ...headers },
      { endStream: body === undefined && trailers === undefined, waitForTrailers: trailers !== undefined },
    )
    const chunks: Buffer[] = []
    let [answer, end, error]: [Record<string, unknown>, Record<string, unknown>, string | null] = [{}, {}, null]
    stream.on('response', found => {
      answer = found as Record<string, unknown>
    })
    stream.on('trailers', found => {
      end = found as Record<string, unknown>
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', problem => {
      error = (problem as NodeJS.ErrnoException).code ?? problem.message
    })
    stream.on('wantTrailers', () => stream.sendTrailers(trailers!))
    stream.on('close', () => {
      const bytes = Buffer.concat(chunks)
      resolve({
        status: Number(answer[':status'] ?? 0),
        headers: pairsOf(answer),
        bodyBytes: bytes.length,
        body: digest(bytes),
        trailers: pairsOf(end),
        continued: false,
        error,
      })
    })
    if (body !== undefined || trailers !== undefined) stream.end(body)
    return promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>(resolve => this.#session.close(resolve))
  }
}

function pairsOf(headers: Readonly<Record<string, unknown>>): (readonly [string, string])[] {
  return Object.entries(headers)
    .filter(([name]) => !name.startsWith(':'))
    .map(([name, value]) => [name, String(value)])
}

/** Writes these bytes to a connection of its own, and gives all that comes back until it closes or `until` is satisfied. */
export function raw(
  port: number,
  pieces: readonly (string | Buffer)[],
  until?: (text: string) => boolean,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let text = ''
  const socket = connect(port, '127.0.0.1', () => {
    for (const piece of pieces) socket.write(piece)
  })
  socket.setEncoding('latin1').on('data', more => {
    text += more
    if (until?.(text) === true) socket.destroy()
  })
  socket.on('error', () => {})
  socket.on('close', () => resolve(text))
  return promise
}
