/**
 * Fills in what an exchange's addresses and headers say about its origin: the real client, the hops in between, the host
 * and scheme that the client used, and the application and mode it belongs to.
 */
import type { Ctx, Processor, ProcessorSpec } from '#schemas/contracts/processor.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { type Config, config } from './config.ts'
import { withPort } from './host.ts'
import { ProxyTrust } from './proxy.ts'
import { compileFilters, type Filters } from './routing/filters.ts'
import { plainPath } from './routing/plain-path.ts'
import { compileRoutes, type Router } from './routing/routes.ts'
import { hearsay, TrustRule } from './rule.ts'

const GARBAGE = 'enrich.bad-forwarded-value'
const UNTRUSTED_PROXY = 'proxy.untrusted'
/**
 * Said of heads that a proxy may have read otherwise than we do.
 *  - Fields were dropped at a limit: a proxy that appends a line of its own writes it last, so whoever sends more fields than
 *    are kept would be asked himself who he is.
 *  - Space before the colon: to a proxy "X-Forwarded-For " is another name, which it passes on behind its own line.
 */
const DOUBTFUL: ReadonlySet<string> = new Set([
  'http1.too-many-fields',
  'http1.head-too-long',
  'message.too-many-fields',
  'message.head-too-long',
  'http1.space-before-colon',
])

class Enrich implements Processor<Exchange> {
  readonly #config: Config
  readonly #proxies: ProxyTrust
  readonly #rules: readonly TrustRule[]
  /** Every header that some rule takes addresses from. */
  readonly #addressHeaders: ReadonlySet<string>
  readonly #router: Router
  readonly #filters: Filters | null
  /** Some route or filter compares paths. */
  readonly #needsPath: boolean

  constructor(config: Config) {
    this.#config = config
    this.#proxies = new ProxyTrust(config.proxy_protocol)
    this.#rules = config.proxy_headers.map(rule => new TrustRule(rule, config.limits))
    this.#addressHeaders = new Set(config.proxy_headers.flatMap(rule => rule.real_ip))
    this.#router = compileRoutes(config)
    this.#filters = compileFilters(config.filters)
    this.#needsPath = this.#router.needsPath || this.#filters?.needsPath === true
  }

  process(decoded: Exchange, ctx: Ctx): void {
    const proxied = decoded.hops.length > 1 ? this.#unwrap(decoded, ctx) : decoded
    const exchange = this.#rules.length === 0 ? proxied : this.#listen(proxied, ctx)
    const path = this.#needsPath ? this.#pathOf(exchange) : ''
    const skipped = this.#filters?.skipped(exchange, path) ?? null
    if (skipped !== null) {
      ctx.count(`enrich.filtered.${skipped}`)
      return
    }
    const { application, mode } = this.#router.target(exchange.host, path)
    exchange.application = application
    exchange.mode = mode
    ctx.emit('exchanges', exchange.client.ip, exchange, exchange.time)
  }

  #pathOf({ request }: Exchange): string {
    return this.#config.normalizePath ? plainPath(request.path) : request.path
  }

  /** The client is that of PROXY headers, as far as they are believed. */
  #unwrap(exchange: Exchange, ctx: Ctx): Exchange {
    const { hops, client, tls, untrusted } = this.#proxies.judge(exchange.hops)
    exchange.hops = hops
    if (client !== null) exchange.client = client
    if (tls) exchange.scheme = 'https'
    if (!untrusted) return exchange
    ctx.count(UNTRUSTED_PROXY)
    return { ...exchange, anomalies: [...exchange.anomalies, UNTRUSTED_PROXY] }
  }

  /** Who wrote the headers last: the client in the packet, or in a PROXY header. */
  #ruleFor({ client, connection, hops, request }: Exchange): TrustRule | undefined {
    const trusting = (ip: string) => this.#rules.find(rule => rule.trusts(ip))
    if (hops.length > 1 && this.#config.proxy_protocol.precedence === 'header-first') {
      const rule = trusting(connection.client.ip)
      if (rule !== undefined && rule.hear(request.headers).client !== null) return rule
    }
    return trusting(client.ip)
  }

  #listen(exchange: Exchange, ctx: Ctx): Exchange {
    const rule = this.#ruleFor(exchange)
    if (rule === undefined) return this.#doubt(exchange, ctx)
    if (rule.counts === 'right' && isDoubtful(exchange)) {
      ctx.count('enrich.head.doubtful')
      return this.#doubt(exchange, ctx)
    }
    const said = rule.hear(exchange.request.headers)
    if (said.client !== null) {
      const { ip, port } = said.client
      exchange.client = port === null ? { ip } : { ip, port }
    }
    if (said.hops.length > 0) exchange.hops = [...exchange.hops, ...said.hops]
    if (said.scheme !== null) exchange.scheme = said.scheme
    if (said.host !== null) exchange.host = said.host
    if (said.port !== null) exchange.host = withPort(exchange.host, said.port, exchange.scheme)
    if (said.cut) ctx.count('enrich.header.cut')
    if (!said.garbage) return exchange
    ctx.count(GARBAGE)
    return { ...exchange, anomalies: [...exchange.anomalies, GARBAGE] }
  }

  /** Nobody trusted is known to have written the headers: they are kept and change nothing. */
  #doubt(exchange: Exchange, ctx: Ctx): Exchange {
    const { hops, cut } = hearsay(exchange.request.headers, this.#addressHeaders, this.#config.limits)
    if (cut) ctx.count('enrich.header.cut')
    if (hops.length === 0) return exchange
    ctx.count('enrich.untrusted')
    exchange.hops = [...exchange.hops, ...hops]
    return exchange
  }
}

/** A message's head is that of its handshake. */
function isDoubtful({ anomalies, message }: Exchange): boolean {
  return anomalies.some(kind => DOUBTFUL.has(kind)) || message?.handshake.some(kind => DOUBTFUL.has(kind)) === true
}

const spec: ProcessorSpec<Config, Exchange> = {
  kind: 'processor',
  name: 'enrich',
  summary:
    'Real client, hops, host, scheme, application and mode of an exchange, from trusted proxy headers and routes',
  config,
  warnings: config =>
    config.proxy_headers.flatMap((rule, i) =>
      rule.trusted_networks === undefined
        ? [`proxy_headers[${i}] has no trusted_networks: any client can claim any address`]
        : [],
    ),
  input: 'decoded',
  outputs: ['exchanges'],
  create: config => new Enrich(config),
}

export default spec
