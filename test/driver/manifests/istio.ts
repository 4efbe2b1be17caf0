/**
 * What Istio's control plane makes of EnvoyFilters, as far as these manifests use it: a proxy's listener, route and cluster as Istio
 * gives them, and the patches on top. The result is a bootstrap that a plain Envoy can start.
 *
 *   proxy of a place ──► patches of EnvoyFilters that select it, in order ──► bootstrap
 *
 * A match or an operation that is not known here throws: it would be taken for one that matches everything.
 */
import { typed } from '#test/driver/envoy-config.ts'
import type { Manifest } from './read.ts'

export type Context = 'GATEWAY' | 'SIDECAR_INBOUND' | 'SIDECAR_OUTBOUND'

/** The proxy of a pod, and what it is there for. */
export interface Proxy {
  readonly context: Context
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  /** Where its requests go on to. */
  readonly upstreamPort: number
}

type Value = Record<string, unknown>

interface Patch {
  readonly applyTo: string
  readonly match?: Value & { readonly context?: string }
  readonly patch: { readonly operation: string; readonly value: Value }
}

interface EnvoyFilterSpec {
  readonly workloadSelector?: { readonly labels: Readonly<Record<string, string>> }
  readonly configPatches: readonly Patch[]
}

/** EnvoyFilters here hold for all namespaces. */
const ROOT_NAMESPACE = 'istio-system'
const MANAGER = 'envoy.filters.network.http_connection_manager'
const ROUTER = 'envoy.filters.http.router'
const APP = 'outbound|8080||app.shop.svc.cluster.local'

/** Istio leaves limits to DestinationRules. */
const UNLIMITED = { max_connections: 4294967295, max_pending_requests: 4294967295, max_requests: 4294967295 }

/** The names that Istio gives to the route and virtual host of this context. */
const ROUTES = {
  GATEWAY: { configuration: 'http.8080', host: 'shop.example:80' },
  SIDECAR_INBOUND: { configuration: 'inbound|8080||', host: 'inbound|http|8080' },
  SIDECAR_OUTBOUND: { configuration: '8080', host: 'app.shop.svc.cluster.local:8080' },
} as const

/** A bootstrap, mutable for patches. Its only listener is called `proxy`; the route `uploads` is that of /uploads. */
export function renderProxy(proxy: Proxy, filters: readonly Manifest[]): Value {
  const bootstrap = proxyOf(proxy)
  const chosen = filters.filter(manifest => manifest.kind === 'EnvoyFilter' && selects(manifest, proxy))
  for (const { spec } of chosen)
    for (const patch of (spec as EnvoyFilterSpec).configPatches)
      if (holdsFor(patch, proxy.context)) apply(patch, bootstrap, proxy.context)
  return bootstrap
}

function proxyOf({ context, upstreamPort }: Proxy): Value {
  const { configuration, host } = ROUTES[context]
  const route = (name: string, prefix: string): Value => ({
    name,
    match: { prefix },
    route: { cluster: APP, timeout: '0s' },
    decorator: { operation: `${host}/*` },
  })
  const manager = typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: context.toLowerCase(),
    use_remote_address: context === 'GATEWAY',
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    route_config: {
      name: configuration,
      virtual_hosts: [{ name: host, domains: ['*'], routes: [route('uploads', '/uploads'), route('default', '/')] }],
    },
    http_filters: [
      { name: 'envoy.filters.http.cors', typed_config: typed('envoy.extensions.filters.http.cors.v3.Cors') },
      { name: 'envoy.filters.http.fault', typed_config: typed('envoy.extensions.filters.http.fault.v3.HTTPFault') },
      { name: ROUTER, typed_config: typed('envoy.extensions.filters.http.router.v3.Router') },
    ],
  })
  const address = (port: number): Value => ({ socket_address: { address: '127.0.0.1', port_value: port } })
  const endpoint = { endpoint: { address: address(upstreamPort) } }
  return structuredClone({
    node: { id: `router~10.0.0.1~pod.${context}~cluster.local`, cluster: 'mesh' },
    static_resources: {
      listeners: [
        {
          name: 'proxy',
          address: address(0),
          filter_chains: [{ filters: [{ name: MANAGER, typed_config: manager }] }],
        },
      ],
      clusters: [
        {
          name: APP,
          connect_timeout: '10s',
          circuit_breakers: { thresholds: [UNLIMITED] },
          load_assignment: { cluster_name: APP, endpoints: [{ lb_endpoints: [endpoint] }] },
        },
      ],
    },
  })
}

function selects({ metadata, spec }: Manifest, { namespace, labels }: Proxy): boolean {
  const own = metadata?.namespace ?? namespace
  if (own !== namespace && own !== ROOT_NAMESPACE) return false
  const wanted = (spec as EnvoyFilterSpec).workloadSelector?.labels ?? {}
  return Object.entries(wanted).every(([key, value]) => labels[key] === value)
}

/** A sidecar has one list of clusters for both directions. */
function holdsFor({ applyTo, match }: Patch, context: Context): boolean {
  const wanted = match?.context
  if (wanted === undefined || wanted === 'ANY' || wanted === context) return true
  return applyTo === 'CLUSTER' && wanted.startsWith('SIDECAR') && context.startsWith('SIDECAR')
}

function apply(patch: Patch, bootstrap: Value, context: Context): void {
  const { listeners, clusters } = bootstrap['static_resources'] as { listeners: Value[]; clusters: Value[] }
  const manager = managerOf(listeners[0]!)
  const [host] = (manager['route_config'] as { virtual_hosts: Value[] }).virtual_hosts
  if (patch.applyTo === 'CLUSTER') addCluster(patch, clusters)
  else if (patch.applyTo === 'HTTP_FILTER') insertFilter(patch, manager['http_filters'] as Value[])
  else if (patch.applyTo === 'VIRTUAL_HOST') mergeHost(patch, host!, context)
  else if (patch.applyTo === 'HTTP_ROUTE') mergeRoutes(patch, host!, context)
  else throw new Error(`applyTo ${patch.applyTo} is not known here`)
}

function managerOf(listener: Value): Value {
  const [chain] = listener['filter_chains'] as { filters: { typed_config: Value }[] }[]
  return chain!.filters[0]!.typed_config
}

function addCluster({ match = {}, patch: { operation, value } }: Patch, clusters: Value[]): void {
  only(match, ['context'])
  if (operation !== 'ADD') throw new Error(`CLUSTER ${operation} is not known here`)
  clusters.push(structuredClone(value))
}

function insertFilter({ match = {}, patch: { operation, value } }: Patch, filters: Value[]): void {
  only(match, ['context', 'listener'])
  const listener = (match['listener'] ?? {}) as Value
  only(listener, ['filterChain'])
  const chain = (listener['filterChain'] ?? {}) as Value
  only(chain, ['filter'])
  const { name = MANAGER, subFilter } = (chain['filter'] ?? {}) as { name?: string; subFilter?: { name: string } }
  if (name !== MANAGER) throw new Error(`HTTP filters stand in ${MANAGER}, not in ${name}`)
  const at = subFilter === undefined ? 0 : filters.findIndex(filter => filter['name'] === subFilter.name)
  if (at < 0) return // Istio leaves a patch out that finds nothing
  if (operation === 'INSERT_FIRST') filters.unshift(structuredClone(value))
  else if (operation === 'INSERT_BEFORE') filters.splice(at, 0, structuredClone(value))
  else throw new Error(`HTTP_FILTER ${operation} is not known here`)
}

function mergeHost({ match = {}, patch: { operation, value } }: Patch, host: Value, context: Context): void {
  if (routeMatches(match, host, context) === null) return
  if (operation !== 'MERGE') throw new Error(`VIRTUAL_HOST ${operation} is not known here`)
  merge(host, structuredClone(value))
}

function mergeRoutes({ match = {}, patch: { operation, value } }: Patch, host: Value, context: Context): void {
  const wanted = routeMatches(match, host, context)
  if (wanted === null) return
  if (operation !== 'MERGE') throw new Error(`HTTP_ROUTE ${operation} is not known here`)
  for (const route of host['routes'] as Value[]) {
    if (wanted.route === undefined || wanted.route === route['name']) merge(route, structuredClone(value))
  }
}

/** Null: it is about another virtual host. */
function routeMatches(match: Value, host: Value, context: Context): { readonly route: string | undefined } | null {
  only(match, ['context', 'routeConfiguration'])
  const configuration = (match['routeConfiguration'] ?? {}) as Value
  only(configuration, ['name', 'vhost'])
  if (configuration['name'] !== undefined && configuration['name'] !== ROUTES[context].configuration) return null
  const vhost = (configuration['vhost'] ?? {}) as Value
  only(vhost, ['name', 'route'])
  if (vhost['name'] !== undefined && vhost['name'] !== host['name']) return null
  const route = (vhost['route'] ?? {}) as Value
  only(route, ['name'])
  return { route: route['name'] as string | undefined }
}

function only(match: Value, known: readonly string[]): void {
  const strange = Object.keys(match).filter(key => !known.includes(key))
  if (strange.length > 0) throw new Error(`a match by ${strange.join(', ')} is not known here`)
}

/** As protobuf merges: messages field by field, lists one after the other, everything else replaced. */
function merge(into: Value, from: Value): void {
  for (const [key, value] of Object.entries(from)) {
    const old = into[key]
    if (Array.isArray(old) && Array.isArray(value)) into[key] = [...old, ...value]
    else if (isMessage(old) && isMessage(value)) merge(old, value)
    else into[key] = value
  }
}

function isMessage(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
