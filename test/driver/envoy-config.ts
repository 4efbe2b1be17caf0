/** Pieces of an Envoy bootstrap as tests need them: plain objects, to spread and change. */
import type { Bootstrap } from '#test/driver/envoy.ts'

export type Piece = Readonly<Record<string, unknown>>

const TYPES = 'type.googleapis.com/'
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

export function bootstrap(listeners: readonly Piece[], clusters: readonly Piece[], rest: Piece = {}): Bootstrap {
  return { node: { id: 'test-node', cluster: 'test' }, static_resources: { listeners, clusters }, ...rest }
}

/** `@type` and the fields of a typed config. */
export function typed(name: string, fields: Piece = {}): Piece {
  return { '@type': TYPES + name, ...fields }
}

export function address(port: number, host = '127.0.0.1'): Piece {
  return { socket_address: { address: host, port_value: port } }
}

export interface ClusterOptions {
  /** With prior knowledge. */
  readonly http2?: boolean
  /** Extended CONNECT (RFC 8441), with `http2`. */
  readonly allowConnect?: boolean
  readonly rest?: Piece
}

/** A cluster of one static address. */
export function cluster(name: string, port: number, options: ClusterOptions = {}): Piece {
  const { http2 = false, allowConnect = false } = options
  const explicit = http2 ? { http2_protocol_options: { allow_connect: allowConnect } } : { http_protocol_options: {} }
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
    },
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: typed(HTTP_OPTIONS, { explicit_http_config: explicit }),
    },
    ...options.rest,
  }
}

export interface ListenerOptions {
  /** HTTP filters before the router. */
  readonly filters?: readonly Piece[]
  /** Routes of the only virtual host `app`; default: all to the cluster `app`, without timeout. */
  readonly routes?: readonly Piece[]
  /** More fields of the HTTP connection manager. */
  readonly manager?: Piece
  /** A `transport_socket` for TLS. */
  readonly transportSocket?: Piece
  readonly rest?: Piece
}

export const ALL_TO_APP: Piece = { name: 'all', match: { prefix: '/' }, route: { cluster: 'app', timeout: '0s' } }

/** An HTTP listener (HTTP/1 and HTTP/2 by what the client speaks) on a port of the system's choice. */
export function listener(name: string, options: ListenerOptions = {}): Piece {
  const { filters = [], routes = [ALL_TO_APP], manager = {}, transportSocket, rest = {} } = options
  const router = {
    name: 'envoy.filters.http.router',
    typed_config: typed('envoy.extensions.filters.http.router.v3.Router'),
  }
  const http = typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: name,
    codec_type: 'AUTO',
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    route_config: { name: 'routes', virtual_hosts: [{ name: 'app', domains: ['*'], routes }] },
    http_filters: [...filters, router],
    ...manager,
  })
  const chain = { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: http }] }
  return {
    name,
    address: address(0),
    filter_chains: [transportSocket === undefined ? chain : { ...chain, transport_socket: transportSocket }],
    ...rest,
  }
}

/** The Lua filter with that source. */
export function luaFilter(source: string): Piece {
  const code = typed('envoy.extensions.filters.http.lua.v3.Lua', { default_source_code: { inline_string: source } })
  return { name: 'envoy.filters.http.lua', typed_config: code }
}
