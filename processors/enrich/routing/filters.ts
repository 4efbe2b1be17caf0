/**
 * Which exchanges are looked at. The conditions of a filter all have to hold; of the filters of a list one is enough.
 * `bypass` goes before `inspect`; no `inspect` means everything.
 */
import { CidrSet } from '#schemas/config/net.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import type { Config } from '../config.ts'
import { linesOf } from '../lines.ts'
import type { Filter } from './config.ts'
import { compilePattern, type Test } from './pattern.ts'

/** Why an exchange is left out. */
export type Skipped = 'bypass' | 'inspect'

export interface Filters {
  readonly needsPath: boolean
  /** Null: it is looked at. The client is the one after all trusted hops. */
  skipped(exchange: Exchange, path: string): Skipped | null
}

/** Null when there are none. */
export function compileFilters({ inspect, bypass }: Config['filters']): Filters | null {
  if (inspect.length === 0 && bypass.length === 0) return null
  const [inspected, bypassed] = [inspect.map(compileFilter), bypass.map(compileFilter)]
  return {
    needsPath: [...inspect, ...bypass].some(filter => filter.path !== undefined),
    skipped(exchange, path) {
      if (bypassed.some(holds => holds(exchange, path))) return 'bypass'
      return inspected.length === 0 || inspected.some(holds => holds(exchange, path)) ? null : 'inspect'
    },
  }
}

type Condition = (exchange: Exchange, path: string) => boolean

function compileFilter({ path, headers, clients }: Filter): Condition {
  const conditions: Condition[] = []
  if (clients !== undefined) {
    const networks = new CidrSet(clients)
    conditions.push(exchange => networks.has(exchange.client.ip))
  }
  if (path !== undefined) {
    const matches = compilePattern(path)
    conditions.push((_, path) => matches(path))
  }
  for (const [name, pattern] of Object.entries(headers ?? {})) {
    conditions.push(headerCondition(name.toLowerCase(), compilePattern(pattern)))
  }
  return (exchange, path) => conditions.every(holds => holds(exchange, path))
}

/** Of several lines of a header, one has to match. HTTP/2 sends no Host: there the request's host stands for it. */
function headerCondition(name: string, matches: Test): Condition {
  return ({ request, host }) => {
    const lines = linesOf(request.headers, name)
    return lines.length === 0 && name === 'host' ? matches(host) : lines.some(matches)
  }
}
