/**
 * The JSON lines as zod schemas: source of the published `*.schema.json`. Objects are open on purpose: a reader of
 * version 1 accepts a line with keys that were added later. Versions: README.md.
 */
import { z } from 'zod'
import { ATTACKS, SEVERITIES } from '#schemas/records/detection.ts'

/** Lines of version 1 carry no version; from version 2 on, every line says `"schemaVersion": 2`. */
export const SCHEMA_VERSION = 1

const whole = z.number().int().min(0)
const port = whole.max(65_535)
const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  .describe('Capture time, UTC, microseconds')
const endpoint = z.object({ ip: z.string(), port })
const id = z.string().describe('Deterministic: the same bytes give the same id again')

const encapsulation = z
  .array(
    z.union([
      z.object({ type: z.enum(['vxlan', 'geneve']), vni: whole }),
      z.object({ type: z.enum(['vlan', 'gre', 'erspan', 'mpls', 'pppoe', 'gtpu', 'pbb', 'netns']), id: whole }),
    ]),
  )
  .describe('Outermost first; netns is the network namespace of a socket on the sensor')

const certificate = z.object({
  subject: z.string(),
  issuer: z.string().optional(),
  uris: z.array(z.string()),
  dns: z.array(z.string()),
  sha256: z.string(),
  serial: z.string(),
  validated: z.boolean(),
})

const tlsDetails = z
  .object({
    library: z.string().optional().describe('Whose plaintext was read inside a process: openssl, …'),
    version: z.string().optional(),
    sni: z.string().optional(),
    alpn: z.string().optional(),
    peerCertificate: certificate.nullable().optional().describe('Null: the peer gave none'),
  })
  .describe('What is known of TLS; absent when that is nothing')

const process = z
  .object({
    pid: whole,
    name: z.string(),
    executable: z.string().optional(),
    side: z.enum(['client', 'server']).optional().describe('Which end of the connection it is'),
    container: z.string().optional(),
    pod: z.object({ uid: z.string(), namespace: z.string().optional(), name: z.string().optional() }).optional(),
  })
  .describe('The process in which the connection was observed; absent when that is not known')

const connection = z.object({
  id,
  client: endpoint.describe('Who opened the connection, as in the packets'),
  server: endpoint,
  encapsulation,
  tls: z.boolean(),
  capture: z.string().describe('pcap-file, pcap, mirror, ebpf, envoy'),
  tlsDetails: tlsDetails.optional(),
  process: process.optional(),
})

/** Of an exchange: its place on the connection too. */
const exchangeConnection = connection.extend({
  ordinal: whole.min(1).describe('Counts exchanges on the connection, from 1'),
  stream: whole.optional().describe('HTTP/2 stream id; absent otherwise'),
})

const client = z.object({ ip: z.string(), port: port.optional() }).describe('The real client, after all trusted hops')

const ssl = z.object({
  tls: z.boolean().describe('The client came to the proxy over TLS'),
  verified: z.boolean().nullable().describe('Did the proxy verify its certificate? Null: it gave none'),
  version: z.string().optional(),
  commonName: z.string().optional(),
  cipher: z.string().optional(),
  signature: z.string().optional(),
  key: z.string().optional(),
})

const proxy = z
  .object({
    server: endpoint.optional().describe('What the client connected to, as the proxy saw it'),
    unix: z.object({ client: z.string(), server: z.string() }).optional().describe('Paths of sockets'),
    alpn: z.string().optional(),
    authority: z.string().optional().describe('The host name that the client asked for (SNI)'),
    uniqueId: z.string().optional().describe('Hexadecimal digits'),
    ssl: ssl.optional(),
    netns: z.string().optional(),
    vpcEndpoint: z.string().optional().describe('AWS'),
    linkId: whole.optional().describe('Azure'),
    pscConnectionId: z.string().optional().describe('Google Cloud'),
    others: whole.optional().describe('How many TLVs of other types there were'),
  })
  .describe('What a PROXY header says besides; absent when that is nothing')

const hop = z.object({
  from: z
    .string()
    .describe(
      'packet, envoy (who the proxy says it was), proxy-v1, proxy-v2, forwarded, or the name of a header in lower case',
    ),
  ip: z.string().describe('Empty when a PROXY header names no address'),
  port: port.optional(),
  trusted: z.boolean().describe('Was the party that told us this trusted? Untrusted hops change nothing'),
  proxy: proxy.optional(),
})

const via = z
  .object({
    peer: endpoint.describe('Who was connected to the proxy: the client, or a proxy in front of it'),
    upstream: endpoint.optional().describe('Whom the proxy asked'),
    node: z.string().optional().describe('Id of the proxy'),
    route: z.string().optional(),
    cluster: z.string().optional(),
    virtualHost: z.string().optional(),
    trace: z.string().optional().describe('Trace id'),
    redacted: z.array(z.string()).describe('Names of headers whose values were removed at the source'),
  })
  .describe('What the proxy that mirrored it knows; absent when none did')

const headers = z.array(z.tuple([z.string(), z.string()])).describe('Name and value; order and case as sent')

const message = z.object({
  version: z.string(),
  headers,
  trailers: headers.optional().describe('Absent when there are none'),
  bodyBytes: whole.describe('Entity bytes after transfer decoding'),
  decodedBytes: whole.optional().describe('After content decoding too; absent without a content coding'),
  body: z.base64().optional().describe('Only with --bodies: the first entity bytes after transfer decoding'),
})

const request = message.extend({
  method: z.string(),
  target: z.string().describe('As sent'),
  path: z.string(),
  query: z.string().nullable().describe('Without the question mark; null when there is none'),
})

const response = message.extend({ status: whole, reason: z.string() })

const range = z.tuple([whole, whole])
const file = { file: z.string().describe('The capture'), packets: range.describe('First and last frame, from 1') }
const log = { topic: z.string(), partition: whole, offsets: range.describe('First and last record') }
const origin = z
  .union([z.object({ ...log, file: file.file.optional(), packets: file.packets.optional() }), z.object(file)])
  .describe('Where in the input it came from')

export const LINES = {
  exchange: z.object({
    type: z.literal('exchange'),
    id,
    time,
    connection: exchangeConnection,
    client,
    host: z.string().describe('Effective host, lower case, with its port if one was sent; empty when there is none'),
    scheme: z.enum(['http', 'https']),
    hops: z.array(hop).describe('Nearest first'),
    application: z.number().int(),
    mode: z.enum(['monitoring', 'off']),
    request,
    response: response.nullable().describe('Null when there is none; then an anomaly says why'),
    via: via.optional(),
    anomalies: z.array(z.string()),
    origin,
  }),
  message: z.object({
    type: z.literal('message'),
    id,
    time,
    exchange: z.string().describe('Id of the exchange that opened the WebSocket'),
    connection: exchangeConnection,
    client,
    host: z.string(),
    application: z.number().int(),
    mode: z.enum(['monitoring', 'off']),
    path: z.string().describe('Of the request that opened the WebSocket'),
    from: z.enum(['client', 'server']),
    kind: z.enum(['text', 'binary', 'close']),
    code: whole.optional().describe('Status code of a close message, if it has one'),
    frames: whole.min(1),
    bytes: whole.describe('Payload of its frames, before decompression'),
    decodedBytes: whole.optional().describe('After decompression; absent when it is not compressed'),
    body: z.base64().optional().describe('Only with --bodies: the first bytes, after decompression'),
    anomalies: z.array(z.string()),
    origin,
  }),
  detection: z.object({
    type: z.literal('detection'),
    id,
    time,
    exchange: z.string().describe('Id of the exchange or message'),
    connection: exchangeConnection,
    client,
    host: z.string(),
    application: z.number().int(),
    method: z.string(),
    path: z.string(),
    attack: z.enum(ATTACKS),
    severity: z.enum(SEVERITIES),
    rule: z.string(),
    point: z.array(z.string()).describe('Where the value stands, decoders included'),
    evidence: z.string(),
    why: z.string(),
    at: whole
      .optional()
      .describe('Index in the decoded value at which the evidence begins; absent where it is no part of it'),
    shows: z.string().optional().describe('What was recognised: the tokens or the expression that matched'),
    unless: z.string().optional().describe('What would have made the value harmless'),
    cwe: z.array(whole).describe('Weaknesses by their CWE number, the best one first'),
    owasp: z
      .array(z.string())
      .describe('Categories: A03:2021 of the OWASP Top 10, API7:2023 of the API Security Top 10'),
    pack: z.string().describe('Who found it: name@hash of a rule pack, tapwire@hash of what is built in'),
    response: z.object({ status: whole }).nullable(),
    origin,
  }),
  anomaly: z.object({
    type: z.literal('anomaly'),
    id,
    time,
    connection,
    anomaly: z.string().describe('<protocol>.<what>'),
    origin,
  }),
} as const

export type LineType = keyof typeof LINES
