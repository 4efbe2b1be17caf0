import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { isAttributeBreakout } from './attributes.ts'
import { judgeTag } from './markup.ts'
import { EVENTS, NEEDLES } from './needles.ts'
import { isBareSink, isBreakout, isScriptUrlValue, isTemplateEscape } from './script.ts'
import { eachTag } from './tags.ts'

/** Markup and script that a page would run. */
export default {
  id: 'xss',
  attack: 'xss',
  literals: NEEDLES,
  words: EVENTS,
  inspect({ text }, lower, _exchange, report) {
    const rules = new Set<string>()
    const say = (rule: string, severity: Finding['severity'], start: number, why: string) => {
      if (rules.has(rule)) return
      rules.add(rule)
      report({ rule, severity, evidence: text.slice(start, start + 240), why })
    }
    if (lower.includes('<')) {
      eachTag(text, lower, tag => {
        const verdict = judgeTag(tag, lower)
        if (verdict !== null) say(verdict.rule, 'high', tag.start, verdict.why)
        return rules.size < 4
      })
    }
    if (rules.size > 0) return
    if (/^\s{0,16}-->\s{0,16}(?:$|<)/.test(lower))
      say('xss.comment-end', 'low', 0, 'The value ends a comment of the page.')
    const breakout = isAttributeBreakout(lower)
    if (breakout >= 0)
      say('xss.attribute', 'high', breakout, 'The value ends an attribute and adds an event handler to the tag.')
    if (isScriptUrlValue(lower)) say('xss.script-url', 'high', 0, 'The value is a URL that is script.')
    if (isBreakout(lower))
      say('xss.script-breakout', 'high', 0, 'The value ends a string of a script and goes on with a call.')
    if (isTemplateEscape(lower))
      say('xss.template', 'high', 0, 'A template expression reaches for the constructor of functions, or calls a sink.')
    if (rules.size === 0 && isBareSink(lower))
      say('xss.sink', 'medium', 0, 'The value is a call of a function that proves or does harm in a page.')
  },
} satisfies DetectorSpec
