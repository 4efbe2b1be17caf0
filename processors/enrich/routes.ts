/** Application and mode by host. The seam for full routes (path, method, regular expressions): `Router`. */
import type { Mode } from '#schemas/records/exchange.ts'
import type { Config } from './config.ts'
import { hostName } from './host.ts'

export interface Target {
  readonly application: number
  readonly mode: Mode
}

/** Where exchanges for `host` (lower case, perhaps with a port) belong. */
export type Router = (host: string) => Target

/** Most labels of a host that are tried as `*.` patterns: DNS allows 127. */
const MAX_LABELS = 127

export function compileRoutes({ application, mode, routes }: Pick<Config, 'application' | 'mode' | 'routes'>): Router {
  const fallback: Target = { application, mode }
  if (routes.length === 0) return () => fallback
  const targets = new Map<string, Target>(
    routes.map(route => [route.host, { application: route.application ?? application, mode: route.mode ?? mode }]),
  )
  return host => {
    const name = hostName(host)
    const port = host.slice(name.length)
    return lookUp(targets, name, port) ?? fallback
  }
}

/** Exact, then `*.` with fewer and fewer labels, then `*`; each with the port before the one without. */
function lookUp(targets: ReadonlyMap<string, Target>, name: string, port: string): Target | undefined {
  let pattern = name
  let from = 0
  for (let labels = 0; labels < MAX_LABELS; labels++) {
    const found = targets.get(pattern + port) ?? targets.get(pattern)
    if (found !== undefined) return found
    const dot = name.indexOf('.', from)
    if (dot < 0) break
    from = dot + 1
    pattern = `*${name.slice(dot)}`
  }
  return targets.get(`*${port}`) ?? targets.get('*')
}
