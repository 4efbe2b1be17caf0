import { validateHeaderName } from 'node:http'
import { z } from 'zod'
import { secret } from '#schemas/config/secret.ts'
import { clientTls, httpAddress } from '#schemas/outgoing/config.ts'

/** What the sink sets itself, and what frames a message. */
const OWN =
  /^(content-|webhook-|proxy-|transfer-encoding$|host$|connection$|idempotency-key$|expect$|upgrade$|te$|trailer$)/i

const headerName = z
  .string()
  .max(256)
  .refine(isHeaderName, { error: 'no name of a header' })
  .refine(name => !OWN.test(name), { error: 'a header that the sink sets itself' })

const signingKey = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: '1 to 64 of A-Z a-z 0-9 . _ -' })
    .describe('Tells the receiver which key it is'),
  secret: secret().describe('24 bytes at least: whsec_ and base64, or any text'),
})

export const config = z
  .strictObject({
    url: httpAddress({ query: true }).describe('Where batches are sent'),
    method: z.enum(['POST', 'PUT']).default('POST').describe('How'),
    topics: z
      .array(z.enum(['detections', 'exchanges', 'anomalies']))
      .min(1)
      .refine(topics => new Set(topics).size === topics.length, { error: 'a topic is listed twice' })
      .default(['detections'])
      .describe('What is sent'),
    shape: z
      .enum(['tapwire', 'new-hits'])
      .default('tapwire')
      .describe('Of a record: the JSON lines of Tapwire, or new_hits notifications as Wallarm’s webhooks have them'),
    format: z.enum(['ndjson', 'array']).default('ndjson').describe('Of a batch: one record a line, or a JSON array'),
    bodies: z.boolean().default(false).describe('Bodies of exchanges too, in base64'),
    headers: z
      .record(headerName, z.union([secret(), z.string().max(4096)]))
      .refine(headers => Object.keys(headers).length <= 50, { error: '50 headers at most' })
      .default({})
      .describe('Sent with every batch; secrets as { env: NAME } or { file: path }'),
    token: secret().optional().describe('Sent as Authorization: Bearer …'),
    sign: z
      .array(signingKey)
      .min(1)
      .max(4)
      .refine(keys => new Set(keys.map(({ id }) => id)).size === keys.length, { error: 'two keys have the same id' })
      .optional()
      .describe(
        'Sign batches (Standard Webhooks, HMAC-SHA256), with each of these keys: two while one replaces the other',
      ),
    gzip: z.boolean().default(false).describe('Compress batches'),
    answers: z
      .enum(['status', 'records'])
      .default('status')
      .describe('What is read of a 2xx answer: only its status, or {"refused":[{"index":0,"answer":"why"}]} too'),
    connections: z.int().min(1).max(64).default(8).describe('Connections at once'),
    answerBytes: z
      .int()
      .min(1024)
      .max(16 * 1024 ** 2)
      .default(256 * 1024)
      .describe('Bytes of an answer that are read at most'),
    tls: clientTls.optional().describe('Of https'),
    client: z.string().max(256).default('').describe('client_name of new-hits'),
    cloud: z.string().max(256).default('').describe('cloud of new-hits'),
  })
  .refine(({ shape, topics }) => shape === 'tapwire' || topics.every(topic => topic === 'detections'), {
    path: ['topics'],
    error: 'new-hits are detections: no other topic has that shape',
  })
  .refine(({ headers, token }) => token === undefined || !Object.keys(headers).some(isAuthorization), {
    path: ['token'],
    error: 'token, or the header Authorization: not both',
  })

export type Config = z.output<typeof config>

function isHeaderName(name: string): boolean {
  try {
    validateHeaderName(name)
    return true
  } catch {
    return false
  }
}

function isAuthorization(name: string): boolean {
  return name.toLowerCase() === 'authorization'
}

export function warnings({ url, token, headers, bodies, topics }: Config): readonly string[] {
  if (new URL(url).protocol === 'https:') return []
  const secrets = token !== undefined || Object.values(headers).some(value => typeof value !== 'string')
  const what = bodies && topics.includes('exchanges') ? 'records with bodies' : 'records'
  return [`url without https: ${secrets ? 'the token and ' : ''}${what} cross the network in the clear`]
}
