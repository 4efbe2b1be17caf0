import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { mannerAt } from '../../text/manner.ts'
import { isUploadName } from '../../text/upload.ts'
import { NEEDLES } from './needles.ts'
import { sightsIn } from './sights.ts'
import { isGuessingLookup, SIGNS } from './signs.ts'

/** Pages with code, last or in front of what cuts a name short. */
const UPLOAD = /\.(?:aspx?|ashx|asmx|ascx|asa|axd|cshtml|vbhtml|cfml?|cfc|cgi)(?:$|[.;:%\0\s/\\])/

const UPLOAD_NEEDLES = ['.asp', '.ashx', '.asmx', '.ascx', '.asa', '.axd', '.cshtml', '.vbhtml', '.cfm', '.cfc', '.cgi']

/** Python, Ruby, Perl, Lua and C# that a server would run. */
export default {
  id: 'script',
  attack: 'rce',
  literals: [...new Set([...NEEDLES, ...UPLOAD_NEEDLES])],
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
    if (isUploadName(point)) {
      if (UPLOAD.test(lower.slice(-512)))
        report({
          rule: 'rce.script-upload',
          severity: 'high',
          at: 0,
          evidence: text.slice(0, 240),
          shows: 'name of an uploaded file',
          why: 'The name of an uploaded file is one that a server runs as a page of ASP, ASP.NET or ColdFusion, or as a program of CGI.',
          unless: 'The name ends in an extension that servers only deliver.',
        })
      return
    }
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
