/** The ports that rules can select at all: the agent needs to look at no other connection. */
import { parsePorts, type SelectionConfig, valuesOf } from './config.ts'

/** The agent is told each of them. */
const MOST_PORTS = 4096

/** Null: any port may be selected, or too many. Marks of pods ask for no port: for who knows pods it is null anyway. */
export function portsOf({ filters, allNamespaces, allProcesses }: SelectionConfig): ReadonlySet<number> | null {
  if (allNamespaces || allProcesses) return null
  const ports = new Set<number>()
  for (const { port } of filters) {
    if (port === undefined) return null
    for (const value of valuesOf(port)) {
      const [first, last] = parsePorts(value)!
      if (last - first >= MOST_PORTS) return null
      for (let one = first; one <= last; one++) ports.add(one)
    }
  }
  return ports.size > MOST_PORTS ? null : ports
}
