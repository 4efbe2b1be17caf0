import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { type CodeToken, codeTokens, joinStrings } from '../../text/code.ts'
import { type Manner, mannerAt } from '../../text/manner.ts'
import { isCalculation, isConstantCall } from './arithmetic.ts'
import { type Expression, expressionsOf, type Opener } from './expressions.ts'
import { NEEDLES } from './needles.ts'
import { polyglotAt } from './polyglot.ts'
import { reachOf } from './reach.ts'

interface Verdict {
  readonly rule: string
  readonly severity: Finding['severity']
  readonly shows: string
  readonly why: string
  readonly unless: string
}

/** Expressions of template languages that do more than fill in a value. */
export default {
  id: 'ssti',
  attack: 'ssti',
  literals: NEEDLES,
  words: [],
  inspect({ point, text }, lower, _exchange, report) {
    const rules = new Set<string>()
    const manner = mannerAt(point, text)
    for (const expression of expressionsOf(lower)) {
      const verdict = judge(expression, manner, lower.length)
      if (verdict === null || rules.has(verdict.rule)) continue
      rules.add(verdict.rule)
      const { start, body } = expression
      report({
        ...verdict,
        shows: verdict.shows.slice(0, 256),
        at: start,
        evidence: text.slice(start, start + Math.min(body.length + 4, 240)),
      })
    }
    const polyglot = manner === 'terse' && rules.size === 0 ? polyglotAt(lower) : -1
    if (polyglot >= 0)
      report({
        rule: 'ssti.polyglot',
        severity: 'medium',
        at: polyglot,
        evidence: text.slice(polyglot, polyglot + 240),
        shows: 'openers of several template languages, with nothing in them',
        why: 'The value opens expressions of several template languages at once, to see which of them fails.',
        unless: 'It opens one, and closes it.',
      })
  },
} satisfies DetectorSpec

function judge({ opener, start, body }: Expression, manner: Manner, length: number): Verdict | null {
  if (BINARY.test(body) || (opener === '{' && manner !== 'terse')) return null
  const tokens = codeTokens(body, 0, body.length, 256)
  const reach = reachOf(joinStrings(tokens), opener) ?? commandIn(body, opener)
  if (reach !== null && (manner === 'terse' || isSure(reach))) {
    const sure = isSure(reach)
    return {
      rule: sure ? 'ssti.traversal' : 'ssti.object',
      severity: sure ? 'critical' : 'high',
      shows: reach,
      why: 'A template expression reaches for internals of the language or of the server.',
      unless: 'It only names values that the template is given.',
    }
  }
  if (manner !== 'terse') return null
  const isWhole = start <= 1 && start + body.length + 4 >= length
  const needsStar = opener === '[[' || opener === '[(' || opener === '@(' || opener === '[=' || opener === '{'
  if (isConstantCall(tokens) && opener !== '{' && opener !== '[[' && opener !== '[(')
    return {
      rule: 'ssti.calculation',
      severity: 'medium',
      shows: body.trim(),
      why: 'A template expression does something with a constant, which shows whether it is evaluated.',
      unless: 'It names a value to fill in.',
    }
  if (isCalculation(withoutBraces(tokens)) && (!needsStar || isWhole || body.includes('*')))
    return {
      rule: 'ssti.calculation',
      severity: 'high',
      shows: body.trim(),
      why: 'A template expression calculates with constants, which shows whether it is evaluated.',
      unless: 'It names a value to fill in.',
    }
  if (
    /^[={\s]{0,4}(?:if|unless|while)\s{1,4}\(?\s{0,4}(?:true|1|not false|!false|\d{1,5}\s{0,2}[*+=<>]{1,2}\s{0,2}\d{1,5})/.test(
      body,
    ) &&
    (opener === '{%' || opener === '<%')
  )
    return {
      rule: 'ssti.calculation',
      severity: 'high',
      shows: body.trim(),
      why: 'A template statement tests what is always true, which shows whether it is evaluated.',
      unless: 'It tests a value.',
    }
  if (
    (opener === '#(' || opener === '<#' || opener === '[#') &&
    /=\s{0,4}['"(]?\d{1,9}\s{0,4}[*+-]\s{0,4}\d{1,9}/.test(body)
  )
    return {
      rule: 'ssti.calculation',
      severity: 'high',
      shows: body.trim(),
      why: 'A template statement assigns a calculation with constants, which shows whether it is evaluated.',
      unless: 'It assigns a value.',
    }
  return null
}

/** Characters that no template holds: two bytes of a picture look like an opener. */
const BINARY = /[\0-\x08\x0e-\x1f\x7f-\x9f\ufffd]/

/** What Ruby runs between backticks; a template literal of JavaScript fills in values. */
function commandIn(body: string, opener: Opener): string | null {
  if (opener !== '<%' && opener !== '#{') return null
  const [, command] = /`([^`]{1,256})`/.exec(body) ?? []
  return command === undefined || command.includes('${') ? null : `\`${command}\``
}

/** `${{7*7}}` and `{{{7*7}}}` hold one more pair, or the half of it. */
function withoutBraces(tokens: readonly CodeToken[]): readonly CodeToken[] {
  const inner = tokens[0]?.text === '{' ? tokens.slice(1) : tokens
  return inner.at(-1)?.text === '}' ? inner.slice(0, -1) : inner
}

/** Internals, not an object that a harmless template might print. */
function isSure(reach: string): boolean {
  return !/^(?:config|self|_self|request|app|process|global|settings|_context|_env|env|environ|root|namespace|joiner|debug|dump\(\)|open\(\)|compile\(\)|require\(\)|assert\(\)|t\(\)|getenv\(\)|os\.\w+|this\.\w+|=?\w+scope|pagecontext.*|initparam|\.\w+)$/.test(
    reach,
  )
}
