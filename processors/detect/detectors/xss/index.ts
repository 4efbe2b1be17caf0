import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { anyNeedleOf } from '../../text/wanted.ts'
import { attributeBreakout } from './attributes.ts'
import { assignmentBreakout, bareCodeOf, breakoutOf } from './breakout.ts'
import { injectedMarkup } from './injected.ts'
import { BUDGET, judgeTag } from './markup.ts'
import { EVENTS, NEEDLES } from './needles.ts'
import { obscureOf, sevenBit } from './obscure.ts'
import { isScriptUrlValue, templateEscape } from './script.ts'
import { runsAsStyle } from './styles.ts'
import { eachTag } from './tags.ts'
import { entityAt, schemaOf } from './xml.ts'

/** Rules of one value that are said. */
const MAX_RULES = 4
/** When so many tags are attacks, the rest makes no difference. */
const MAX_BAD_TAGS = 64

const holdsNeedle = anyNeedleOf(NEEDLES, EVENTS)

/** Markup and script that a page would run. */
export default {
  id: 'xss',
  attack: 'xss',
  literals: NEEDLES,
  words: EVENTS,
  inspect({ point, text }, lower, _exchange, report) {
    const rules = new Set<string>()
    const say = (rule: string, severity: Finding['severity'], at: number, shows: string, why: string) => {
      if (rules.has(rule)) return
      wanted ??= holdsNeedle(lower)
      if (!wanted) return
      rules.add(rule)
      const unless = UNLESS.get(rule) ?? 'The value is text.'
      report({ rule, severity, evidence: text.slice(at, at + 240), at, shows: shows.slice(0, 256), why, unless })
    }
    let wanted: boolean | null = null
    const budget = { ...BUDGET }
    let bad = 0
    const judgeTags = (markup: string, lowerMarkup: string) =>
      eachTag(markup, lowerMarkup, tag => {
        const verdict = judgeTag(tag, lowerMarkup, budget)
        if (verdict !== null) say(verdict.rule, 'high', tag.start, verdict.shows, verdict.why)
        return rules.size < MAX_RULES && (verdict === null || ++bad < MAX_BAD_TAGS)
      })
    if (lower.includes('<')) judgeTags(text, lower)
    const stripped = rules.size === 0 ? sevenBit(text) : null
    if (stripped !== null) judgeTags(stripped, stripped.toLowerCase())
    const schema = lower.includes('schemalocation') ? schemaOf(point, text, lower) : null
    if (schema !== null) report(schema)
    if (rules.size > 0) return
    const entity = lower.includes('!entity') ? entityAt(lower) : -1
    if (entity >= 0) say('xss.entity', 'medium', entity, '!ENTITY', 'A document type declares an external entity.')
    if (isCommentEnd(lower)) say('xss.comment-end', 'low', 0, '-->', 'The value ends a comment of the page.')
    if (opensComment(lower))
      say(
        'xss.dangling',
        'low',
        lower.indexOf('<!--'),
        '<!-- without its end',
        'A comment is left open, and takes what follows the value into it.',
      )
    const attribute = attributeBreakout(lower)
    if (attribute !== null)
      say(
        'xss.attribute',
        'high',
        attribute.at,
        `attribute ${attribute.name}`,
        'The value ends an attribute and adds one that runs script to the tag.',
      )
    if (isScriptUrlValue(lower)) say('xss.script-url', 'high', 0, 'URL of script', 'The value is a URL that is script.')
    if (runsAsStyle(lower))
      say(
        'xss.style',
        'medium',
        0,
        'style sheet',
        'The value is a style sheet that runs script or loads one of another host.',
      )
    const breakout = breakoutOf(lower)
    if (breakout !== null)
      say(
        'xss.script-breakout',
        'high',
        breakout.from,
        `quote, then ${breakout.what}`,
        'The value ends a string of a script and goes on with a call.',
      )
    const template = templateEscape(lower)
    if (template !== null)
      say(
        'xss.template',
        'high',
        template.at,
        `expression with ${template.what}`,
        'A template expression reaches for the constructor of functions, or calls a sink.',
      )
    const obscure = obscureOf(lower)
    if (obscure !== null) say(obscure.rule, 'high', obscure.at, obscure.shows, obscure.why)
    if (rules.size > 0) return
    const injected = lower.includes('<') ? injectedMarkup(point, lower) : null
    if (injected !== null) return say('xss.markup', 'low', injected.at, injected.shows, injected.why)
    const code = bareCodeOf(lower)
    if (code !== null) say('xss.sink', 'medium', 0, code.what, 'The value is code that proves or does harm in a page.')
    const assignment = code === null ? assignmentBreakout(lower) : -1
    if (assignment >= 0)
      say(
        'xss.script-breakout',
        'low',
        assignment,
        'quote, then an assignment',
        'The value ends a string of a script and assigns to a member of an object.',
      )
  },
} satisfies DetectorSpec

/** `-->` alone, before markup, or at an end of a single word; people point with it between words. */
function isCommentEnd(lower: string): boolean {
  if (/^\s{0,16}-->\s{0,16}(?:$|<)/.test(lower)) return true
  return lower.length <= 64 && /^(?:-->[^\s<>-]*|[^\s<>-]*-->)$/.test(lower)
}

/** `<!--` behind the end of an attribute or a tag, or alone. Lines of Markdown begin with a comment of which one line is sent. */
function opensComment(lower: string): boolean {
  const found = /^([\s"'>/]{0,16})<!--(?!>)(#|\s{0,16}$)?/.exec(lower)
  if (found === null || lower.includes('--', lower.indexOf('<!--') + 4)) return false
  return found[2] !== undefined || /["']|>$/.test(found[1]!)
}

const UNLESS: ReadonlyMap<string, string> = new Map([
  ['xss.script', 'The tag script is only mentioned in a sentence.'],
  ['xss.event-handler', 'The tag has no attribute whose name begins with on.'],
  ['xss.directive', 'The attribute names a function of the page, and calls nothing.'],
  ['xss.script-url', 'The URL begins with https:, or is a path.'],
  ['xss.style', 'The style sets colours and sizes, and loads nothing.'],
  ['xss.loader', 'The tag formats text, links, or shows a picture.'],
  ['xss.meta', 'The tag has no http-equiv that acts as a header.'],
  ['xss.probe', 'The tag is one of HTML.'],
  ['xss.dangling', 'The tag ends within the value.'],
  ['xss.markup', 'The value does not end what it did not begin, and is more than a single tag.'],
  ['xss.entity', 'The document type declares no entity.'],
  ['xss.attribute', 'No quote stands in front of the attribute, or nothing is called in it.'],
  ['xss.script-breakout', 'The quote is part of a sentence: no operator and call follow it.'],
  ['xss.template', 'The expression fills in a value.'],
  ['xss.sink', 'The name is part of a sentence, and not called.'],
])
