/** One request through the proxy, as a client would send it, with a mark that nothing else in the log has. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request as plain } from 'node:http'
import { request as secure } from 'node:https'

export interface ProbeOptions {
  /** Where the proxy is, and the path to ask for. */
  readonly url: URL
  /** Host to ask for, when the proxy is reached by another name; in TLS too. */
  readonly host: string | undefined
  /** Believe any certificate. */
  readonly insecure: boolean
  /** Ask for what every attack detector knows. */
  readonly attack: boolean
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status: number
  /** What the header Server says; empty without one. */
  readonly server: string
  /** It has a header that Envoy adds. */
  readonly byEnvoy: boolean
  /** Of the body, as it was sent. */
  readonly bytes: number
}

const TIMEOUT_MS = 10_000
/** More of a body is not waited for. */
const MOST_BYTES = 16 * 1024 * 1024

/** Unlike anything that a client sends. */
export function newMark(): string {
  return `tapwire-probe-${randomBytes(12).toString('hex')}`
}

/** Throws the error of the connection. */
export async function sendProbe(mark: string, options: ProbeOptions): Promise<Answer> {
  const { url, host, insecure, attack, signal } = options
  const query = new URLSearchParams(url.searchParams)
  query.set('probe', mark)
  if (attack) query.set('file', '../../../../etc/passwd')
  const send = url.protocol === 'https:' ? secure : plain
  const client = send({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: `${url.pathname}?${query}`,
    headers: { host: host ?? url.host, 'user-agent': 'tapwire-doctor' },
    ...(host === undefined ? {} : { servername: host.replace(/:\d+$/, '') }),
    rejectUnauthorized: !insecure,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    agent: false,
  })
  client.end()
  const response = await answerTo(client)
  const { headers, statusCode = 0 } = response
  const server = String(headers.server ?? '')
  return {
    status: statusCode,
    server,
    byEnvoy: server.includes('envoy') || Object.keys(headers).some(name => name.startsWith('x-envoy-')),
    bytes: await lengthOf(response),
  }
}

async function answerTo(client: ClientRequest): Promise<IncomingMessage> {
  const [response] = await once(client, 'response')
  return response
}

async function lengthOf(response: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length
    if (bytes > MOST_BYTES) break
  }
  return bytes
}
