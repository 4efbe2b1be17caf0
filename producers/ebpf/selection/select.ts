/**
 * The decision, from the highest level down. A level that says no ends it; one that says yes leaves the last word to the
 * levels below it; an operator's `exclude` cannot be overruled by those who may label pods.
 *
 *   exclude ─► namespace no ─► pod no ─► pod yes ─► namespace yes ─► filters ─► allNamespaces
 *              unknown pod: unknownPods           outside of pods: filters ─► allProcesses
 */
import { asksProcess, type Condition, compileFilter, ofDirection } from './conditions.ts'
import type { SelectionConfig } from './config.ts'
import type { Answer, Facts, PodFacts } from './facts.ts'
import { type Mark, namespaceMark, podMark } from './marks.ts'
import { portsOf } from './ports.ts'

export interface Rules {
  readonly filters: readonly Condition[]
  readonly exclude: readonly Condition[]
  /** Of whatever is selected without a filter. */
  readonly direction: Condition
  readonly allNamespaces: boolean
  readonly allProcesses: boolean
  readonly unknownPods: 'ignore' | 'mirror'
  /** Processes of one cgroup may differ. */
  readonly byProcess: boolean
  /** Outside of pods no connection to another port is selected; null: any may be. */
  readonly ports: ReadonlySet<number> | null
}

export interface Verdict {
  /** `perhaps`: it depends on the connection, or on what is not known yet. With a connection, take it for a no. */
  readonly mirror: Answer
  readonly why: string
}

export function compileRules(config: SelectionConfig): Rules {
  const { allNamespaces, allProcesses, unknownPods, direction } = config
  return {
    filters: config.filters.map(filter => compileFilter({ direction, ...filter })),
    exclude: config.exclude.map(compileFilter),
    direction: ofDirection(direction),
    allNamespaces,
    allProcesses,
    unknownPods,
    byProcess: [...config.filters, ...config.exclude].some(asksProcess),
    ports: portsOf(config),
  }
}

/** Pure: the same facts, the same verdict. */
export function select(rules: Rules, facts: Facts): Verdict {
  const excluded = strongest(rules.exclude, facts, 'exclude')
  if (excluded?.mirror === 'yes') return { mirror: 'no', why: excluded.why }
  const verdict = selectPlace(rules, facts)
  if (excluded === null || verdict.mirror === 'no') return verdict
  return { mirror: 'perhaps', why: `${verdict.why}, unless ${excluded.why} holds` }
}

function selectPlace(rules: Rules, facts: Facts): Verdict {
  const { pod } = facts
  if (pod === 'unknown') {
    return inDirection(
      rules.unknownPods === 'mirror',
      `the pod is not known yet, and unknownPods is ${rules.unknownPods}`,
    )
  }
  const mark = pod === 'none' ? null : markOf(pod)
  if (mark !== null) return inDirection(mark.mirror, mark.why)
  const filtered = strongest(rules.filters, facts, 'filters')
  if (filtered?.mirror === 'yes') return filtered
  const [everything, key] =
    pod === 'none' ? [rules.allProcesses, 'allProcesses'] : [rules.allNamespaces, 'allNamespaces']
  const whole = everything ? inDirection(true, key) : null
  if (whole?.mirror === 'yes') return whole
  return filtered ?? whole ?? { mirror: 'no', why: 'nothing selects it' }

  function inDirection(mirror: boolean, why: string): Verdict {
    if (!mirror) return { mirror: 'no', why }
    const answer = rules.direction(facts)
    return { mirror: answer, why: answer === 'no' ? `${why}, but not in this direction` : why }
  }
}

/** What namespace and pod say together. */
function markOf(pod: PodFacts): Mark | null {
  const namespace = namespaceMark(pod.namespaceLabels)
  if (namespace?.mirror === false) return namespace
  return podMark(pod.annotations) ?? namespace
}

/** The first condition that holds, or else the first that may; null when none can. */
function strongest(conditions: readonly Condition[], facts: Facts, key: string): Verdict | null {
  let perhaps: Verdict | null = null
  for (const [i, condition] of conditions.entries()) {
    const mirror = condition(facts)
    if (mirror === 'yes') return { mirror, why: `${key}[${i}]` }
    if (mirror === 'perhaps') perhaps ??= { mirror, why: `${key}[${i}]` }
  }
  return perhaps
}
