/**
 * Requests inspected per CPU second of one core: the detect stage with everything that comes with it, beside libmodsecurity 3 with
 * the Core Rule Set of Debian's packages, in the same run. What each takes on attacks is not compared here: scores are.
 *
 *   node test/bench/modsecurity.bench.ts
 */
import { withRules } from '#infra/cli/rules/sources.ts'
import { config } from '#processors/detect/config.ts'
import { Ruled } from '#processors/detect/rules/stage.ts'
import { DECODERS, DETECTORS } from '#processors/detect/testdata/exchange.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { drive } from '#test/driver/stage.ts'
import { openModSecurity } from './inspect/modsecurity.ts'
import { harmlessRequests, loadRequests } from './inspect/requests.ts'

const MS = 1500
/** Requests that the slow one gets: the first ones. Ours gets all, so that what it remembers of headers is no better than live. */
const THEIRS = 4000

const given = withRules({}, config.parse({}), process.cwd())
const settings = config.parse(given['detect'])

interface Figure {
  readonly ns: number
  /** Share of requests that something was found in. */
  readonly found: number
}

/** CPU time of one request: the best of three rounds. */
function ours(exchanges: readonly Exchange[]): Figure {
  const stage = drive(() => new Ruled(settings, DECODERS, DETECTORS), { outputs: ['detections'], keep: value => value })
  const found = exchanges.filter(exchange => {
    stage.feed(exchange, exchange.time)
    return stage.take('detections').length > 0
  }).length
  const round = (): void => {
    for (const exchange of exchanges) stage.feed(exchange, exchange.time)
    stage.out.length = 0
  }
  let ns = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3; i++) {
    const start = process.cpuUsage()
    const until = performance.now() + MS
    let rounds = 0
    for (; performance.now() < until; rounds++) round()
    const { user, system } = process.cpuUsage(start)
    ns = Math.min(ns, ((user + system) * 1000) / rounds / exchanges.length)
  }
  return { ns, found: found / exchanges.length }
}

function theirs(exchanges: readonly Exchange[], paranoia: number): Figure | string {
  const opened = openModSecurity(paranoia)
  if ('missing' in opened) return opened.missing
  using engine = opened
  const once = engine.inspect(exchanges, 1)
  const rounds = Math.max(1, Math.round((MS * 1e6) / (once.ns * exchanges.length)))
  const { requests, refused, ns } = engine.inspect(exchanges, rounds)
  return { ns, found: refused / requests }
}

function line(name: string, { ns, found }: Figure, times: string): void {
  const second = Math.round(1e9 / ns)
    .toLocaleString('en-US')
    .padStart(9)
  console.log(
    `  ${name.padEnd(44)} ${second} requests a CPU second  ${(found * 100).toFixed(2).padStart(6)} % flagged  ${times}`,
  )
}

function compare(title: string, exchanges: readonly Exchange[]): void {
  console.log(`${title}: ${exchanges.length} requests`)
  const own = ours(exchanges)
  line('tapwire, all detectors and packs', own, '')
  for (const paranoia of [1, 2]) {
    const other = theirs(exchanges.slice(0, THEIRS), paranoia)
    const name = `libmodsecurity, Core Rule Set, level ${paranoia}`
    if (typeof other === 'string') console.log(`  ${name}: skipped: ${other}`)
    else line(name, other, `${(other.ns / own.ns).toFixed(0)} times slower`)
  }
}

compare('load capture', loadRequests(20_000))
const harmless = harmlessRequests()
if (harmless === null) console.log('harmless requests: skipped, the shared corpus is not here')
else compare('harmless requests', harmless)
