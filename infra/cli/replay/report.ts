/** Differences as lines for programs, and as a report for people. */
import { detectionLine } from '#schemas/json/lines.ts'
import type { Detection } from '#schemas/records/detection.ts'
import { printable } from '../printable.ts'
import type { Difference } from './differ.ts'

const EXAMPLES = 3
/** Of what is said about changes; the rules themselves are few. */
const MAX_GROUPS = 1000

/** `{"type":"difference","change":"found","now":{a detection line},"was":null}` */
export function differenceLine({ change, now, was }: Difference): string {
  const side = (detection: Detection | null): string => (detection === null ? 'null' : detectionLine(detection))
  return `{"type":"difference","change":"${change}","now":${side(now)},"was":${side(was)}}`
}

interface Group {
  readonly attack: string
  readonly what: string
  count: number
  readonly examples: string[]
}

/** What was compared. */
export interface Compared {
  /** Names of the configurations. */
  readonly before: string
  readonly after: string
  readonly exchanges: number
  /** Detections that both have. */
  readonly same: number
}

const CHANGES = ['found', 'lost', 'changed'] as const

/** Counts by change, attack and rule, with the first examples of each. */
export class DifferenceReport {
  readonly #groups: Readonly<Record<Difference['change'], Map<string, Group>>> = {
    found: new Map(),
    lost: new Map(),
    changed: new Map(),
  }
  readonly #counts: Record<Difference['change'], number> = { found: 0, lost: 0, changed: 0 }

  add(difference: Difference): void {
    const { change, now, was } = difference
    this.#counts[change]++
    const groups = this.#groups[change]
    const what = now !== null && was !== null ? `${ruleOf(was)} → ${ruleOf(now)}` : ruleOf((now ?? was)!)
    const { attack } = (now ?? was)!
    const key = JSON.stringify([attack, what])
    let group = groups.get(key)
    if (group === undefined) {
      if (groups.size >= MAX_GROUPS) return
      groups.set(key, (group = { attack, what, count: 0, examples: [] }))
    }
    group.count++
    if (group.examples.length < EXAMPLES) group.examples.push(exampleOf((now ?? was)!))
  }

  render({ before, after, exchanges, same }: Compared): string {
    const titles = {
      found: `Found by ${after} and not by ${before}`,
      lost: `Found by ${before} and no longer by ${after}`,
      changed: 'Found by both, by another rule, or with another severity or evidence',
    }
    const lines = CHANGES.flatMap(change => [
      '',
      `${titles[change]}: ${number(this.#counts[change])}`,
      ...this.#rows(change),
    ])
    return [`Compared ${number(exchanges)} exchanges`, ...lines, '', `Found by both alike: ${number(same)}`, ''].join(
      '\n',
    )
  }

  #rows(change: Difference['change']): string[] {
    const groups = [...this.#groups[change].values()].sort(
      (x, y) => y.count - x.count || (x.attack + x.what < y.attack + y.what ? -1 : 1),
    )
    return groups.flatMap(({ attack, what, count, examples }) => [
      `  ${number(count).padStart(8)}  ${attack.padEnd(10)} ${what}`,
      ...examples.map(example => `${' '.repeat(22)}${example}`),
    ])
  }
}

function ruleOf({ rule, severity }: Detection): string {
  return `${rule} (${severity})`
}

function exampleOf({ id, method, host, path, point, evidence }: Detection): string {
  return `${id}  ${printable(`${method} ${host}${path}`)} at ${printable(point.join('.'))}: ${printable(evidence)}`
}

const number = (n: number): string => n.toLocaleString('en-US')
