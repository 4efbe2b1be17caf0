/**
 * The stage: region by region (target, method, headers, body), sieve first. Only a region with a needle, or with
 * something that a decoder could turn into one, is taken apart. Responses: `responses.ts`.
 */
import type { DecoderSpec, DetectorSpec } from '#schemas/contracts/detector.ts'
import type { Ctx, Processor } from '#schemas/contracts/processor.ts'
import type { Exchange, Header } from '#schemas/records/exchange.ts'
import { attacksOf } from './anomalies/index.ts'
import type { Config } from './config.ts'
import { Familiar } from './familiar.ts'
import { headerNamesOf, needlesOf, wakingNames } from './names.ts'
import { headerPoints, targetPoints } from './points.ts'
import { detectionOf, type Found } from './record.ts'
import { Responses } from './responses.ts'
import { Sieve } from './sieve.ts'
import { latin1Of } from './text/bytes.ts'
import { declaredText, hiddenText } from './text/charset.ts'
import { contentType, isBinary } from './text/content-type.ts'
import { decodeEscapes, isPrintable } from './text/unescape.ts'
import { Walk } from './walk.ts'

/** The usual methods need no look. */
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])

/** The last word on what was found in an exchange. */
export type Decide = (exchange: Exchange, found: readonly Found[], ctx: Ctx) => readonly Found[]

/** Points of a body, and of a message. */
const POST = ['post']
const SOCKET = ['websocket']

export class Detect implements Processor<Exchange> {
  readonly #sieve: Sieve
  readonly #walk: Walk
  /** Decoders that percent signs wake. */
  readonly #unescaping: number
  /** Header fields in which the sieve sees nothing, and those that give nothing when they are taken apart. */
  readonly #quietFields = new Familiar()
  readonly #emptyFields = new Familiar()
  readonly #isNamed: (header: string) => boolean
  readonly #responses: Responses
  readonly #config: Config
  readonly #decide: Decide

  /** `decide`: what is reported of what was found. */
  constructor(
    config: Config,
    decoders: readonly DecoderSpec[],
    detectors: readonly DetectorSpec[],
    decide: Decide = (_, found) => found,
  ) {
    this.#config = config
    this.#decide = decide
    const off: ReadonlySet<string> = new Set(config.parsersOff)
    const asked = decoders.filter(({ name }) => !off.has(name))
    const settings: Readonly<Record<string, unknown>> = config.detectors
    const set = detectors.map(one => one.configured?.(settings[one.id]) ?? one)
    const ours = set.filter(({ side }) => side !== 'response')
    this.#sieve = sieveOf(asked, ours)
    this.#walk = new Walk(config, this.#sieve, asked, ours)
    this.#unescaping = asked.reduce((mask, { wakes }, n) => (wakes.chars?.includes('%') ? mask | (1 << n) : mask), 0)
    this.#isNamed = headerNamesOf(ours)
    this.#responses = new Responses(config, asked, set)
  }

  /** `withResponse`: is what the server answered inspected too? */
  process(exchange: Exchange, ctx: Ctx, withResponse = true): void {
    if (exchange.mode === 'off') {
      ctx.count('detect.skipped.off')
      return
    }
    const walk = this.#walk
    walk.begin(exchange)
    if (exchange.message?.from !== 'server') this.#request(exchange, ctx)
    const given = withResponse ? this.#responses.inspect(exchange, ctx) : this.#responses.skip(exchange, ctx)
    if (!walk.idle || given.length > 0) this.#emit(exchange, given, ctx)
  }

  #request(exchange: Exchange, ctx: Ctx): void {
    const walk = this.#walk
    if (exchange.anomalies.length > 0) walk.add(attacksOf(exchange))
    if (exchange.message === null) {
      this.#target(exchange)
      this.#headers(exchange)
      this.#body(exchange, POST)
      ctx.count('detect.exchanges')
    } else {
      // Its request is the handshake's, which was inspected.
      this.#body(exchange, SOCKET)
      ctx.count('detect.messages')
    }
    const { request } = exchange
    const missing = request.bodyBytes - (request.body?.length ?? 0)
    if (missing > 0) ctx.count('detect.uninspected.request', missing)
  }

  /** Characters that the sieve, decoders and detectors were given so far: what tests of linearity count. */
  get steps(): number {
    return this.#sieve.steps + this.#walk.steps + this.#responses.steps
  }

  #target(exchange: Exchange): void {
    const { request } = exchange
    if (!METHODS.has(request.method)) this.#walk.visit(['method'], request.method)
    if (this.#quiet(request.target)) return
    for (const value of targetPoints(request)) this.#walk.visit(value.point, value.text)
    this.#walk.visitUnlessFound(['uri'], request.path)
  }

  #headers(exchange: Exchange): void {
    const { headers } = exchange.request
    let points: ReturnType<typeof headerPoints> | null = null
    for (let i = 0; i < headers.length; i++) {
      const field = headers[i]!
      if (this.#quietFields.has(field) || (this.#emptyFields.has(field) && isAlone(headers, i))) continue
      const [name, text] = field
      if (this.#quiet(text) && !this.#isNamed(name)) {
        this.#quietFields.add(field)
        continue
      }
      points ??= headerPoints(exchange.request)
      const [value, joined] = points(i)
      if (this.#walk.isEmpty(() => this.#walk.visitScanned(value.point, value.text))) this.#emptyFields.add(field)
      if (joined !== undefined) this.#walk.visitUnlessFound(joined.point, joined.text)
    }
  }

  #body(exchange: Exchange, point: readonly string[]): void {
    const bytes = exchange.request.content ?? exchange.request.body
    if (bytes === null || bytes.length === 0) return
    this.#bytes(exchange, bytes, point)
    // A server that does not care for Content-Encoding reads what was sent.
    const { body } = exchange.request
    if (body !== null && body !== bytes && exchange.anomalies.includes('http1.bad-content-coding'))
      this.#bytes(exchange, body, point)
  }

  #bytes(exchange: Exchange, bytes: Uint8Array, point: readonly string[]): void {
    const type = contentType(exchange)
    // A charset must not hide what a server reads that does not care for it: the body is read both ways.
    const hidden = hiddenText(bytes, type)
    if (hidden !== null) this.#walk.visitContainer(point, hidden)
    const raw = latin1Of(bytes)
    if (this.#quiet(raw) && !this.#walk.crowded(point, raw)) return
    this.#walk.visitContainer(point, isBinary(type) ? raw : declaredText(bytes, type))
  }

  #quiet(text: string): boolean {
    const sieve = this.#sieve
    sieve.scan(text)
    if (sieve.hits !== 0) return false
    return !sieve.wake || ((sieve.woken & ~this.#unescaping) === 0 && this.#quietUnescaped(text))
  }

  /**
   * Values that are split off and then unescaped stand in the unescaped whole letter by letter, and what wakes a decoder
   * besides percent signs stands there, too. Magic bytes count where a value begins, so only printable text is told so.
   */
  #quietUnescaped(text: string): boolean {
    const unescaped = decodeEscapes(text, true)
    if (!isPrintable(unescaped)) return false
    this.#sieve.scan(unescaped)
    return this.#sieve.hits === 0 && !this.#sieve.wake
  }

  /** `given`: what the response gives away. */
  #emit(exchange: Exchange, given: readonly Found[], ctx: Ctx): void {
    const { limits } = this.#walk
    const all = given.length === 0 ? this.#walk.found : [...this.#walk.found, ...given]
    const found = this.#decide(exchange, all, ctx)
    for (const limit of limits) ctx.count(`detect.limit.${limit}`)
    const most = this.#config.maxDetections
    if (found.length > most) ctx.count('detect.limit.detections', found.length - most)
    const ids = new Set<string>()
    for (const one of (found.length > most ? varied(found) : found).slice(0, most)) {
      const detection = detectionOf(exchange, one, one.finding.pack ?? this.#config.engine)
      // Two values can stand at one point (a JSON key given twice): the id says rule and point, so the first one counts.
      if (ids.has(detection.id)) continue
      ids.add(detection.id)
      ctx.emit('detections', exchange.client.ip, detection, exchange.time)
      ctx.count(`detect.found.${one.attack}`)
    }
  }
}

/** Most fields among which the name of one is looked for, for each of them: requests hardly ever have more. */
const MOST_FIELDS = 64

/** No other field has its name, as far as can be told cheaply. */
function isAlone(headers: readonly Header[], index: number): boolean {
  if (headers.length > MOST_FIELDS) return false
  const name = headers[index]![0]
  for (let i = 0; i < headers.length; i++) {
    const other = headers[i]![0]
    if (i !== index && other.length === name.length && (other === name || other.toLowerCase() === name.toLowerCase()))
      return false
  }
  return true
}

/** The first of each rule, then the rest: what is found a hundred times must not crowd out what is found once. */
function varied(found: readonly Found[]): readonly Found[] {
  const rules = new Set<string>()
  const first: Found[] = []
  const again: Found[] = []
  for (const one of found) {
    const known = rules.has(one.finding.rule)
    rules.add(one.finding.rule)
    if (known) again.push(one)
    else first.push(one)
  }
  return [...first, ...again]
}

/** The last waker is for names: what a detector wants whatever it holds has to be taken apart to be named. */
function sieveOf(decoders: readonly DecoderSpec[], detectors: readonly DetectorSpec[]): Sieve {
  const words = [...new Set(wakingNames(detectors))]
  return new Sieve(needlesOf(detectors), ...decoders.map(({ wakes }) => wakes), { words })
}
