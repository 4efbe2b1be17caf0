/**
 * The response side: headers and body of what a server answered, through a sieve of its own with the needles of the
 * detectors that look at responses. Bodies are text as they stand, and JSON documents by their values.
 *
 * Nothing that servers ordinarily send wakes a decoder, or every page would be taken apart. So needles of what may stand in a
 * JSON document hold nothing that encoders escape: no quotes, angle brackets, ampersands, slashes of paths, line breaks.
 */
import type { DecoderSpec, DetectorSpec } from '#schemas/contracts/detector.ts'
import type { Ctx } from '#schemas/contracts/processor.ts'
import type { Exchange, Response } from '#schemas/records/exchange.ts'
import type { Config } from './config.ts'
import { needlesOf } from './names.ts'
import type { Found } from './record.ts'
import { Sieve } from './sieve.ts'
import { Skim } from './skim.ts'
import { byteText, isUtf16, latin1Of, textOf } from './text/bytes.ts'
import { isMedia, typeOf } from './text/content-type.ts'
import { Walk } from './walk.ts'

/** Points of a body, and of a message. */
const BODY = ['response', 'body']
const SOCKET = ['response', 'websocket']

/** Headers whose values have a grammar in which nothing is given away. In another case of letters they are looked at. */
const ORDINARY = new Set(
  (
    'Accept-Ranges Access-Control-Allow-Credentials Access-Control-Allow-Headers Access-Control-Allow-Methods ' +
    'Access-Control-Allow-Origin Access-Control-Expose-Headers Access-Control-Max-Age Age Allow Alt-Svc Cache-Control ' +
    'Connection Content-Encoding Content-Language Content-Length Content-Security-Policy Content-Type Date ETag Expires ' +
    'Keep-Alive Last-Modified Pragma Referrer-Policy Server Set-Cookie Strict-Transport-Security Transfer-Encoding Vary ' +
    'Via X-Content-Type-Options X-Frame-Options X-Request-Id X-XSS-Protection'
  )
    .split(' ')
    .flatMap(name => [name, name.toLowerCase()]),
)

const NOTHING: readonly Found[] = []
const NO_BYTES = new Uint8Array(0)

export class Responses {
  readonly #on: boolean
  readonly #limit: number
  readonly #skim: Skim
  readonly #sieve: Sieve
  readonly #walk: Walk

  constructor(config: Config, decoders: readonly DecoderSpec[], detectors: readonly DetectorSpec[]) {
    const ours = detectors.filter(({ side }) => side === 'response')
    this.#on = config.responses === 'on' && ours.length > 0
    this.#limit = config.maxResponseBody
    // In documents names stand in quotes: a bare `pan` would be found in every `<span>`.
    const names = ours.flatMap(detector => detector.names ?? [])
    const wakes = { literals: names.map(name => `"${name}"`) }
    const readers = decoders.filter(({ responses }) => responses)
    this.#sieve = new Sieve(needlesOf(ours), ...readers.map(() => wakes))
    this.#skim = new Skim([...needlesOf(ours).map(({ text }) => text), ...wakes.literals])
    this.#walk = new Walk(config, this.#sieve, readers, ours)
  }

  /** What the response gives away. Valid until the next call. Counts what was not looked at. */
  inspect(exchange: Exchange, ctx: Ctx): readonly Found[] {
    const { response } = exchange
    if (response === null) return NOTHING
    if (!this.#on) return this.skip(exchange, ctx)
    ctx.count('detect.responses')
    const walk = this.#walk
    walk.begin(exchange)
    if (exchange.message === null) this.#headers(response)
    this.#body(response, exchange.message === null ? BODY : SOCKET, ctx)
    if (walk.idle) return NOTHING
    for (const limit of walk.limits) ctx.count(`detect.limit.response-${limit}`)
    // A server's own documents are no bombs to it: what was not taken apart is counted above.
    return walk.found.filter(({ attack }) => attack !== 'data_bomb')
  }

  /** Counts a response that is not looked at. */
  skip({ response }: Exchange, ctx: Ctx): readonly Found[] {
    if (response === null) return NOTHING
    ctx.count('detect.skipped.response')
    ctx.count('detect.uninspected.response', response.bodyBytes)
    return NOTHING
  }

  /** Characters that the sieve has looked at so far. */
  get steps(): number {
    return this.#sieve.steps
  }

  #headers({ headers }: Response): void {
    for (const [name, text] of headers) {
      if (!ORDINARY.has(name) && !this.#quiet(text)) this.#walk.visit(['response', 'header', name.toUpperCase()], text)
    }
  }

  #body(response: Response, point: readonly string[], ctx: Ctx): void {
    const bytes = this.#inspectable(response, ctx)
    const beyond = (response.decodedBytes ?? response.bodyBytes) - bytes.length
    if (beyond > 0) ctx.count('detect.uninspected.response', beyond)
    if (bytes.length === 0) return
    if (isUtf16(bytes)) {
      this.#walk.visit(point, textOf(bytes))
      return
    }
    if (this.#skim.may(bytes) && !this.#quiet(latin1Of(bytes))) this.#walk.visit(point, byteText(bytes))
  }

  #inspectable(response: Response, ctx: Ctx): Uint8Array {
    const kept = response.content ?? response.body ?? NO_BYTES
    if (kept.length > 0 && isMedia(typeOf(response))) {
      ctx.count('detect.skipped.media')
      return NO_BYTES
    }
    if (kept.length <= this.#limit) return kept
    ctx.count('detect.limit.response')
    return kept.subarray(0, this.#limit)
  }

  #quiet(text: string): boolean {
    this.#sieve.scan(text)
    return this.#sieve.hits === 0 && !this.#sieve.wake
  }
}
