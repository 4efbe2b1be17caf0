/**
 * Writes the manifests that are made of code: EnvoyFilters with the Lua filter inside, ConfigMaps with its libraries, examples for
 * an Envoy without a mesh. `node infra/deploy/generate.ts`; a test says when that was forgotten.
 *
 *   istio/{lua,lua-mounted,ext-proc}/gateway/               HTTP filter, cluster
 *   istio/{lua,lua-mounted,ext-proc}/sidecar-<direction>/   an overlay of these
 *   istio/lua-mounted/libraries/                            ConfigMaps
 *   envoy/                                                  configurations, and the filter as a file
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filterSource } from './generate/filter.ts'
import { clusterManifest, filterManifest } from './generate/istio.ts'
import { libraryManifests } from './generate/libraries.ts'
import type { Way } from './generate/names.ts'
import { listing, sidecarOverlay } from './generate/overlays.ts'
import { plainConfiguration } from './generate/plain.ts'

const HERE = import.meta.dirname
const FILTER = 'tapwire-gw-http-filter.yaml'
const CLUSTER = 'tapwire-cluster-svc-endpoint.yaml'

/** Path below infra/deploy, and what stands there. */
export function generated(): ReadonlyMap<string, string> {
  const libraries = libraryManifests()
  const files: readonly (readonly [string, string])[] = [
    ...waysIn('istio/lua', 'lua'),
    ...waysIn('istio/lua-mounted', 'lua', true),
    ...waysIn('istio/ext-proc', 'ext-proc'),
    ...libraries.map(([file, text]) => [`istio/lua-mounted/libraries/${file}`, text] as const),
    ['istio/lua-mounted/libraries/kustomization.yaml', listing(libraries.map(([file]) => file))],
    ['envoy/lua.yaml', plainConfiguration('lua')],
    ['envoy/ext-proc.yaml', plainConfiguration('ext-proc')],
    ['envoy/tapwire.lua', filterSource()],
  ]
  return new Map(files)
}

function waysIn(folder: string, way: Way, mounted = false): readonly (readonly [string, string])[] {
  return [
    [`${folder}/gateway/kustomization.yaml`, listing([CLUSTER, FILTER])],
    [`${folder}/gateway/${CLUSTER}`, clusterManifest(way)],
    [`${folder}/gateway/${FILTER}`, filterManifest(way, mounted)],
    [`${folder}/sidecar-inbound/kustomization.yaml`, sidecarOverlay(way, 'inbound')],
    [`${folder}/sidecar-outbound/kustomization.yaml`, sidecarOverlay(way, 'outbound')],
  ]
}

if (import.meta.main) {
  for (const [path, text] of generated()) {
    mkdirSync(dirname(join(HERE, path)), { recursive: true })
    writeFileSync(join(HERE, path), text)
  }
}
