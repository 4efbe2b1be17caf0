/**
 * One other side that speaks HTTP/1.1: connections that are kept, answers of bounded size, one try per call. It retries nothing, follows
 * nothing, and has no time-outs of its own: the caller's signal ends a call.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { createSecureContext } from 'node:tls'
import { Retryable, Usage } from '#schemas/contracts/errors.ts'
import type { ClientTls } from './config.ts'
import { failureOf } from './failure.ts'

export interface Answer {
  readonly status: number
  /** Names in lower case; of repeated ones the first, or all joined by a comma. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** At most `answerBytes`. */
  readonly body: Buffer
  /** There was more. */
  readonly cut: boolean
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'
  /** Behind the address's path, with its query; none: the address itself. */
  readonly path?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  readonly signal: AbortSignal
}

export interface ClientOptions {
  /** http or https. A call's path is put behind its path. */
  readonly address: string
  readonly tls?: ClientTls | undefined
  /** Connections at once; calls beyond wait for one. */
  readonly connections: number
  /** What is read of an answer's body at most. */
  readonly answerBytes: number
}

/** Milliseconds for which an unused connection is kept; an other side that says less in `Keep-Alive` is obeyed by Node. */
const IDLE_MS = 30_000

export class HttpClient implements Disposable {
  /** For messages: scheme, host and port. The path may hold a secret. */
  readonly who: string
  readonly #address: URL
  readonly #agent: HttpAgent | HttpsAgent
  readonly #request: typeof httpRequest
  readonly #answerBytes: number

  /** Throws `Usage` when certificates cannot be used. */
  constructor({ address, tls, connections, answerBytes }: ClientOptions) {
    this.#address = new URL(address)
    this.who = this.#address.origin
    this.#answerBytes = answerBytes
    const agent = { keepAlive: true, maxSockets: connections, timeout: IDLE_MS }
    const secure = this.#address.protocol === 'https:'
    if (tls !== undefined && !secure) throw new Usage(`${this.who}: tls is configured, but the address is not https`)
    this.#agent = secure ? new HttpsAgent({ ...agent, ...tlsOptions(tls, this.who) }) : new HttpAgent(agent)
    this.#request = secure ? httpsRequest : httpRequest
  }

  /** The answer, whatever its status. Throws `Retryable` when none came. */
  async send(call: Call): Promise<Answer> {
    const { method, headers, body, signal } = call
    if (signal.aborted) throw stopped(this.who)
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const request = this.#request(this.#target(call.path), { method, headers, agent: this.#agent })
    const leave = (): void => {
      reject(stopped(this.who))
      request.destroy()
    }
    signal.addEventListener('abort', leave, { once: true })
    request.on('error', error => reject(failureOf(error, this.who)))
    request.on('response', response => {
      readAnswer(response, this.#answerBytes).then(resolve, error => reject(failureOf(error, this.who)))
    })
    request.end(body)
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  #target(path: string | undefined): URL {
    if (path === undefined) return this.#address
    return new URL(this.#address.pathname.replace(/\/$/, '') + path, this.#address)
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

function stopped(who: string): Retryable {
  return new Retryable('stopped', `${who}: stopped before it answered`)
}

/** Of a longer body the rest is not waited for: leaving the loop closes the connection. */
async function readAnswer(response: IncomingMessage, limit: number): Promise<Answer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part.subarray(0, limit - size))
    size += part.length
    if (size > limit) break
  }
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    ),
    body: Buffer.concat(parts),
    cut: size > limit,
  }
}

function tlsOptions(tls: ClientTls | undefined, who: string): object {
  const { ca, cert, key, serverName } = tls ?? {}
  const material = {
    ...(ca === undefined ? {} : { ca: ca.reveal() }),
    ...(cert === undefined ? {} : { cert: cert.reveal() }),
    ...(key === undefined ? {} : { key: key.reveal() }),
  }
  try {
    createSecureContext(material)
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code ?? 'no code')
    throw new Usage(`${who}: tls.ca, tls.cert or tls.key is not what it should be (${code}): they are PEM texts`)
  }
  return { ...material, minVersion: 'TLSv1.2', ...(serverName === undefined ? {} : { servername: serverName }) }
}
