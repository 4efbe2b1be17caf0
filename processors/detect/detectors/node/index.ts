import type { DetectorSpec, Finding } from '#schemas/contracts/detector.ts'
import { mannerAt } from '../../text/manner.ts'
import { NEEDLES } from './needles.ts'
import { type Sight, sightsIn } from './sights.ts'
import { probeOf } from './whole.ts'

/** JavaScript that a server of Node.js would run. */
export default {
  id: 'node',
  attack: 'rce',
  literals: NEEDLES,
  words: [],
  inspect({ point, text }, lower, _exchange, report) {
    const manner = mannerAt(point, text)
    if (manner === 'prose') return
    const sights = sightsIn(lower, manner)
    for (const { rule, at, shows } of sights) {
      const [severity, why, unless] = MEANING[rule]
      report({ rule, severity, at, evidence: text.slice(at, at + 240), shows: shows.slice(0, 256), why, unless })
    }
    const probe = sights.length === 0 && manner === 'terse' ? probeOf(lower.trim(), point) : null
    if (probe === null) return
    report({
      rule: 'rce.js-code',
      severity: 'medium',
      at: 0,
      evidence: text.slice(0, 240),
      shows: probe,
      why: `The value is ${probe}, and nothing else: code to try out whether the server runs it.`,
      unless: 'It is part of a longer program or text.',
    })
  },
} satisfies DetectorSpec

const MEANING: Readonly<Record<Sight['rule'], readonly [Finding['severity'], string, string]>> = {
  'rce.node-process': [
    'critical',
    'The code starts a process on the server.',
    'It is a program without commands, or it is quoted in a text.',
  ],
  'rce.node-module': [
    'critical',
    'The code loads a module, or reaches for the process, to get out of the place that it is put into.',
    'It only declares what a program needs.',
  ],
  'rce.js-eval': ['high', 'The code compiles and runs a string.', 'The argument is no code.'],
  'rce.js-constructor': [
    'high',
    'The code reaches for the constructor of functions, which compiles strings.',
    'The constructor is that of a class.',
  ],
}
