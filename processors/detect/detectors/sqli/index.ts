import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { findAnywhere } from './anywhere.ts'
import { closingQuote, tokenAt } from './lexer.ts'
import { NEEDLES, WORDS } from './needles.ts'
import { type Break, judgeTail, type Verdict } from './tail.ts'
import { judgeWhole } from './whole.ts'

/** Quotes that end a string or a name, and those that lossy character set conversions turn into them. */
const QUOTES = `'"\`\u2018\u2019\u02bc`

const ANY_QUOTE = new RegExp(`[${QUOTES}]`)

/** SQL that leaves the place of a value: judged by tokens, as the statement would read it. */
export default {
  id: 'sqli',
  attack: 'sqli',
  literals: NEEDLES,
  words: WORDS,
  inspect({ text }, lower, _exchange, report) {
    const rules = new Set<string>()
    const say = (start: number, { rule, why, end }: Verdict) => {
      if (rules.has(rule) || (rule === 'sqli.tautology' && rules.size > 0)) return
      rules.add(rule)
      const evidence = text.slice(Math.max(0, start - 16), Math.min(end + 64, start + 240))
      report({ rule, severity: SEVERITY.get(rule) ?? 'high', evidence, why })
    }
    const probe = judgeWhole(lower)
    if (probe !== null) say(0, probe)
    for (const place of breaksOf(lower)) {
      const verdict = judgeTail(lower, place)
      if (verdict !== null) say(Math.max(0, place.at - 1), verdict)
    }
    findAnywhere(lower, sighting => say(sighting.start, sighting))
  },
} satisfies DetectorSpec

const SEVERITY: ReadonlyMap<string, Finding['severity']> = new Map([
  ['sqli.union-select', 'critical'],
  ['sqli.stacked', 'critical'],
  ['sqli.file', 'critical'],
  ['sqli.comment', 'medium'],
  ['sqli.clause', 'medium'],
])

/**
 * The places where a value inside a statement could end: after the value as it is, and after the first quote of each kind.
 * A value may itself be `name=value`, as in a URL that is a parameter of another.
 */
function breaksOf(lower: string): readonly Break[] {
  const breaks: Break[] = []
  asItIs(lower, 0, breaks)
  const name = /^(?:[\w.[\]-]{1,64}=|[^?]{0,256}\?[\w.[\]-]{1,64}=)/.exec(lower)
  if (name !== null) asItIs(lower, name[0].length, breaks)
  if (!ANY_QUOTE.test(lower)) return breaks
  for (const quote of QUOTES) {
    const at = lower.indexOf(quote)
    if (at < 0) continue
    const inside = closingQuote(lower, 0, quote.charCodeAt(0))
    if (inside >= 0) breaks.push(afterQuote(lower, inside, quote))
    if (inside !== at) breaks.push(afterQuote(lower, at, quote))
  }
  return breaks
}

const PLAIN = { quote: '', escaped: false, closing: false, bare: false }

/** Breaks of the value that starts at `at`: before it, and after its first number, word, string or call. */
function asItIs(lower: string, at: number, breaks: Break[]): void {
  breaks.push({ ...PLAIN, at, before: 'nothing' })
  let first = tokenAt(lower, at)
  if (first.text === '-' || first.text === '+') first = tokenAt(lower, first.end)
  if (first.kind === 'number' || first.kind === 'variable') breaks.push({ ...PLAIN, at: first.end, before: 'number' })
  else if (first.kind === 'string')
    breaks.push({ ...PLAIN, at: first.end, before: 'string', quote: first.text, closing: true })
  else if (first.kind === 'word') {
    const end = lower[first.end] === '(' ? lower.indexOf(')', first.end) : -1
    if (end >= 0) breaks.push({ ...PLAIN, at: end, before: 'number' })
    else breaks.push({ ...PLAIN, at: first.end, before: 'word' })
  }
}

function afterQuote(lower: string, at: number, quote: string): Break {
  const before =
    at === 0 ? 'nothing' : /(?:^|\s)[\d.,]+$/.test(lower.slice(Math.max(0, at - 16), at)) ? 'number' : 'text'
  const closing = at === 0 || /[\w\\)\]%.]/.test(lower[at - 1]!)
  const bare = at < 256 && !/[\s(]/.test(lower.slice(0, at))
  return { at: at + 1, quote, before, escaped: lower[at - 1] === '\\', closing, bare }
}
