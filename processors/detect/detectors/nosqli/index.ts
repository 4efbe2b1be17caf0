import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { LITERALS, NAMES, WORDS } from './needles.ts'
import { judgeBrackets, judgeDocument, judgeName, judgeOperand, type Sighting } from './operators.ts'
import { judgeOthers } from './others.ts'
import { judgeScript, judgeWhere } from './script.ts'

/** Longest name and longest document of operators that are looked at. */
const MAX_SHORT = 512

/** Operators, scripts and commands of databases that are not asked in SQL. */
export default {
  id: 'nosqli',
  attack: 'nosqli',
  literals: LITERALS,
  words: WORDS,
  names: NAMES,
  inspect({ text, point }, lower, exchange, report) {
    const found = judge(point, lower, exchange.request.path.toLowerCase())
    if (found === null) return
    const { end, ...rest } = found
    report({ ...rest, evidence: text.slice(found.at, Math.max(end, found.at + 1) + 64) })
  },
} satisfies DetectorSpec

function judge(point: readonly string[], lower: string, path: string): Sighting | null {
  const last = point.at(-1)
  if (last === '$where' || (last === 'body' && point.at(-3) === '$function')) return judgeWhere(lower)
  if (lower.length <= MAX_SHORT) {
    const found =
      last === '_name'
        ? judgeName(point, lower, path)
        : (judgeOperand(point, lower, path) ?? judgeDocument(point, lower, path) ?? judgeBrackets(lower))
    if (found !== null) return found
  }
  return judgeScript(lower) ?? judgeOthers(point, lower)
}
