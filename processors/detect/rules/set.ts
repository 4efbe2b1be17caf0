/** All rules of a configuration, as detectors for the sieve, and as the last word on what is found. */
import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Found } from '../record.ts'
import type { Budget } from './budget.ts'
import { Candidates } from './candidates.ts'
import { glob } from './glob.ts'
import type { Exception, Pack, Patch, Rule } from './pack.ts'

export interface Choice {
  /** Ids of rules, `*` within: rules that their pack has off. */
  readonly enable: readonly string[]
  /** Ids of rules, also of what is built in: never reported. */
  readonly disable: readonly string[]
}

export class RuleSet {
  /** Those that are in force. */
  readonly rules: readonly Rule[]
  readonly #patches: readonly Patch[]
  readonly #exceptions: readonly Exception[]
  readonly #isOff: (id: string) => boolean

  constructor(packs: readonly Pack[], { enable, disable }: Choice) {
    const isOn = anyOf(enable)
    this.#isOff = anyOf(disable)
    const inForce = ({ id, enabled }: { readonly id: string; readonly enabled: boolean }): boolean =>
      (enabled || isOn(id)) && !this.#isOff(id)
    this.rules = packs.flatMap(({ rules }) => rules).filter(inForce)
    this.#patches = packs.flatMap(({ patches }) => patches).filter(inForce)
    this.#exceptions = packs.flatMap(({ exceptions }) => exceptions)
  }

  /** One for requests and one for responses, as far as there are rules. */
  detectors(budget: Budget): readonly DetectorSpec[] {
    return (['request', 'response'] as const).flatMap(side => {
      const rules = this.rules.filter(rule => rule.side === side)
      return rules.length === 0 ? [] : [detectorOf(rules, side, budget)]
    })
  }

  /** What is reported of what was found. `ignored` is told what is not. */
  decide(exchange: Exchange, found: readonly Found[], budget: Budget, ignored: (one: Found) => void): readonly Found[] {
    const kept = found.filter(one => {
      if (!this.#isOff(one.finding.rule) && !this.#exceptions.some(exception => covers(exception, exchange, one)))
        return true
      ignored(one)
      return false
    })
    const patched = this.#patches.flatMap(patch => {
      const one = found.find(one => patch.attacks.has(one.attack) && patch.where.point(one.point))
      if (one === undefined || !patch.where.exchange(exchange)) return []
      if (patch.experimental) {
        budget.shadow(patch)
        return []
      }
      return [patchedBy(patch, one)]
    })
    return patched.length === 0 ? kept : [...patched, ...kept]
  }
}

function detectorOf(rules: readonly Rule[], side: 'request' | 'response', budget: Budget): DetectorSpec {
  const candidates = new Candidates(rules)
  const unique = (texts: readonly string[]): string[] => [...new Set(texts)]
  return {
    id: `rules-${side}`,
    attack: 'vpatch',
    literals: unique(rules.flatMap(({ needles }) => needles)),
    words: [],
    names: unique(rules.flatMap(({ names }) => names)),
    side,
    inspect({ point, text }, lower, exchange, report) {
      for (const i of candidates.of(text, point)) {
        const rule = rules[i]!
        if (budget.isOut(rule) || !rule.where.point(point) || !rule.where.exchange(exchange)) continue
        budget.spend(rule, text.length * rule.match.weight)
        const shown = rule.match.holds(text, lower)
        if (shown === null) continue
        if (rule.experimental) {
          budget.shadow(rule)
          continue
        }
        const { at, shows } = shown
        const { id, attack, severity, why, unless, cwe, pack } = rule
        report({
          rule: id,
          attack,
          severity,
          why,
          unless,
          pack,
          shows,
          ...(cwe === undefined ? {} : { cwe }),
          // Letters can change their number in lower case (İ): then no place in the text is known.
          ...(lower.length === text.length ? { at } : {}),
          evidence: (lower.length === text.length ? text : lower).slice(at, at + 256),
        })
      }
    },
  }
}

function covers(
  { where, rule, attacks, until }: Exception,
  exchange: Exchange,
  { attack, finding, point }: Found,
): boolean {
  if (exchange.time >= until || !rule(finding.rule)) return false
  if (attacks !== null && !attacks.has(attack)) return false
  return where.point(point) && where.exchange(exchange)
}

function patchedBy({ id, attack, severity, why, unless, cwe, pack }: Patch, { finding, point }: Found): Found {
  const { at, shows, evidence } = finding
  const place = { ...(at === undefined ? {} : { at }), ...(cwe === undefined ? {} : { cwe }) }
  const also = `${finding.rule}${shows === undefined ? '' : `: ${shows}`}`
  return { attack, point, finding: { ...place, rule: id, severity, why, unless, pack, evidence, shows: also } }
}

function anyOf(ids: readonly string[]): (id: string) => boolean {
  const patterns = ids.map(id => glob(id, '.'))
  return id => patterns.some(matches => matches(id))
}
