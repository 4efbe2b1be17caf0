/** A stand-in for the other side of a sink that speaks HTTP: a real server on loopback that can be made to misbehave. */
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Trouble } from '#test/suites/sink.ts'

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Given {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export class OtherSide implements AsyncDisposable {
  /** What is answered without trouble. */
  handle: (asked: Asked) => Given | Promise<Given>
  readonly #server: Server
  readonly #secure: boolean
  #port = 0
  #trouble: Trouble | null = null

  private constructor(handle: OtherSide['handle'], tls: ServerOptions | null) {
    this.handle = handle
    this.#secure = tls !== null
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response)
    this.#server = tls === null ? createServer(answer) : createSecureServer(tls, answer)
  }

  static async open(handle: OtherSide['handle'], tls: ServerOptions | null = null): Promise<OtherSide> {
    const side = new OtherSide(handle, tls)
    await side.#listen()
    return side
  }

  /** Without a path. */
  get url(): string {
    return `${this.#secure ? 'https' : 'http'}://127.0.0.1:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  /** Called for every connection from now on. */
  onConnection(count: () => void): void {
    this.#server.on('connection', count)
  }

  /** `away`: nobody listens at the port. Null: all is well again. */
  async suffer(trouble: Trouble | null): Promise<void> {
    const was = this.#trouble
    this.#trouble = trouble
    if (trouble === 'away' && was !== 'away') await this.#close()
    if (trouble !== 'away' && was === 'away') await this.#listen()
    if (was === 'hanging') this.#server.closeAllConnections()
  }

  /** For the `trouble` of a `SinkWorld`. */
  get troubles(): Record<Trouble, (on: boolean) => Promise<void>> {
    const make = (trouble: Trouble) => (on: boolean) => this.suffer(on ? trouble : null)
    return {
      away: make('away'),
      failing: make('failing'),
      throttling: make('throttling'),
      hanging: make('hanging'),
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const parts: Buffer[] = []
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
      if (this.#trouble === 'hanging') return
      const { status, headers, body } = await this.#given(request, Buffer.concat(parts))
      response.writeHead(status, headers).end(body)
    } catch {
      // The client went away in the middle, or `handle` threw: both look like a connection that breaks.
      response.destroy()
    }
  }

  async #given({ method = '', url = '', headers }: IncomingMessage, body: Buffer): Promise<Given> {
    if (this.#trouble === 'failing') return { status: 500, body: 'out of order' }
    if (this.#trouble === 'throttling') return { status: 429, headers: { 'retry-after': '30' } }
    return this.handle({ method, target: url, headers, body })
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.#close()
  }
}
