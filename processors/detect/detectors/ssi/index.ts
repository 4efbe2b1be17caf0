import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { mannerAt } from '../../text/manner.ts'
import { type Directive, directivesIn } from './directives.ts'

/** Directives that a server carries out when it delivers a page with the value in it. */
export default {
  id: 'ssi',
  attack: 'ssi',
  literals: [
    '<!--#',
    '<!-- #',
    '<!--  ',
    '<esi:',
    '<!--esi',
    '<!-- esi',
    '$(http_',
    '$(query_string',
    '$(remote_addr',
    '$(request_',
    '$(geo_',
    '$(sys_',
  ],
  words: [],
  inspect({ point, text }, lower, _exchange, report) {
    const directives = directivesIn(lower)
    if (directives.length === 0 || mannerAt(point, text) === 'prose') return
    for (const { rule, at, shows } of directives) {
      const [severity, why] = MEANING[rule]
      report({
        rule,
        severity,
        at,
        evidence: text.slice(at, at + 240),
        shows: shows.slice(0, 256),
        why,
        unless: 'The angle bracket is written as &lt;.',
      })
    }
  },
} satisfies DetectorSpec

const MEANING: Readonly<Record<Directive['rule'], readonly [Finding['severity'], string]>> = {
  'ssi.exec': ['critical', 'A directive makes the server run a command when it delivers the page.'],
  'ssi.include': ['high', 'A directive makes the server include a file or an address when it delivers the page.'],
  'ssi.echo': ['high', 'A directive makes the server print its variables into the page.'],
  'ssi.directive': ['medium', 'The value holds a directive that the server carries out when it delivers the page.'],
  'ssi.esi': ['high', 'A tag makes a cache or proxy fetch an address or print a variable when it delivers the page.'],
}
