/**
 * The server behind Envoy: what it answers is said by the query, so that an answer can be foretold.
 *
 *   size     bytes of the body, made of `seed`
 *   chunked  without content-length      trailers  with a trailer
 *   status   default 200
 *   kill     `before`: the connection goes away instead of an answer; `middle`: after half of the body
 *   early    the answer does not wait for the request's body
 */
import { createHash } from 'node:crypto'
import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttp2, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export function content(seed: string, size: number): Buffer {
  return Buffer.alloc(size, `${seed} the quick brown fox jumps over the lazy dog `)
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export class App implements AsyncDisposable {
  readonly #http: Server
  readonly #http2: Http2Server
  readonly #sockets = new Set<Socket | ServerHttp2Session>()

  constructor() {
    this.#http = createHttp((request, response) => void answer(request, response))
    this.#http.on('upgrade', (request, socket, head) => echo(request, socket, head))
    this.#http.on('connection', socket => this.#keep(socket))
    this.#http.keepAliveTimeout = 600_000
    this.#http2 = createHttp2()
    this.#http2.on('session', session => this.#keep(session))
    this.#http2.on('stream', (stream, headers) => {
      stream.on('error', () => {})
      const query = new URL(String(headers[':path']), 'http://app').searchParams
      const hash = createHash('sha256')
      stream.on('data', chunk => hash.update(chunk))
      stream.on('end', () => {
        const body = content(query.get('seed') ?? '', Number(query.get('size')))
        stream.respond(
          { ':status': 200, 'content-type': 'application/grpc', 'x-body': hash.digest('hex') },
          { waitForTrailers: true },
        )
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-seed': query.get('seed') ?? '' }))
        stream.end(body)
      })
    })
  }

  async open(): Promise<this> {
    for (const server of [this.#http, this.#http2]) {
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    }
    return this
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port
  }

  get http2Port(): number {
    return (this.#http2.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = [this.#http, this.#http2].map(server => new Promise<void>(resolve => server.close(() => resolve())))
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(closed)
  }

  #keep(socket: Socket | ServerHttp2Session): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {})
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const query = new URL(request.url!, 'http://app').searchParams
  response.sendDate = false
  if (query.has('early')) return void response.writeHead(403, { 'content-length': 5, connection: 'close' }).end('early')
  const hash = createHash('sha256')
  try {
    for await (const chunk of request) hash.update(chunk)
  } catch {
    return // the client is gone
  }
  if (query.get('kill') === 'before') return void request.socket.destroy()
  const body = content(query.get('seed') ?? '', Number(query.get('size') ?? 0))
  response.statusCode = Number(query.get('status') ?? 200)
  response.setHeader('x-body', hash.digest('hex'))
  if (query.get('kill') === 'middle') {
    response.setHeader('content-length', body.length)
    response.write(body.subarray(0, body.length / 2), () => request.socket.destroy())
    return
  }
  if (query.has('trailers')) response.setHeader('trailer', 'x-seed')
  else if (!query.has('chunked')) response.setHeader('content-length', body.length)
  if (request.method === 'HEAD') return void response.end()
  if (query.has('trailers')) response.addTrailers({ 'x-seed': query.get('seed') ?? '' })
  // In pieces, so that there is more than one chunk.
  const half = body.length >> 1
  if (half > 0) response.write(body.subarray(0, half))
  response.end(body.subarray(half))
}

/** A WebSocket handshake, then every byte comes back. */
function echo(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => {})
  if (request.url === '/refused') {
    socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno')
    return
  }
  socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  socket.write(head)
  socket.pipe(socket)
}
