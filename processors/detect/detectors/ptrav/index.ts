import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { climbOf } from './climb.ts'
import { FILE_NEEDLES, sensitiveFile } from './files.ts'

/** Levels above the start of a relative path that no ordinary client asks for, in a target and in a body. */
const STEEP_IN_TARGET = 2
const STEEP_IN_BODY = 3

/** Paths that leave the folder they are meant for, and files that no client should name. */
export default {
  id: 'ptrav',
  attack: 'ptrav',
  literals: ['..', '0x2e', ...FILE_NEEDLES],
  words: [],
  inspect({ point, text }, lower, _exchange, report) {
    const isTarget = point[0] === 'uri' || point[0] === 'path' || point[0]?.startsWith('action') === true
    const file = sensitiveFile(text, lower, isTarget)
    const climb = climbOf(lower, point[0] === 'uri')
    if (climb !== null) {
      const { evidence, levels, trick } = climb
      if (file !== null && levels > 0) {
        const why = `The path climbs ${levels} levels up and ends in ${file.what}.`
        return report({ rule: 'ptrav.sensitive-file', severity: 'critical', evidence: text, why })
      }
      if (trick !== null) {
        const why = `The path holds ${trick}, a spelling of "../" that only hides from filters.`
        return report({ rule: 'ptrav.hidden-dots', severity: 'high', evidence, why })
      }
      const hidden = point.at(-1) === 'percent' || point.at(-1) === 'base64'
      const isBody = point[0] === 'post' || point[0] === 'websocket'
      const steep = hidden ? 1 : isBody ? STEEP_IN_BODY : STEEP_IN_TARGET
      if (levels >= steep || (climb.absolute && levels > 0)) {
        const why = climb.absolute
          ? `The path climbs ${levels} levels above the root of the site.`
          : `The path climbs ${levels} levels above the folder it starts in.`
        return report({ rule: 'ptrav.climb', severity: 'high', evidence, why })
      }
    }
    if (file !== null) {
      const why = `The path names ${file.what}, which no client has a reason to ask for.`
      report({ rule: 'ptrav.sensitive-file', severity: 'high', evidence: file.evidence, why })
    }
  },
} satisfies DetectorSpec
