/** A filter as a function of facts. */
import { CidrSet } from '#schemas/config/net.ts'
import { type Direction, type Fields, type Filter, parsePorts, valuesOf } from './config.ts'
import { type Answer, both, type Facts, not, type PodFacts } from './facts.ts'
import { matchesGlob } from './glob.ts'

export type Condition = (facts: Facts) => Answer

/** All fields hold, and nothing of `not` does. */
export function compileFilter({ not: excluded, ...fields }: Filter): Condition {
  const conditions = compileFields(fields)
  const negated = excluded === undefined ? [] : compileFields(excluded)
  return facts => {
    let answer: Answer = 'yes'
    for (const condition of conditions) answer = both(answer, condition(facts))
    for (const condition of negated) answer = both(answer, not(condition(facts)))
    return answer
  }
}

/** Does it ask for something that differs between the processes of a cgroup? */
export function asksProcess({ not: excluded, ...fields }: Filter): boolean {
  return [fields, excluded].some(
    asked => asked?.process_name !== undefined || asked?.exe !== undefined || asked?.user !== undefined,
  )
}

export function ofDirection(direction: Direction): Condition {
  return ({ connection }) => {
    if (direction === 'both') return 'yes'
    return connection === null ? 'perhaps' : answer(connection.direction === direction)
  }
}

function compileFields(fields: Fields): readonly Condition[] {
  const conditions: Condition[] = []
  const add = <Value>(value: Value | undefined, compile: (value: Value) => Condition | readonly Condition[]) => {
    if (value !== undefined) conditions.push(...[compile(value)].flat())
  }
  add(fields.namespace, given => ofPod(given, pod => pod.namespace))
  add(fields.pod_name, given => ofPod(given, pod => pod.name))
  add(fields.pod_labels, given => ofMetadata(given, pod => pod.labels))
  add(fields.pod_annotations, given => ofMetadata(given, pod => pod.annotations))
  add(fields.node_name, given => {
    const matches = oneOf(valuesOf(given))
    return ({ node }) => answer(node !== null && matches(node))
  })
  add(fields.container_name, given => {
    const matches = oneOf(valuesOf(given))
    return ({ pod, container }) => {
      if (pod === 'none') return 'no'
      return container === null ? 'perhaps' : answer(matches(container))
    }
  })
  add(fields.process_name, given => {
    const matches = oneOf(valuesOf(given))
    return ({ process: { comm, exe } }) => {
      if (matches(comm)) return 'yes'
      return exe === null ? 'perhaps' : answer(matches(exe.slice(exe.lastIndexOf('/') + 1)))
    }
  })
  add(fields.exe, given => {
    const matches = oneOf(valuesOf(given))
    return ({ process: { exe } }) => (exe === null ? 'perhaps' : answer(matches(exe)))
  })
  add(fields.user, given => {
    const matches = oneOf(valuesOf(given))
    return ({ process: { uid, user } }) => {
      if (uid === null) return 'perhaps'
      return answer(matches(String(uid)) || (user !== null && matches(user)))
    }
  })
  add(fields.cgroup, given => {
    const matches = oneOf(valuesOf(given).flatMap(path => [path, `${path.replace(/\/$/, '')}/*`]))
    return ({ process: { cgroup } }) => answer(matches(cgroup))
  })
  add(fields.port, given => {
    const ranges = valuesOf(given).map(parsePorts)
    return ({ connection }) => {
      const port = connection?.port ?? null
      if (port === null) return 'perhaps'
      return answer(ranges.some(range => range !== null && port >= range[0] && port <= range[1]))
    }
  })
  add(fields.cidr, given => {
    const blocks = new CidrSet(valuesOf(given))
    return ({ connection }) => {
      const peer = connection?.peer ?? null
      return peer === null ? 'perhaps' : answer(blocks.has(peer))
    }
  })
  add(fields.direction, ofDirection)
  return conditions
}

const answer = (holds: boolean): Answer => (holds ? 'yes' : 'no')

function ofPod(given: string | string[], field: (pod: PodFacts) => string): Condition {
  const matches = oneOf(valuesOf(given))
  return ({ pod }) => {
    if (pod === 'none') return 'no'
    return pod === 'unknown' ? 'perhaps' : answer(matches(field(pod)))
  }
}

/** One condition per key. */
function ofMetadata(
  given: Readonly<Record<string, string | string[]>>,
  field: (pod: PodFacts) => ReadonlyMap<string, string>,
): readonly Condition[] {
  return Object.entries(given).map(([key, values]) => {
    const matches = oneOf(valuesOf(values))
    return ({ pod }): Answer => {
      if (pod === 'none') return 'no'
      if (pod === 'unknown') return 'perhaps'
      const value = field(pod).get(key)
      return answer(value !== undefined && matches(value))
    }
  })
}

function oneOf(values: readonly string[]): (text: string) => boolean {
  const exact = new Set(values.filter(value => !value.includes('*')))
  const patterns = values.filter(value => value.includes('*'))
  return text => exact.has(text) || patterns.some(pattern => matchesGlob(pattern, text))
}
