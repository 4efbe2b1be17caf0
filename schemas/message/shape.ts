/** What a half must look like once it is decoded. Sizes are bounded before: see bounds.ts. */
import { z } from 'zod'
import { canonicalAddress } from '#schemas/config/address.ts'
import { FINISHES, MESSAGE_VERSION, type MessageHalf, type MessageHeader, PROTOCOLS } from '#schemas/records/message.ts'

/** The year 2243, as in schemas/wire/segmenter.ts: beyond, a time is damage. */
const MAX_TIME = 8.64e15

const time = z.number().min(0).max(MAX_TIME)
const count = z.int().min(0)
const text = z.string()
const textOrNull = text.nullable()

const endpoint = z
  .object({ ip: text, port: z.int().min(0).max(65_535) })
  .refine(({ ip, port }) => (ip === '' ? port === 0 : canonicalAddress(ip) !== null), {
    error: 'no IP address (an endpoint without one has an empty ip and port 0)',
  })

/** By hand: a message is headers for the most part, and a tuple of strings takes a tenth of the time this way. */
const headers = z.custom<readonly MessageHeader[]>().superRefine((value: unknown, ctx) => {
  if (!Array.isArray(value)) {
    ctx.addIssue('expected an array')
    return
  }
  const odd = value.findIndex(pair => !isHeader(pair))
  if (odd >= 0) ctx.addIssue({ code: 'custom', path: [odd], message: 'expected a name that is not empty, and a value' })
})

function isHeader(pair: unknown): boolean {
  if (!Array.isArray(pair) || pair.length !== 2) return false
  const [name, value] = pair as readonly unknown[]
  return typeof name === 'string' && name !== '' && typeof value === 'string'
}

const certificateShape = z.object({
  subject: text,
  issuer: textOrNull.default(null),
  uris: z.array(text),
  dns: z.array(text),
  sha256: text,
  serial: text,
  validated: z.boolean(),
})

const tlsShape = z.object({
  version: text,
  sni: text,
  alpn: text.optional(),
  peerCertificate: certificateShape.nullable(),
})

const half = {
  v: z.literal(MESSAGE_VERSION),
  id: z.string().regex(/^[0-9A-Za-z_-]{16,64}$/),
  start: time,
  end: time,
  finish: z.enum(FINISHES),
  source: endpoint,
  peer: endpoint,
  local: endpoint,
  protocol: z.enum(PROTOCOLS),
  tls: tlsShape.nullable(),
  route: textOrNull,
  cluster: textOrNull,
  virtualHost: textOrNull,
  node: textOrNull,
  trace: textOrNull,
  headers,
  trailers: headers,
  body: z.custom<Uint8Array>(value => value instanceof Uint8Array, 'expected binary'),
  bodyBytes: count,
  redacted: z.array(text),
  dropped: z.record(text, count).optional(),
}

export const requestShape = z.object({
  ...half,
  half: z.literal('request'),
  method: text.min(1),
  scheme: text,
  authority: text,
  path: text,
})

export const responseShape = z.object({
  ...half,
  half: z.literal('response'),
  status: z.int().min(100).max(999),
  upstream: endpoint.nullable(),
})

export const shapes = { request: requestShape, response: responseShape } as const satisfies Record<
  MessageHalf['half'],
  z.ZodType<MessageHalf>
>

/** A message before anything is known of it. The keys that may be missing are not there. */
export function blank(): Record<string, unknown> {
  return {
    v: undefined,
    id: undefined,
    half: undefined,
    start: undefined,
    end: undefined,
    finish: undefined,
    source: undefined,
    peer: undefined,
    local: undefined,
    protocol: undefined,
    tls: undefined,
    route: undefined,
    cluster: undefined,
    virtualHost: undefined,
    node: undefined,
    trace: undefined,
    headers: undefined,
    trailers: undefined,
    body: undefined,
    bodyBytes: undefined,
    redacted: undefined,
    method: undefined,
    scheme: undefined,
    authority: undefined,
    path: undefined,
    status: undefined,
    upstream: undefined,
  }
}

/** Names at the top of a message. */
export const FIELDS: ReadonlySet<string> = new Set([...Object.keys(blank()), 'dropped'])

/** All names that a message has today. */
export const KEYS: readonly string[] = [requestShape, responseShape, tlsShape, certificateShape]
  .flatMap(({ shape }) => Object.keys(shape))
  .concat('ip', 'port')
