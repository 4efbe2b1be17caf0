/** One rule on one value, step by step: the sieve, then `where`, then `match`. For tests and explanations; the stage does it faster. */
import type { Value } from '#schemas/contracts/detector.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Rule } from './pack.ts'

export interface Trial {
  readonly found: boolean
  /** What showed it, or what kept it from being found. */
  readonly because: string
}

export function tryRule(rule: Rule, { point, text }: Value, exchange: Exchange): Trial {
  const lower = text.toLowerCase()
  const outcome = (found: boolean, because: string): Trial => ({ found, because })
  const isNamed = point.some(element => rule.names.includes(element.toLowerCase()))
  if (!isNamed && needlesIn(rule.needles, text).length === 0) return outcome(false, 'none of its needles occurs')
  if (!rule.where.point(point)) return outcome(false, `it does not look at ${point.join('.')}`)
  if (!rule.where.exchange(exchange)) return outcome(false, 'its where does not hold for the request')
  const shown = rule.match.holds(text, lower)
  return shown === null ? outcome(false, 'its match does not hold') : outcome(true, shown.shows)
}

/** Those that occur, as the sieve sees them: in either case, whitespace and plus alike. */
export function needlesIn(needles: readonly string[], text: string): readonly string[] {
  const folded = text.toLowerCase().replace(/[\s+]/g, ' ')
  return needles.filter(needle => folded.includes(needle))
}
