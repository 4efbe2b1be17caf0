import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { fieldOf, kindOf } from '../../text/field.ts'
import { urlOf } from '../../text/url.ts'
import { judgeAppended, judgePath, judgeUrl, type Verdict } from './judge.ts'
import { roleOf, TELLING } from './names.ts'
import { LITERALS } from './needles.ts'

/** URLs in fields that send browsers on, if they lead elsewhere than they seem to. */
export default {
  id: 'redir',
  attack: 'redir',
  literals: LITERALS,
  words: [],
  names: TELLING,
  inspect({ point, text }, _lower, exchange, report) {
    if (point[0] === 'uri') {
      const verdict = judgePath(text)
      if (verdict !== null) report(finding(verdict, text))
      return
    }
    if (point.at(-1) === '_name' || text.length > 2048) return
    const kind = kindOf(point)
    const role = roleOf(fieldOf(point))
    if (kind === 'header' || kind === 'text' || kind === 'path' || (kind === 'document' && role !== 'forward')) return
    const url = /^\s*[^\s:/\\?#]*:?[^\S\t\n\r]/.test(text.trim()) ? null : urlOf(text)
    const verdict = url === null ? null : judgeUrl(url, role, exchange.host)
    if (verdict !== null) report(finding(verdict, text))
    else if (role === 'forward') {
      const appended = judgeAppended(text)
      if (appended !== null) report(finding(appended, text))
    }
  },
} satisfies DetectorSpec

function finding({ rule, why, shows }: Verdict, text: string): Finding {
  const unless = 'The value is a path of the application, or a URL whose host is plain to see.'
  return { rule, severity: 'medium', evidence: text.slice(0, 200), at: 0, shows: shows.slice(0, 256), why, unless }
}
