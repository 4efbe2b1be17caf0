/** Requests to a schema registry: bounded in time and size, redirects not followed, the password in no message. */
import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { Refused, Retryable } from '#schemas/contracts/errors.ts'
import type { KafkaSecurity } from '../client.ts'
import { tlsOptions } from '../client.ts'

export interface HttpOptions {
  /** Its path, if it has one, is where the registry's paths begin. */
  readonly url: string
  /** Value of the Authorization header. */
  readonly authorization: string | null
  readonly tls: KafkaSecurity['tls']
  /** For a whole exchange. */
  readonly timeoutMs: number
}

export interface Answer {
  readonly status: number
  /** Parsed JSON. */
  readonly body: unknown
}

/** Our largest schema has 20 KiB; others' may be longer, and stand in the answer as a JSON string. */
const MAX_BYTES = 4 * 1024 * 1024
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json'

/** Throws `Retryable` when there was no answer, or one that says to come back; `Refused` when it is no registry's. */
export async function call(
  options: HttpOptions,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const { status, bytes } = await exchange(options, method, path, body === undefined ? null : JSON.stringify(body))
  if (status === 429 || status >= 500)
    throw new Retryable('registry.unavailable', `schema registry ${options.url}: status ${status} for ${path}`)
  try {
    return { status, body: JSON.parse(bytes.toString()) }
  } catch (cause) {
    throw new Refused(
      'registry.no-json',
      `schema registry ${options.url}: status ${status} for ${path}, and no JSON: is this the address of a registry?`,
      { cause },
    )
  }
}

async function exchange(
  { url, authorization, tls, timeoutMs }: HttpOptions,
  method: string,
  path: string,
  body: string | null,
): Promise<{ readonly status: number; readonly bytes: Buffer }> {
  const target = new URL(url.replace(/\/+$/, '') + path)
  const headers = {
    accept: `${MEDIA_TYPE}, application/json`,
    ...(authorization === null ? {} : { authorization }),
    ...(body === null ? {} : { 'content-type': MEDIA_TYPE, 'content-length': Buffer.byteLength(body) }),
  }
  const signal = AbortSignal.timeout(timeoutMs)
  const common = { method, headers, signal, agent: false as const }
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly status: number; readonly bytes: Buffer }>()
  const sent =
    target.protocol === 'https:'
      ? tlsRequest(target, { ...common, ...tlsOptions(tls ?? {}) })
      : plainRequest(target, common)
  sent.once('error', reject)
  sent.once('response', response => {
    const chunks: Buffer[] = []
    let size = 0
    response.once('error', reject)
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BYTES) response.destroy(new Error(`an answer of more than ${MAX_BYTES} bytes`))
      else chunks.push(chunk)
    })
    response.once('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }))
  })
  sent.end(body ?? undefined)
  try {
    return await promise
  } catch (cause) {
    const why = signal.aborted ? `no answer within ${timeoutMs} ms` : (cause as Error).message
    throw new Retryable('registry.unreachable', `schema registry ${url}: ${why}`, { cause })
  }
}
