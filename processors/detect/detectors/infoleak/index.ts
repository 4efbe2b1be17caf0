import type { DetectorSpec } from '#schemas/contracts/detector.ts'
import { CARD_NAMES, CARD_PROBE } from './cards.ts'
import { CONTENT_PROBES, PROCESS_PROBE, SPRING_PROBE } from './files.ts'
import { Finder } from './finder.ts'
import type { Probe } from './leak.ts'
import { sceneOf } from './scene.ts'
import { SECRET_NAMES, SECRET_PROBES } from './secrets.ts'
import { SHELL_PROBES } from './shells.ts'
import { SOURCE_PROBES } from './source.ts'
import { SQL_PROBES } from './sql.ts'
import { TRACE_PROBES } from './traces.ts'

const PROBES: readonly Probe[] = [
  ...SHELL_PROBES,
  ...SQL_PROBES,
  ...TRACE_PROBES,
  ...CONTENT_PROBES,
  PROCESS_PROBE,
  SPRING_PROBE,
  ...SOURCE_PROBES,
  CARD_PROBE,
  ...SECRET_PROBES,
]

const finder = new Finder(PROBES)

/** What responses give away: errors with their insides, source code, secrets, contents of files, results of commands. */
export default {
  id: 'infoleak',
  attack: 'infoleak',
  side: 'response',
  literals: [...new Set(PROBES.flatMap(({ needles }) => needles))],
  words: [],
  names: [...SECRET_NAMES, ...CARD_NAMES],
  inspect({ point, text }, lower, exchange, report) {
    const scene = sceneOf(point, exchange)
    const rules = new Set<string>()
    for (const probe of [...finder.among(lower), ...(CARD_NAMES.includes(scene.name) ? [CARD_PROBE] : [])]) {
      if (rules.has(probe.rule)) continue
      const leak = probe.find(text, lower, scene)
      if (leak === null) continue
      rules.add(probe.rule)
      report({ ...leak, unless: unlessOf(leak.rule) })
    }
  },
} satisfies DetectorSpec

function unlessOf(rule: string): string {
  switch (rule) {
    case 'infoleak.sql-error':
    case 'infoleak.stack-trace':
      return 'It would be harmless in a page or record that shows such messages as examples, and not as its own.'
    case 'infoleak.card-number':
      return 'It would be harmless with all but its last digits masked.'
    case 'infoleak.secret':
    case 'infoleak.password-hash':
      return 'It would be harmless as a placeholder, or if it were not sent.'
    default:
      return 'It would be harmless in an article that shows it as an example.'
  }
}
