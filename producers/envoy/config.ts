/** What the configuration says about an ingest server. */
import { z } from 'zod'
import { cidr } from '#schemas/config/net.ts'
import { secret } from '#schemas/config/secret.ts'
import { isLoopback, parseListen } from '#schemas/config/telemetry.ts'

const KIB = 1024
const MIB = 1024 ** 2
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const listen = z
  .string()
  .refine(text => parseListen(text) !== null, { error: 'expected an address and a port, e.g. 10.0.0.5:5080' })

const tls = z
  .strictObject({
    cert: secret().describe('Certificate of this server with its chain, PEM'),
    key: secret().describe('Its private key, PEM'),
    clientCa: secret()
      .optional()
      .describe('Authorities of clients, PEM: then a client without a certificate of theirs is refused (mTLS)'),
    clientNames: z
      .array(z.string().min(1).max(1024))
      .min(1)
      .max(1000)
      .optional()
      .describe(
        'Which clients of these authorities: a DNS name, URI (spiffe://…) or address in the certificate. None given: all',
      ),
  })
  .refine(({ clientCa, clientNames }) => clientNames === undefined || clientCa !== undefined, {
    path: ['clientNames'],
    error: 'says nothing without clientCa: nobody would check the certificates',
  })

const limits = z
  .strictObject({
    connections: z.int().min(1).max(100_000).default(10_000).describe('Connections at once; one more is closed'),
    streams: z
      .int()
      .min(1)
      .max(100_000)
      .default(2000)
      .describe('Requests at once on one HTTP/2 connection, ext_proc streams included'),
    allStreams: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(50_000)
      .describe('Requests at once on all HTTP/2 connections together; one more is refused'),
    resetsPerSecond: z
      .int()
      .min(100)
      .max(1_000_000)
      .default(20_000)
      .describe(
        'Streams that one HTTP/2 connection may reset: Envoy resets every ext_proc stream at its end. Above, the connection is closed',
      ),
    headerBytes: z
      .int()
      .min(4 * KIB)
      .max(256 * KIB)
      .default(16 * KIB)
      .describe('Headers of one request to this server; those of the traffic are inside messages'),
    requestBytes: z
      .int()
      .min(64 * KIB)
      .max(256 * MIB)
      .default(16 * MIB)
      .describe('One POST of messages. Longer ones are answered 413'),
    messageBytes: z
      .int()
      .min(64 * KIB)
      .max(64 * MIB)
      .default(8 * MIB)
      .describe('One message: a MessagePack map, or a gRPC message of ext_proc. Longer ones are refused'),
    messageText: z
      .int()
      .min(16 * KIB)
      .max(8 * MIB)
      .default(MIB)
      .describe('Text in one message: names and values of headers, path and so on'),
    messageValues: z
      .int()
      .min(256)
      .max(65_536)
      .default(8192)
      .describe('Values in one message: each header takes three'),
    bodyBytes: z
      .int()
      .min(0)
      .max(16 * MIB)
      .default(64 * KIB)
      .describe('ext_proc: bytes kept of each body; the Lua filter has its own limit'),
    heldBytes: z
      .int()
      .min(MIB)
      .max(16_384 * MIB)
      .default(256 * MIB)
      .describe(
        'Memory for what is not complete, all connections together, half of it for bodies of ext_proc streams. Beyond it requests are answered 503, and streams keep no more of their bodies',
      ),
    pendingBytes: z
      .int()
      .min(4 * MIB)
      .max(4096 * MIB)
      .default(32 * MIB)
      .describe('Memory for messages that nobody takes at the moment. Beyond it requests are answered 503'),
    headerMs: z
      .int()
      .min(100)
      .max(MINUTE)
      .default(10 * SECOND)
      .describe('Milliseconds for a TLS handshake, and for the headers of an HTTP/1 request'),
    requestMs: z
      .int()
      .min(100)
      .max(10 * MINUTE)
      .default(30 * SECOND)
      .describe('Milliseconds for a whole POST, however slowly it trickles in'),
    idleMs: z
      .int()
      .min(SECOND)
      .max(24 * HOUR)
      .default(10 * MINUTE)
      .describe('Milliseconds after which a connection without requests, or a silent ext_proc stream, is closed'),
    deadPerSecond: z
      .int()
      .min(0)
      .max(1000)
      .default(5)
      .describe('Malformed messages that are kept in dead; all of them are counted'),
  })
  .prefault({})
  .describe('Bounds on memory and time')

export const config = z
  .strictObject({
    listen: listen.describe('Address and port for messages and ext_proc, HTTP/1.1 and HTTP/2 alike'),
    grpcListen: listen
      .optional()
      .describe('A second address and port for the same, e.g. to keep ext_proc apart (both serve both)'),
    tls: tls.optional().describe('Without it, HTTP/2 is spoken in the clear (prior knowledge)'),
    token: secret()
      .optional()
      .describe('What clients must show: authorization: Bearer <token>, 16 characters at least'),
    networks: z
      .array(cidr())
      .max(10_000)
      .default([])
      .describe('Addresses and blocks that may connect; none given: all'),
    extProc: z.boolean().default(true).describe('Serve envoy.service.ext_proc.v3.ExternalProcessor'),
    delayMs: z
      .int()
      .min(1)
      .max(SECOND)
      .default(50)
      .describe('Milliseconds after which messages are handed on at the latest'),
    limits,
  })
  .superRefine(({ listen, grpcListen, tls, token }, ctx) => {
    if (token !== undefined || tls?.clientCa !== undefined) return
    for (const [key, text] of Object.entries({ listen, grpcListen })) {
      if (text === undefined || isLoopback(parseListen(text)?.host ?? '127.0.0.1')) continue
      const message = `whoever can reach ${text} could make up traffic: set token, or tls with clientCa, or listen on 127.0.0.1`
      ctx.addIssue({ code: 'custom', path: [key], message })
    }
  })

export type Config = z.output<typeof config>
export type Limits = Config['limits']

/** What is allowed but unwise. */
export function warnings({ listen, grpcListen, tls, token }: Config): readonly string[] {
  if (tls !== undefined || token === undefined) return []
  return [listen, grpcListen]
    .filter(text => text !== undefined)
    .filter(text => !isLoopback(parseListen(text)!.host))
    .map(text => `${text} without tls: the token and all traffic cross the network in the clear`)
}
