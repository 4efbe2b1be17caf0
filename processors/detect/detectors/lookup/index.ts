import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { mannerAt } from '../../text/manner.ts'
import { type Lookup, lookupsOf } from './evaluate.ts'
import { judge } from './judge.ts'

/** Lookups in what a server may log or format: Log4Shell, Text4Shell, and what leaks. */
export default {
  id: 'lookup',
  attack: 'rce',
  literals: ['${', 'jndi:'],
  words: [],
  inspect({ point, text }, lower, _exchange, report) {
    const rules = new Set<string>()
    if (!lower.includes('${')) {
      // Also behind the name of a brace in HTML that decoders left as it is, without its semicolon.
      const bare = /^\W{0,4}(?:l(?:brace|cub);?)?jndi:(?:ldaps?|rmi|dns|iiop|corba|nis|nds|https?|\$)/.exec(lower)
      if (bare === null) return
      report({
        rule: 'rce.jndi-lookup',
        severity: 'high',
        at: 0,
        evidence: text.slice(0, 240),
        shows: bare[0],
        why: 'The value names an object that JNDI would load from a server of the client.',
        unless: 'It stands in a text.',
      })
      return
    }
    const terse = mannerAt(point, text) === 'terse'
    const document = point[0] === 'post' || point[0] === 'websocket'
    for (const lookup of lookupsOf(text)) {
      const verdict = judge(lookup, { terse, document, embedded: isEmbedded(text, lookup) })
      if (verdict === null || rules.has(verdict.rule)) continue
      rules.add(verdict.rule)
      const { rule, severity, why } = verdict
      report({
        rule,
        severity,
        at: lookup.start,
        evidence: text.slice(lookup.start, Math.min(lookup.end, lookup.start + 240)),
        shows: `evaluates to \${${lookup.body.slice(0, 240)}}`,
        why,
        unless: 'The dollar sign is not followed by a brace, or the braces hold a plain name.',
      })
    }
  },
} satisfies DetectorSpec

/** Part of a host name or path of a URL: what is looked up is sent there. */
function isEmbedded(text: string, { start, end }: Lookup): boolean {
  return /(?:\/\/|\.)$/.test(text.slice(Math.max(0, start - 2), start)) && /^[./]/.test(text.slice(end, end + 1))
}
