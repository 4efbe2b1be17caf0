/** An Envoy without a mesh: a whole configuration, with the same filter and cluster. */
import { clusterOf } from './cluster.ts'
import { filterOf, luaFilterOfFile } from './filter.ts'
import { PORTS, type Way } from './names.ts'
import { indent, made } from './text.ts'

/** A reverse proxy on port 8080 for an application on port 8000, mirrored to an ingest server on this machine. */
export function plainConfiguration(way: Way): string {
  const filter = way === 'lua' ? luaFilterOfFile() : filterOf(way)
  return `${made('infra/deploy/generate')}\
# A reverse proxy for 127.0.0.1:8000 that mirrors to a Tapwire node on this machine: envoy -c ${way}.yaml
admin:
  address:
    socket_address: { address: 127.0.0.1, port_value: 9901 }
node:
  id: envoy
  cluster: envoy
static_resources:
  listeners:
    - name: http
      address:
        socket_address: { address: 0.0.0.0, port_value: 8080 }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: http
                use_remote_address: true
                upgrade_configs:
                  - upgrade_type: websocket
                route_config:
                  name: http
                  virtual_hosts:
                    - name: application
                      domains: ["*"]
                      routes:
                        - name: all
                          match: { prefix: / }
                          route: { cluster: application }
                http_filters:
                  # First: it sees what other filters refuse, and responses as clients get them.
${indent(`- ${indent(filter, 2).trimStart()}`, 18)}\
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
    - name: application
      connect_timeout: 1s
      load_assignment:
        cluster_name: application
        endpoints:
          - lb_endpoints:
              - endpoint:
                  address:
                    socket_address: { address: 127.0.0.1, port_value: 8000 }
${indent(`- ${indent(clusterOf(way, { host: '127.0.0.1', port: PORTS[way] }), 2).trimStart()}`, 4)}`
}
