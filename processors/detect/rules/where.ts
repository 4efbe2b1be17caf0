/** The `where` of a rule or an exception, compiled: does it hold for an exchange and a point of it? */
import type { Exchange } from '#schemas/records/exchange.ts'
import { decodeEscapes } from '../text/unescape.ts'
import { compileExpression } from './expression.ts'
import { glob } from './glob.ts'
import type { WhereSource } from './schema.ts'

export interface Where {
  /** Everything but the point. */
  exchange(exchange: Exchange): boolean
  /** The point, or one that it was decoded from. */
  point(point: readonly string[]): boolean
}

const ALWAYS = (): boolean => true

export function compileWhere(where: WhereSource | undefined): Where {
  if (where === undefined) return { exchange: ALWAYS, point: ALWAYS }
  const { methods, hosts, paths, headers, applications, points } = where
  const conditions: ((exchange: Exchange) => boolean)[] = []
  if (applications !== undefined) conditions.push(({ application }) => applications.includes(application))
  if (methods !== undefined) conditions.push(({ request }) => methods.includes(request.method))
  if (hosts !== undefined) conditions.push(hostCondition(hosts))
  if (paths !== undefined) conditions.push(pathCondition(paths))
  for (const [name, source] of Object.entries(headers ?? {}))
    conditions.push(headerCondition(name.toLowerCase(), source))
  return {
    exchange: exchange => conditions.every(holds => holds(exchange)),
    point: points === undefined ? ALWAYS : pointCondition(points),
  }
}

/** With the port, or without it. */
function hostCondition(hosts: readonly string[]): (exchange: Exchange) => boolean {
  const patterns = hosts.map(host => glob(host.toLowerCase(), '.'))
  return ({ host }) => {
    const bare = host.replace(/:\d+$/, '')
    return patterns.some(matches => matches(bare) || matches(host))
  }
}

/** As it was sent, or after decoding escapes once: an escaped letter must not lead past a rule. */
function pathCondition(paths: readonly string[]): (exchange: Exchange) => boolean {
  const patterns = paths.map(path => (path.startsWith('~ ') ? compileExpression(path.slice(2)).test : glob(path, '/')))
  return ({ request: { path } }) => {
    if (patterns.some(matches => matches(path))) return true
    if (!path.includes('%')) return false
    const plain = decodeEscapes(path, false)
    return patterns.some(matches => matches(plain))
  }
}

/** Of several lines of a header, one has to match. HTTP/2 sends no Host: there the request's host stands for it. */
function headerCondition(name: string, source: string): (exchange: Exchange) => boolean {
  const { test } = compileExpression(source)
  return ({ request: { headers }, host }) => {
    if (headers.some(([other, value]) => other.toLowerCase() === name && test(value))) return true
    return name === 'host' && test(host)
  }
}

function pointCondition(patterns: readonly (readonly string[])[]): (point: readonly string[]) => boolean {
  const lowered = patterns.map(pattern => pattern.map(element => element.toLowerCase()))
  return point => {
    const plain = point.map(element => element.toLowerCase())
    return lowered.some(pattern => matchesPoint(pattern, plain))
  }
}

/**
 * Does the pattern hold for the beginning of the point? `*` is one element, `**` any number. Keeps the set of places in the
 * pattern that the elements so far lead to, so that no point is dear: both are short.
 */
export function matchesPoint(pattern: readonly string[], point: readonly string[]): boolean {
  const reach = (places: ReadonlySet<number>): Set<number> => {
    const all = new Set<number>()
    for (let place of places) {
      all.add(place)
      while (pattern[place] === '**') all.add(++place)
    }
    return all
  }
  let places = reach(new Set([0]))
  for (const element of point) {
    if (places.has(pattern.length)) return true
    const next = new Set<number>()
    for (const place of places) {
      const wanted = pattern[place]
      if (wanted === '**') next.add(place)
      else if (wanted === '*' || wanted === element) next.add(place + 1)
    }
    places = reach(next)
  }
  return places.has(pattern.length)
}
