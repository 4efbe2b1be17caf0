/** The cluster of ingest servers, as Envoy knows it. The same in a mesh and without one. */
import { CLUSTERS, type Way } from './names.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

const LIMITS: Readonly<Record<Way, string>> = {
  // A POST holds one half of an exchange, and is over within a second: what is under way is bounded by the filter itself.
  lua: `\
      max_connections: 1024
      max_pending_requests: 1024
      max_requests: 10000`,
  'ext-proc': `\
      # A stream lives as long as its request. Envoy's own limit is 1024: beyond it, nothing would be mirrored.
      max_connections: 100000
      max_pending_requests: 100000
      max_requests: 100000`,
}

/** What Envoy holds of one stream for a server that does not read. Beyond it, the request itself would have to wait. */
const HELD: Readonly<Record<Way, number>> = { lua: 1024 * 1024, 'ext-proc': 64 * 1024 * 1024 }

/** YAML of the cluster. */
export function clusterOf(way: Way, { host, port }: Address): string {
  const name = CLUSTERS[way]
  return `\
name: ${name}
type: STRICT_DNS
lb_policy: ROUND_ROBIN
connect_timeout: 1s
# What waits for the socket of one connection; what waits in its streams is bounded below.
per_connection_buffer_limit_bytes: 1048576
circuit_breakers:
  thresholds:
    - priority: DEFAULT
${LIMITS[way]}
      max_retries: 0
# A server that does not answer, or is overloaded, is left alone for a while; all of them, if need be: then mirroring fails at
# once and requests go on.
outlier_detection:
  consecutive_5xx: 5
  consecutive_gateway_failure: 5
  # Not apart: on a connection that stands, every new stream would make the count of timeouts begin anew.
  split_external_local_origin_errors: false
  interval: 2s
  base_ejection_time: 5s
  max_ejection_time: 60s
  max_ejection_percent: 100
common_lb_config:
  healthy_panic_threshold: { value: 0 }
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config:
      http2_protocol_options:
        # So much of a stream Envoy holds for a server that does not read; beyond it, the request would have to wait.
        initial_stream_window_size: ${HELD[way]}
        # A server that hangs is found out within 3 s: its streams end, and what they hold is freed.
        connection_keepalive:
          interval: 1s
          timeout: 2s
load_assignment:
  cluster_name: ${name}
  endpoints:
    - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: ${host}
                port_value: ${port}
`
}
