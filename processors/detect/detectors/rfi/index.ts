import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { fieldOf, kindOf } from '../../text/field.ts'
import { urlOf } from '../../text/url.ts'
import { judgeStream, judgeUrl, type Verdict } from './judge.ts'
import { INCLUDED, isGlobal, isIncluded } from './names.ts'
import { LITERALS } from './needles.ts'

const GLOBAL: Verdict = {
  rule: 'rfi.global',
  shows: 'name of a variable of PHP',
  why: 'The parameter has the name of a variable that PHP scripts take their paths from, so the client can only mean to overwrite it.',
}

/** URLs that are loaded as code where the name of a file belongs. */
export default {
  id: 'rfi',
  attack: 'rfi',
  literals: LITERALS,
  words: [],
  names: INCLUDED,
  inspect({ point, text }, lower, exchange, report) {
    if (point.at(-1) === '_name') {
      if (isGlobal(lower)) report(finding(GLOBAL, text))
      return
    }
    const field = fieldOf(point)
    if (!canBeIncluded(point, field)) return
    const stream = judgeStream(lower)
    if (stream !== null) report(finding(stream, text))
    const url = text.length > 2048 || /[\s<>]/.test(text.trim()) ? null : urlOf(text)
    const verdict = url === null ? null : judgeUrl(url, field, exchange.host, text.includes('\0'))
    if (verdict !== null) report(finding(verdict, text))
  },
} satisfies DetectorSpec

/** Documents hold links and file names of many kinds: there only fields that say where code lies count. */
function canBeIncluded(point: readonly string[], field: string): boolean {
  switch (kindOf(point)) {
    case 'query':
    case 'form':
    case 'cookie':
      return true
    case 'document':
      return isIncluded(field)
    default:
      return false
  }
}

function finding({ rule, why, shows }: Verdict, text: string): Finding {
  const severity = rule === 'rfi.global' || rule === 'rfi.file' ? 'medium' : 'high'
  const unless = 'The value is a name of a file of the application, not a URL.'
  return { rule, severity, evidence: text.slice(0, 200), at: 0, shows: shows.slice(0, 256), why, unless }
}
