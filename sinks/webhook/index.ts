/** Batches of records to an address, as JSON over HTTP. */
import { validateHeaderValue } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Retryable, Usage } from '#schemas/contracts/errors.ts'
import type { RefusedRecord, Sink, SinkRecord, SinkSpec } from '#schemas/contracts/sink.ts'
import { HttpClient } from '#schemas/outgoing/client.ts'
import { outcomeOf, saidBy } from '#schemas/outgoing/outcome.ts'
import { refusedIn } from './answer.ts'
import { bodyOf, CONTENT_TYPE, idOf } from './body.ts'
import { type Config, config, warnings } from './config.ts'
import { Signer } from './signature.ts'

const compress = promisify(gzip)

class Webhook implements Sink<SinkRecord> {
  readonly #config: Config
  readonly #client: HttpClient
  readonly #signer: Signer | null
  readonly #headers: Readonly<Record<string, string>>

  constructor(config: Config) {
    const { url, tls, connections, answerBytes, sign, gzip, format } = config
    this.#config = config
    this.#headers = {
      'user-agent': 'tapwire',
      accept: 'application/json',
      ...headersOf(config),
      'content-type': CONTENT_TYPE[format],
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    }
    this.#signer = sign === undefined ? null : new Signer(sign)
    this.#client = new HttpClient({ address: url, tls, connections, answerBytes })
  }

  async write(batch: readonly SinkRecord[], signal: AbortSignal): Promise<readonly RefusedRecord[]> {
    const text = Buffer.from(bodyOf(batch, this.#config))
    const body = this.#config.gzip ? await compress(text) : text
    const id = idOf(batch)
    const headers = {
      ...this.#headers,
      'content-length': String(body.length),
      'idempotency-key': id,
      ...this.#signer?.headers(id, body, Date.now()),
    }
    const { who } = this.#client
    const answer = await this.#client.send({ method: this.#config.method, headers, body, signal })
    const { refused } = outcomeOf(answer, who)
    if (refused === null) return this.#config.answers === 'records' ? refusedIn(answer, batch.length, who) : []
    // It says nothing about which record it means: the runtime finds that out, so that the others arrive.
    if (batch.length > 1) throw new Retryable('refused', `${who} answers ${saidBy(answer)}`, { answered: true })
    return [{ index: 0, answer: refused }]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]()
  }
}

/** Throws `Usage`, without the value, when one cannot stand in a header. */
function headersOf({ headers, token }: Config): Record<string, string> {
  const all = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), typeof value === 'string' ? value : value.reveal()] as const,
  )
  if (token !== undefined) all.push(['authorization', `Bearer ${token.reveal()}`])
  for (const [name, value] of all) {
    try {
      validateHeaderValue(name, value)
    } catch {
      throw new Usage(`webhook sink: the value of the header ${name} has characters that no header may have`)
    }
  }
  return Object.fromEntries(all)
}

const spec: SinkSpec<Config, SinkRecord> = {
  kind: 'sink',
  name: 'webhook',
  summary: 'Batches of JSON to an HTTP address, signed, as NDJSON or an array',
  config,
  warnings,
  topics: config => config.topics,
  open: async config => new Webhook(config),
}

export default spec
