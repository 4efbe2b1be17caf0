/**
 * /metrics for Prometheus, /live and /ready for whoever restarts or routes. Loopback only, unless it is asked for: there is
 * no authentication.
 *
 *   /live   200 while every task runs; 503 and the reasons: restart me
 *   /ready  200 while live and keeping up; 503 and the reasons: leave me alone for now
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isLoopback, type Listen } from '#schemas/config/telemetry.ts'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Metrics } from './metrics.ts'

/** Null: fine. Otherwise what is wrong, in one line. */
export type Health = () => string | null | Promise<string | null>

export interface TelemetryServerOptions {
  readonly listen: Listen
  /** Listen beyond loopback although anybody can read it. */
  readonly allowRemote: boolean
  /** What is served here. Default: both. */
  readonly only?: 'metrics' | 'health'
  readonly metrics: Metrics
  readonly live: readonly Health[]
  /** In addition to `live`. */
  readonly ready: readonly Health[]
}

export interface TelemetryServer extends AsyncDisposable {
  /** Where it listens; the port is the real one if 0 was asked for. */
  readonly listen: Listen
}

const THERE_IS = {
  both: 'are /metrics, /live and /ready',
  metrics: 'is /metrics',
  health: 'are /live and /ready',
} as const
const CONNECTIONS = 32
const REQUEST_MS = 5000
const HEADER_BYTES = 8 * 1024

/** Throws `Usage` when it may not or cannot listen there. */
export async function serveTelemetry(options: TelemetryServerOptions): Promise<TelemetryServer> {
  const { host, port } = options.listen
  if (!isLoopback(host) && !options.allowRemote) {
    throw new Usage(
      `telemetry.listen: ${host} is reachable from other machines: use 127.0.0.1, or set allowRemote: true`,
    )
  }
  const server = createServer({ maxHeaderSize: HEADER_BYTES, requestTimeout: REQUEST_MS }, (request, response) => {
    answer(options, request, response).catch(() => response.destroy())
  })
  server.maxConnections = CONNECTIONS
  server.headersTimeout = REQUEST_MS
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new Usage(`telemetry.listen: cannot listen on ${host}:${port} (${code}): choose another port, or false`, {
      cause,
    })
  }
  const bound = server.address()
  return {
    listen: { host, port: bound !== null && typeof bound === 'object' ? bound.port : port },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function answer(
  options: TelemetryServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return reply(response, 405, 'only GET and HEAD\n', { Allow: 'GET, HEAD' })
  }
  const { live, ready, metrics, only } = options
  const path = request.url?.split('?', 1)[0]
  if (only !== 'health' && path === '/metrics')
    return reply(response, 200, await metrics.text(), { 'Content-Type': metrics.contentType })
  if (only !== 'metrics' && path === '/live') return health(response, live)
  if (only !== 'metrics' && path === '/ready') return health(response, [...live, ...ready])
  return reply(response, 404, `there ${THERE_IS[only ?? 'both']}\n`)
}

async function health(response: ServerResponse, checks: readonly Health[]): Promise<void> {
  const faults = (await Promise.all(checks.map(check => check()))).filter(fault => fault !== null)
  reply(response, faults.length === 0 ? 200 : 503, faults.length === 0 ? 'ok\n' : `${faults.join('\n')}\n`)
}

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const type = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }
  response.writeHead(status, { ...type, ...headers, 'Cache-Control': 'no-store' })
  response.end(body) // node leaves the body out of the answer to HEAD
}
