import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { mannerAt } from '../../text/manner.ts'
import { NEEDLES } from './needles.ts'
import { sightsIn } from './sights.ts'
import { isGuessingLookup, SIGNS } from './signs.ts'

/** Python, Ruby, Perl, Lua and C# that a server would run. */
export default {
  id: 'script',
  attack: 'rce',
  literals: [...new Set(NEEDLES)],
  words: [],
  inspect({ point, text }, lower, _exchange, report) {
    if (isGuessingLookup(lower))
      report({
        rule: 'nosqli.orm-lookup',
        attack: 'nosqli',
        severity: 'medium',
        at: 0,
        evidence: text.slice(0, 240),
        shows: lower.trim().slice(0, 256),
        why: 'The name reaches through related objects to a field, and tests it letter by letter.',
        unless: 'It names a field of the object itself.',
      })
    const manner = mannerAt(point, text)
    if (manner === 'prose') return
    const rules = new Set<string>()
    const say = (rule: string, at: number, shows: string, why: string) => {
      if (rules.has(rule)) return
      rules.add(rule)
      report({
        rule,
        severity: 'critical',
        at,
        evidence: text.slice(at, at + 240),
        shows: shows.slice(0, 256),
        why,
        unless: 'It is a line of a program, without commands, or quoted in a text.',
      })
    }
    for (const { rule, at, shows, why } of sightsIn(lower, manner)) say(rule, at, shows, why)
    if (manner !== 'terse') return
    for (const { rule, pattern, why } of SIGNS) {
      const found = pattern.exec(lower)
      if (found !== null) say(rule, found.index, found[0], why)
    }
  },
} satisfies DetectorSpec
