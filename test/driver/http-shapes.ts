/** HTTP of all shapes, as applications and clients use it: through a proxy each must look as it does without a filter. */
import { createHash, randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttp1, request as requestHttp1 } from 'node:http'
import {
  type ClientHttp2Session,
  connect,
  createServer as createHttp2,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { type AddressInfo, Socket } from 'node:net'

/** Answers by path: `/echo`, `/status/N`, `/long/BYTES`, `/abort`, `/trailers`; and upgrades to an echo. */
export class Application implements AsyncDisposable {
  readonly #http1 = createHttp1((request, response) => answer(request as never, response as never))
  readonly #http2 = createHttp2((request, response) => answer(request, response))

  /** Ports of HTTP/1 and of HTTP/2. */
  async open(): Promise<{ readonly http1: number; readonly http2: number }> {
    this.#http1.on('upgrade', (_, socket, head) => {
      socket.on('error', () => {})
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
      socket.write(head)
      socket.pipe(socket)
    })
    const ports = []
    for (const server of [this.#http1, this.#http2]) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      ports.push((server.address() as AddressInfo).port)
    }
    return { http1: ports[0]!, http2: ports[1]! }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http1.closeAllConnections()
    this.#http1.close()
    this.#http2.close()
  }
}

function answer(request: Http2ServerRequest, response: Http2ServerResponse): void {
  request.on('error', () => {})
  const [, what, argument] = request.url.split(/[/?]/)
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    response.setHeader('x-length', body.length)
    response.setHeader('x-hash', hashOf(body))
    if (what === 'status') response.writeHead(Number(argument))
    if (what === 'trailers') {
      response.setHeader('trailer', 'x-sum')
      response.write('with trailers')
      response.addTrailers({ 'x-sum': String(request.trailers['x-check'] ?? 'none') })
    } else if (what === 'abort') {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('half', () => request.socket.destroy())
      return
    } else if (what === 'long') response.write(Buffer.alloc(Number(argument), 'z'))
    else if (what === 'echo') response.write(body)
    response.end()
  })
}

/** What a client sees. */
export interface Outcome {
  readonly status: number | 'gone'
  readonly length: number
  readonly hash: string
  /** What the application says that it was sent. */
  readonly sent: string
  readonly trailers: string
}

const GONE: Outcome = { status: 'gone', length: 0, hash: '', sent: '', trailers: '' }

export interface Asked {
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent in pieces, as they are. */
  readonly body?: readonly Uint8Array[]
  readonly trailers?: Readonly<Record<string, string>>
  /** Goes away when the body is sent, without ending it. */
  readonly leaves?: true
}

export async function askHttp1(
  port: number,
  { path, method = 'GET', headers = {}, body = [], trailers, leaves }: Asked,
): Promise<Outcome> {
  const asked = requestHttp1({ port, host: '127.0.0.1', method, path, headers, agent: false })
  const ended = Promise.race([once(asked, 'response'), once(asked, 'close').then(() => [null])]).catch(() => [null])
  if (headers['expect'] !== undefined) await once(asked, 'continue')
  for (const piece of body) asked.write(piece)
  if (leaves === true) {
    await new Promise(resolve => asked.write('', resolve))
    asked.destroy()
    return GONE
  }
  if (trailers !== undefined) asked.addTrailers(trailers as Record<string, string>)
  asked.end()
  const [response] = await ended
  if (response === null) return GONE
  const read = await readAll(response)
  return read === null
    ? GONE
    : {
        status: response.statusCode,
        ...read,
        sent: sentOf(response.headers),
        trailers: JSON.stringify(response.trailers),
      }
}

export async function askHttp2(
  session: ClientHttp2Session,
  { path, method = 'GET', headers = {}, body = [], trailers, leaves }: Asked,
): Promise<Outcome> {
  const stream = session.request(
    { ':path': path, ':method': method, ...headers },
    { waitForTrailers: trailers !== undefined },
  )
  stream.on('error', () => {}).on('wantTrailers', () => stream.sendTrailers(trailers ?? {}))
  let told = {}
  stream.on('trailers', headers => (told = headers))
  const ended = Promise.race([once(stream, 'response'), once(stream, 'close').then(() => [null])]).catch(() => [null])
  for (const piece of body) stream.write(piece)
  if (leaves === true) {
    await new Promise(resolve => stream.write('x', resolve))
    stream.close(8)
    return GONE
  }
  stream.end()
  const [response] = await ended
  const read = response === null ? null : await readAll(stream)
  return read === null
    ? GONE
    : { status: response[':status'], ...read, sent: sentOf(response), trailers: JSON.stringify(told) }
}

/** Upgrades, sends `bytes` and gets them back. */
export async function askWebSocket(port: number, bytes: Uint8Array): Promise<Outcome> {
  const socket = new Socket().connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET /socket HTTP/1.1\r\nhost: shop.example\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  let seen = Buffer.alloc(0)
  let head = -1
  for await (const chunk of socket) {
    seen = Buffer.concat([seen, chunk])
    if (head < 0 && (head = seen.indexOf('\r\n\r\n')) >= 0) socket.write(bytes)
    if (head >= 0 && seen.length - head - 4 >= bytes.length) break
  }
  const body = seen.subarray(head + 4)
  return { status: Number(seen.subarray(9, 12)), length: body.length, hash: hashOf(body), sent: '', trailers: '' }
}

export function http2Session(port: number): ClientHttp2Session {
  return connect(`http://127.0.0.1:${port}`).on('error', () => {})
}

/** Bytes that no compression and no luck makes equal to others. */
export function randomBody(bytes: number): Buffer {
  return randomFillSync(Buffer.alloc(bytes))
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function sentOf(headers: Readonly<Record<string, unknown>>): string {
  return `${headers['x-length']} ${headers['x-hash']}`
}

/** Null when it breaks off. */
async function readAll(
  readable: AsyncIterable<Buffer>,
): Promise<{ readonly length: number; readonly hash: string } | null> {
  const hash = createHash('sha256')
  let length = 0
  try {
    for await (const chunk of readable) {
      hash.update(chunk)
      length += chunk.length
    }
  } catch {
    return null
  }
  return { length, hash: hash.digest('hex') }
}
