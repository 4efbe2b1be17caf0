/**
 * One address that speaks HTTP/1.1 and HTTP/2, in the clear or over TLS:
 *
 *   connection ─► too many? ─► network allowed? ─┬ in the clear ─► sniff ────┬─► HTTP/1 ─► Call ─┐
 *                    │               │           └ TLS ─► handshake ─► ALPN ─┴─► HTTP/2 ─► Call ─┴─► handler
 *                 closed          closed                    │
 *                                                         closed
 *
 *   Listening ── stop ──► Stopping: nobody new, GOAWAY, answers close their connection ── dispose ──► Closed
 */
import { once } from 'node:events'
import { createServer as createHttp, type Server } from 'node:http'
import { constants, createServer as createHttp2, type ServerHttp2Session } from 'node:http2'
import { createServer as createHttps } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Listen } from '#schemas/config/telemetry.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Budget } from '../budget.ts'
import type { Config, Limits } from '../config.ts'
import type { Counts } from '../counts.ts'
import type { Access } from './access.ts'
import { type Answer, type Call, callOfHttp1, callOfHttp2 } from './call.ts'
import { http1Options, http2Options, tlsOptions, WINDOW } from './options.ts'
import { type Peer, peerOf } from './peer.ts'
import { sniff } from './sniff.ts'

export interface ListenerOptions {
  readonly listen: Listen
  readonly tls: Config['tls']
  readonly limits: Limits
  readonly access: Access
  readonly counts: Counts
  /** Of HTTP/2, on all connections. */
  readonly streams: Budget
  readonly handle: (call: Call) => void
}

export class Listener implements AsyncDisposable {
  readonly #options: ListenerOptions
  /** Accepts, and speaks HTTP/1. */
  readonly #server: Server
  readonly #http2
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #sockets = new Set<Socket>()
  readonly #peers = new WeakMap<Socket, Peer>()
  #stopping = false

  private constructor(options: ListenerOptions) {
    const { limits, tls, counts } = options
    this.#options = options
    this.#http2 = createHttp2(http2Options(limits))
    this.#http2.on('session', session => this.#session(session))
    this.#http2.on('sessionError', () => counts.add('connections.broken'))
    this.#server =
      tls === undefined
        ? createHttp(http1Options(limits))
        : createHttps({ ...http1Options(limits), ...tlsOptions(tls, limits) })
    this.#server.maxConnections = limits.connections
    this.#server.on('drop', () => counts.add('connections.over-limit'))
    this.#server.on('clientError', (error, socket) => this.#broken(error, socket as Socket))
    this.#server.on('tlsClientError', (_, socket) => this.#unshaken(socket))
    this.#server.on('request', (request, response) => {
      if (this.#stopping) response.shouldKeepAlive = false
      options.handle(callOfHttp1(this.#peers.get(request.socket)!, request, response))
    })
    if (tls === undefined) {
      intercept<Socket>(this.#server, 'connection', (socket, http1) => {
        if (this.#admit(socket))
          sniff(socket, limits.headerMs, spoken => this.#speak(socket, spoken === 'http2', http1))
      })
    } else {
      intercept<Socket>(this.#server, 'connection', (socket, shake) => this.#admit(socket) && shake(socket))
      intercept<TLSSocket>(this.#server, 'secureConnection', (socket, http1) =>
        this.#speak(socket, socket.alpnProtocol === 'h2', http1 as (socket: Socket) => void),
      )
    }
  }

  /** Throws `Usage` when it cannot listen there. */
  static async open(options: ListenerOptions): Promise<Listener> {
    const { host, port } = options.listen
    let listener: Listener
    try {
      listener = new Listener(options)
    } catch (cause) {
      throw new Usage(`tls: the certificate, key or authority cannot be used: ${(cause as Error).message}`, { cause })
    }
    const server = listener.#server.listen({ host, port, backlog: BACKLOG })
    try {
      await once(server, 'listening')
    } catch (cause) {
      const { code = '', message } = cause as NodeJS.ErrnoException
      throw new Usage(`cannot listen on ${host} port ${port}: ${WHY.get(code) ?? message}`, { cause })
    }
    // Of connections that cannot be accepted, e.g. for want of file descriptors: others are.
    server.on('error', () => options.counts.add('connections.broken'))
    return listener
  }

  /** What the kernel chose when 0 was asked for. */
  get port(): number {
    return (this.#server.address() as { readonly port: number }).port
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** Nobody new. Requests under way go on. */
  stop(): void {
    if (this.#stopping) return
    this.#stopping = true
    this.#server.close()
    this.#server.closeIdleConnections()
    for (const session of this.#sessions) if (!session.destroyed) session.goaway()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    for (const session of this.#sessions) session.destroy()
    for (const socket of this.#sockets) socket.destroy()
    if (this.#server.listening) await once(this.#server, 'close')
  }

  #admit(socket: Socket): boolean {
    const { access, counts } = this.#options
    if (this.#stopping || !access.admits(socket.remoteAddress ?? '')) {
      counts.add(this.#stopping ? 'refused.stopping' : 'refused.network')
      socket.destroy()
      return false
    }
    counts.add('connections.accepted')
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {}) // of a connection that goes away while nobody else listens
    socket.setNoDelay(true)
    return true
  }

  #speak(socket: Socket, http2: boolean, http1: (socket: Socket) => void): void {
    this.#peers.set(socket, peerOf(socket, this.#options.access.names))
    if (!http2) {
      http1(socket)
      return
    }
    // A server of HTTP/1 leaves its sockets half open; HTTP/2 would wait for an end that does not come.
    socket.allowHalfOpen = false
    this.#http2.emit('connection', socket)
  }

  #session(session: ServerHttp2Session): void {
    const { limits, handle, counts, streams } = this.#options
    const peer =
      this.#peers.get(session.socket as Socket) ?? peerOf(session.socket as Socket, this.#options.access.names)
    this.#sessions.add(session)
    session.once('close', () => this.#sessions.delete(session))
    session.setLocalWindowSize(WINDOW)
    session.setTimeout(limits.idleMs, () => session.close())
    session.on('stream', (stream, headers, _, rawHeaders) => {
      stream.on('error', () => {}) // the end of a stream is told by 'close'
      if (!streams.take(1)) {
        counts.add('streams.over-limit')
        stream.close(constants.NGHTTP2_REFUSED_STREAM)
        return
      }
      stream.once('close', () => streams.give(1))
      const call = callOfHttp2(peer, stream, headers)
      if (sizeOf(rawHeaders) <= limits.headerBytes) {
        handle(call)
        return
      }
      counts.add('requests.headers-too-long')
      call.answer(LONG_HEADERS)
    })
  }

  #broken({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
    this.#options.counts.add('connections.broken')
    const status = REASONS.get(code) ?? '400 Bad Request'
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
    else socket.destroy()
  }

  #unshaken(socket: Socket): void {
    this.#options.counts.add('refused.tls')
    socket.destroy()
  }
}

/** Connections that wait to be accepted; the kernel gives net.core.somaxconn at most. */
const BACKLOG = 4096

/** What Node's parser of HTTP/1 gives up for. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
])

const WHY: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another program listens there'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['EACCES', 'ports below 1024 need CAP_NET_BIND_SERVICE'],
])

const LONG_HEADERS: Answer = { status: 431, text: 'the headers are longer than limits.headerBytes\n' }

/** Node only tells a client of HTTP/2 how much it may send (RFC 9113 §6.5.2), and takes 64 KiB. */
function sizeOf(rawHeaders: readonly string[]): number {
  return rawHeaders.reduce((sum, { length }) => sum + length, 0)
}

/** Stands in front of what a server of Node does with a socket by itself. */
function intercept<S extends Socket>(
  server: Server,
  event: 'connection' | 'secureConnection',
  first: (socket: S, then: (socket: S) => void) => void,
): void {
  const own = server.listeners(event) as ((socket: S) => void)[]
  server.removeAllListeners(event)
  server.on(event, (socket: S) =>
    first(socket, next => {
      for (const listener of own) listener.call(server, next)
    }),
  )
}
