/**
 * What detectors and rules cost on given traffic: in what share of the exchanges a needle of theirs occurs, and the time they
 * take when called. Each value that a detector was called for is kept, and the call repeated with a clock around many of them.
 */
import type { Config } from '#processors/detect/config.ts'
import { Budget } from '#processors/detect/rules/budget.ts'
import { compilePack, type Rule } from '#processors/detect/rules/pack.ts'
import { RuleSet } from '#processors/detect/rules/set.ts'
import { needlesIn } from '#processors/detect/rules/trial.ts'
import { Detect } from '#processors/detect/stage.ts'
import type { DecoderSpec, DetectorSpec, Value } from '#schemas/contracts/detector.ts'
import type { Ctx } from '#schemas/contracts/processor.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { printable } from '../printable.ts'

export interface Engine {
  readonly config: Config
  readonly decoders: readonly DecoderSpec[]
  readonly detectors: readonly DetectorSpec[]
}

export interface Cost {
  readonly name: string
  /** Share of exchanges in which it was called at least once. */
  readonly called: number
  /** Share of exchanges in which it found something. */
  readonly found: number
  /** ns per exchange, over all exchanges. */
  readonly ns: number
  /** The needles that most often led to it, and the share of its calls that each stands in. */
  readonly needles: readonly { readonly needle: string; readonly share: number }[]
  /** The value that took longest per character, and how long. */
  readonly worst: { readonly point: string; readonly text: string; readonly nsPerChar: number } | null
}

export interface RuleCost extends Cost {
  /** Steps per exchange, and whether that is more than it may take (`maxSteps`). */
  readonly steps: number
  readonly over: boolean
}

export interface Costs {
  readonly exchanges: number
  /** ns per exchange of the whole stage. */
  readonly ns: number
  readonly detectors: readonly Cost[]
  /** Of packs. */
  readonly rules: readonly RuleCost[]
}

interface Call {
  readonly value: Value
  readonly exchange: Exchange
  readonly found: boolean
}

/** Milliseconds that each measurement takes, about. */
const MS = 30
/** Calls in which needles are counted. */
const SAMPLED = 400
/** Values kept per detector. */
const MAX_CALLS = 20_000

export function benchExchanges({ config, decoders, detectors }: Engine, exchanges: readonly Exchange[]): Costs {
  const { sources, enable, disable } = config.rules
  const set = new RuleSet(sources.map(compilePack), { enable, disable })
  const specs = [...detectors, ...set.detectors(new Budget(Number.POSITIVE_INFINITY))]
  const calls = new Map(specs.map(({ id }) => [id, [] as Call[]]))
  const noting = specs.map(
    (spec): DetectorSpec => ({
      ...spec,
      inspect(value, lower, exchange, report) {
        let found = false
        spec.inspect(value, lower, exchange, finding => {
          found = true
          report(finding)
        })
        const own = calls.get(spec.id)!
        if (own.length < MAX_CALLS) own.push({ value: { point: [...value.point], text: value.text }, exchange, found })
      },
    }),
  )
  run(new Detect(config, decoders, noting), exchanges)
  const stage = new Detect(config, decoders, specs)
  const ruleCalls = specs.filter(({ id }) => id.startsWith('rules-')).flatMap(({ id }) => calls.get(id)!)
  return {
    exchanges: exchanges.length,
    ns: clocked(() => run(stage, exchanges)) / exchanges.length,
    detectors: sorted(
      specs.map(spec =>
        costOf(spec.id, calls.get(spec.id)!, exchanges.length, [...spec.literals, ...spec.words], call =>
          inspect(spec, call),
        ),
      ),
    ),
    rules: sorted(set.rules.map(rule => costOfRule(rule, ruleCalls, exchanges.length, config.rules.maxSteps))),
  }
}

function run(stage: Detect, exchanges: readonly Exchange[]): void {
  const ctx = { now: 0, offset: -1, count: () => {}, emit: () => {} }
  for (const exchange of exchanges) stage.process(exchange, ctx as unknown as Ctx)
}

function inspect(spec: DetectorSpec, { value, exchange }: Call): void {
  spec.inspect(value, value.text.toLowerCase(), exchange, () => {})
}

function costOfRule(rule: Rule, all: readonly Call[], exchanges: number, maxSteps: number): RuleCost {
  const calls = all.filter(({ value: { point, text } }) =>
    rule.needles.length > 0
      ? needlesIn(rule.needles, text).length > 0
      : point.some(part => rule.names.includes(part.toLowerCase())),
  )
  const tried = calls.map(call => ({ ...call, found: fulfils(rule, call) }))
  const steps = tried.reduce((sum, { value }) => sum + value.text.length * rule.match.weight, 0) / exchanges
  const cost = costOf(rule.id, tried, exchanges, rule.needles, call => void fulfils(rule, call))
  return { ...cost, steps, over: steps > maxSteps }
}

function fulfils({ where, match }: Rule, { value: { point, text }, exchange }: Call): boolean {
  return where.point(point) && where.exchange(exchange) && match.holds(text, text.toLowerCase()) !== null
}

function costOf(
  name: string,
  calls: readonly Call[],
  exchanges: number,
  needles: readonly string[],
  call: (one: Call) => void,
): Cost {
  if (calls.length === 0) return { name, called: 0, found: 0, ns: 0, needles: [], worst: null }
  const share = (some: readonly Call[]): number => new Set(some.map(({ exchange }) => exchange)).size / exchanges
  const ns = clocked(() => calls.forEach(call)) / exchanges
  return {
    name,
    called: share(calls),
    found: share(calls.filter(({ found }) => found)),
    ns,
    needles: leadingOf(needles, calls),
    worst: worstOf(calls, call),
  }
}

function leadingOf(needles: readonly string[], calls: readonly Call[]): Cost['needles'] {
  const some = calls.slice(0, SAMPLED)
  const counts = new Map<string, number>()
  for (const { value } of some)
    for (const one of needlesIn(needles, value.text)) counts.set(one, (counts.get(one) ?? 0) + 1)
  const first = [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, 3)
  return first.map(([needle, n]) => ({ needle, share: n / some.length }))
}

function worstOf(calls: readonly Call[], call: (one: Call) => void): Cost['worst'] {
  const longest = calls.toSorted((a, b) => b.value.text.length - a.value.text.length).slice(0, 50)
  const timed = longest.map(one => ({
    one,
    nsPerChar: clocked(() => call(one), 2) / Math.max(1, one.value.text.length),
  }))
  const { one, nsPerChar } = timed.reduce((worst, next) => (next.nsPerChar > worst.nsPerChar ? next : worst))
  return { point: one.value.point.join('.'), text: one.value.text.slice(0, 200), nsPerChar }
}

/** ns of a call: the best of three rounds of many calls. */
function clocked(call: () => void, ms = MS): number {
  call()
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    let calls = 0
    do {
      call()
      calls++
    } while (performance.now() - start < ms)
    best = Math.min(best, ((performance.now() - start) * 1e6) / calls)
  }
  return best
}

function sorted<C extends Cost>(costs: readonly C[]): readonly C[] {
  return costs.toSorted((a, b) => b.ns - a.ns || b.called - a.called)
}

export function renderCosts({ exchanges, ns, detectors, rules }: Costs): string {
  const called = (costs: readonly Cost[]): readonly Cost[] => costs.filter(cost => cost.called > 0)
  const [worst] = [...detectors, ...rules].toSorted((a, b) => b.ns - a.ns)
  return [
    `${exchanges} exchanges, ${Math.round(ns)} ns each (${Math.round(1e9 / ns)} a second on this core)`,
    '',
    '  called   found  ns/exchange  detector               led to by, of its calls',
    ...called(detectors).map(row),
    `  and ${detectors.length - called(detectors).length} that were never called`,
    '',
    '  called   found  ns/exchange  rule                   led to by, of its calls',
    ...called(rules).map(row),
    `  and ${rules.length - called(rules).length} that were never tried`,
    '',
    ...rules
      .filter(({ over }) => over)
      .map(
        ({ name, steps }) =>
          `${name}: ${Math.round(steps)} steps an exchange, over its budget: it would be quarantined\n`,
      ),
    ...(worst === undefined || worst.worst === null
      ? []
      : [
          `Dearest: ${worst.name}, ${worst.ns.toFixed(1)} ns per exchange; its dearest value takes ${worst.worst.nsPerChar.toFixed(1)} ns a character:`,
          `  ${printable(worst.worst.point)}: ${printable(worst.worst.text)}`,
          '',
        ]),
  ].join('\n')
}

function row({ name, called, found, ns, needles }: Cost): string {
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`.padStart(8)
  const led = needles.map(({ needle, share }) => `${JSON.stringify(needle)} ${Math.round(share * 100)} %`).join(', ')
  return `${percent(called)} ${percent(found)} ${ns.toFixed(1).padStart(11)}  ${name.padEnd(22)} ${printable(led)}`.trimEnd()
}
