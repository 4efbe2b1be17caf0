/** How Node's servers are told our limits. */
import type { ServerOptions } from 'node:http'
import type { ServerOptions as Http2Options } from 'node:http2'
import type { TlsOptions } from 'node:tls'
import type { Config, Limits } from '../config.ts'

const KIB = 1024
/** Flow control must never make Envoy wait: what arrives is taken at once, so little of it is ever in use. */
export const WINDOW = 64 * 1024 * KIB
const STREAM_WINDOW = 4 * 1024 * KIB
/** Node refuses streams of a connection above this many MB, of which an ext_proc stream takes a few KB. */
const SESSION_MEMORY_MB = 512
/** How often Node looks for requests that are too slow. */
const CHECK_MS = 1000

export function http1Options({ headerBytes, headerMs, requestMs, idleMs }: Limits): ServerOptions {
  return {
    maxHeaderSize: headerBytes,
    headersTimeout: Math.min(headerMs, requestMs),
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: CHECK_MS,
    noDelay: true,
  }
}

export function http2Options({ headerBytes, streams, resetsPerSecond, idleMs }: Limits): Http2Options {
  return {
    maxSessionMemory: SESSION_MEMORY_MB,
    streamResetRate: resetsPerSecond,
    streamResetBurst: 2 * resetsPerSecond,
    unknownProtocolTimeout: idleMs,
    settings: {
      maxConcurrentStreams: streams,
      initialWindowSize: STREAM_WINDOW,
      maxFrameSize: 64 * KIB,
      maxHeaderListSize: headerBytes,
      enablePush: false,
    },
  }
}

export function tlsOptions({ cert, key, clientCa }: NonNullable<Config['tls']>, { headerMs }: Limits): TlsOptions {
  return {
    cert: cert.reveal(),
    key: key.reveal(),
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: headerMs,
    ...(clientCa === undefined ? {} : { ca: clientCa.reveal(), requestCert: true, rejectUnauthorized: true }),
  }
}
