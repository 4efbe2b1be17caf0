import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { mannerAt } from '../../text/manner.ts'
import { sayOnce } from '../../text/say.ts'
import { formatsIn } from './formats.ts'
import { fragmentIn } from './fragments.ts'
import { NEEDLES } from './needles.ts'
import { judgeType, TYPE_NAMES } from './types.ts'

/** Serialized objects: what reads them runs what they say. */
export default {
  id: 'deserialization',
  attack: 'rce',
  literals: NEEDLES,
  words: [],
  names: TYPE_NAMES,
  inspect({ point, text }, lower, _exchange, report) {
    const { say } = sayOnce(text, report, 502)
    const key = point.at(-1)?.toLowerCase() ?? ''
    if (TYPE_NAMES.includes(key) && text.length > 0) {
      const why = judgeType(key, lower)
      if (why !== null)
        say(
          'rce.object-type',
          'critical',
          0,
          `${key}: ${text}`,
          why,
          'The class is one of the application, or one that holds data.',
        )
    }
    const isQuoted = mannerAt(point, text) === 'prose'
    for (const { rule, at, shows, why } of isQuoted ? [] : formatsIn(text, lower))
      say(rule, 'critical', at, shows, why, 'It holds numbers, strings and arrays only, no objects.')
    const sight = fragmentIn(text)
    if (sight !== null)
      say(
        'rce.gadget',
        'critical',
        sight.at,
        `"${sight.fragment.name}" in base64`,
        `Data in base64 names ${sight.fragment.name.replace('\n', '.')}, by which serialized objects run code.`,
        'The name does not occur in the decoded data.',
      )
  },
} satisfies DetectorSpec
