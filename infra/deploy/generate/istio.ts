/** EnvoyFilters for the ingress gateway: the HTTP filter and its cluster. Other places are overlays of these (overlays.ts). */
import { clusterOf } from './cluster.ts'
import { filterOf } from './filter.ts'
import { CLUSTERS, FILTERS, HOST, PORTS, type Way } from './names.ts'
import { indent, made } from './text.ts'

/** What a manifest is: the end of its name, and its label `app.kubernetes.io/component`. */
export type Part = 'http-filter' | 'cluster-svc-endpoint'

const SOURCES: Readonly<Record<Way, string>> = {
  lua: 'producers/envoy/lua',
  'ext-proc': 'infra/deploy/generate/filter.ts',
}

/** The HTTP filter, first in the chain: it sees what other filters refuse, and responses as clients get them. */
export function filterManifest(way: Way, mounted = false): string {
  return `${made(SOURCES[way])}\
# Mirrors what comes in through the ingress gateway.
${head(way, 'http-filter')}\
    - applyTo: HTTP_FILTER
      match:
        context: GATEWAY
        listener:
          filterChain:
            filter:
              name: envoy.filters.network.http_connection_manager
      patch:
        operation: INSERT_FIRST
        value:
${indent(filterOf(way, mounted), 10)}`
}

/** The cluster that the filter sends to. */
export function clusterManifest(way: Way): string {
  return `${made('infra/deploy/generate/cluster.ts')}\
# Where ${FILTERS[way]} sends to: the cluster ${CLUSTERS[way]}.
${head(way, 'cluster-svc-endpoint')}\
    - applyTo: CLUSTER
      match:
        context: GATEWAY
      patch:
        operation: ADD
        value:
${indent(clusterOf(way, { host: HOST, port: PORTS[way] }), 10)}`
}

function head(way: Way, part: Part): string {
  return `\
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata:
  name: tapwire-${way}-${part}
  namespace: istio-system
  labels:
    app.kubernetes.io/part-of: tapwire
    app.kubernetes.io/component: ${part}
spec:
  workloadSelector:
    labels:
      istio: ingressgateway
  configPatches:
`
}
