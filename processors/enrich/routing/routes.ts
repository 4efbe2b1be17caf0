/**
 * Application and mode by host and path. Routes may have routes: those below override what holds above.
 *
 * On every level the host decides first (`HostTable`), then the path (`Locations`). A host whose locations do not match
 * leaves the choice to the next host pattern that matches. Everything that can be known before traffic comes is compiled.
 */
import type { Mode } from '#schemas/records/exchange.ts'
import type { Config } from '../config.ts'
import type { Route } from './config.ts'
import { HostTable } from './hosts.ts'
import { type Finder, type Found, Locations } from './locations.ts'

export interface Target {
  readonly application: number
  readonly mode: Mode
}

export interface Router {
  /** Some route has a path: else it is not looked at. */
  readonly needsPath: boolean
  /** Where exchanges for `host` (lower case, perhaps with a port) and `path` belong. */
  target(host: string, path: string): Target
}

export function compileRoutes({ application, mode, routes }: Pick<Config, 'application' | 'mode' | 'routes'>): Router {
  const fallback: Target = { application, mode }
  if (routes.length === 0) return { needsPath: false, target: () => fallback }
  const level = new Level(routes, fallback)
  return {
    needsPath: level.needsPath,
    target: (host, path) => level.find(host, path)?.value ?? fallback,
  }
}

class Level implements Finder<Target> {
  needsPath = false
  readonly #hosts = new HostTable<Locations<Target>>()

  constructor(routes: readonly Route[], above: Target) {
    for (const route of routes) {
      const value = { application: route.application ?? above.application, mode: route.mode ?? above.mode }
      const below = route.routes === undefined ? null : new Level(route.routes, value)
      this.#hosts.at(route.host ?? '*', () => new Locations()).add(route.path ?? null, { value, below })
      this.needsPath ||= route.path !== undefined || below?.needsPath === true
    }
  }

  find(host: string, path: string): Found<Target> | null {
    return this.#hosts.first(host, locations => locations.find(host, path))
  }
}
