import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { anyNeedleOf } from '../../text/wanted.ts'
import { findAnywhere } from './anywhere.ts'
import { breaksOf } from './breaks.ts'
import { severityOf, shownTokens, unlessOf } from './explain.ts'
import { judgeFragment } from './fragments.ts'
import { NEEDLES, WORDS } from './needles.ts'
import { isProse } from './prose.ts'
import { isOrdinary, isStatement, isWelcome, judgeStatement } from './statement.ts'
import { judgeTail } from './tail.ts'
import type { Verdict } from './verdict.ts'
import { isVersions } from './versions.ts'
import { judgeWhole } from './whole.ts'

/** Characters of the value that are shown before what was found. */
const CONTEXT = 16

const holdsNeedle = anyNeedleOf(NEEDLES, WORDS)

/** SQL that leaves the place of a value: judged by tokens, as the statement would read it. */
export default {
  id: 'sqli',
  attack: 'sqli',
  literals: NEEDLES,
  words: WORDS,
  inspect({ text, point }, lower, _exchange, report) {
    const rules = new Set<string>()
    if (isVersions(lower)) return
    let wanted: boolean | null = null
    const atHome = isWelcome(point)
    const welcome = atHome && isStatement(lower)
    const say = (start: number, { rule, why, end }: Verdict) => {
      if (rules.has(rule) || (rule === 'sqli.tautology' && rules.size > 0)) return
      if (welcome && isOrdinary(rule)) return
      wanted ??= holdsNeedle(lower)
      if (!wanted) return
      rules.add(rule)
      const at = Math.max(0, start - CONTEXT)
      const evidence = text.slice(at, Math.min(end + 64, start + 240))
      const shows = shownTokens(lower, start, end)
      report({ rule, severity: severityOf(rule), evidence, why, at, shows, unless: unlessOf(rule) })
    }
    const prose = isProse(lower)
    // Headers such as User-Agent are written by programs, however much words in a row look like a sentence.
    inspectText(spaced(lower), !atHome, prose && (atHome || point[0] !== 'header'), say)
    if (rules.size > 0 || atHome) return
    const part = judgeStatement(lower) ?? (prose ? null : fragmentIn(lower))
    if (part !== null) say(0, part)
  },
} satisfies DetectorSpec

/** Also behind the name of a value that is a pair itself. */
function fragmentIn(lower: string): Verdict | null {
  const value = unnamed(lower)
  return judgeFragment(lower) ?? (value === lower ? null : judgeFragment(value))
}

/** Without the name of a value that is a pair itself. */
function unnamed(lower: string): string {
  return lower.replace(/^[\w.[\]-]{1,64}=/, '')
}

/** `prose`: only what goes on right after a closing quote counts. */
function inspectText(
  lower: string,
  plain: boolean,
  prose: boolean,
  say: (start: number, verdict: Verdict) => void,
): void {
  const value = unnamed(lower)
  const probe = judgeWhole(lower, plain) ?? (value === lower ? null : judgeWhole(value, plain))
  if (probe !== null) say(0, probe)
  for (const place of breaksOf(lower)) {
    if (prose && (place.quote === '`' || !(place.closing || place.before === 'number'))) continue
    const verdict = judgeTail(lower, place)
    if (verdict !== null && !(prose && !IN_PROSE.has(verdict.rule))) say(Math.max(0, place.at - 1), verdict)
  }
  if (!prose) findAnywhere(lower, sighting => say(sighting.start, sighting))
}

/** What counts in prose, right after a quote that can close a string: there people write on in words. */
const IN_PROSE: ReadonlySet<string> = new Set([
  'sqli.union-select',
  'sqli.stacked',
  'sqli.condition',
  'sqli.subselect',
  'sqli.time',
])

/** A value that was encoded once too often has plus signs for blanks: `1+union+select+2`. Every index stays. */
function spaced(lower: string): string {
  if (!/\+(?:union|or|and|select|order|having|from)\+/.test(lower) || /\s/.test(lower)) return lower
  return lower.replaceAll('+', ' ')
}
