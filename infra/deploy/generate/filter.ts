/** What the HTTP filter of each way looks like. */
import { bundle } from '#producers/envoy/lua/bundle.ts'
import { CLUSTERS, FILTERS, TOKEN, type Way } from './names.ts'
import { block, indent } from './text.ts'

/** Settings of the Lua filter that users are likely to change; all of them: producers/envoy/lua/tapwire/settings.lua. */
const SETTINGS = {
  clusters: [CLUSTERS.lua],
  token: TOKEN,
  body_bytes: 65_536,
  sample: 1,
  include_hosts: [],
  exclude_hosts: [],
  include_paths: [],
  exclude_paths: [],
  exclude_suffixes: [],
  redact: [],
} as const

/**
 * What Envoy tells with the first message of a stream, and with that of the response. Not `xds.node`: that is a list of all that
 * Envoy was built with, 80 kB with every request.
 */
const REQUEST_ATTRIBUTES = [
  'request.time',
  'request.protocol',
  'source.address',
  'source.port',
  'destination.address',
  'destination.port',
  'connection.tls_version',
  'connection.requested_server_name',
  'connection.mtls',
  'connection.subject_peer_certificate',
  'connection.uri_san_peer_certificate',
  'connection.dns_san_peer_certificate',
  'connection.sha256_peer_certificate_digest',
  // Since Envoy 1.39; earlier ones leave it out.
  'connection.peer_certificate_valid',
  'xds.route_name',
  'xds.cluster_name',
  'xds.virtual_host_name',
]
const RESPONSE_ATTRIBUTES = ['upstream.address', 'upstream.port']

/** YAML of the HTTP filter. `mounted`: the Lua libraries come from ConfigMaps. */
export function filterOf(way: Way, mounted = false): string {
  if (way === 'ext-proc') return EXT_PROC
  return luaFilter(`inline_string: ${block(bundle({ settings: SETTINGS, mounted }), 4)}`)
}

/** The Lua filter whose source is `tapwire.lua` of the folder that Envoy runs in. */
export function luaFilterOfFile(): string {
  return luaFilter('filename: tapwire.lua\n')
}

/** That file. */
export function filterSource(): string {
  return `-- Made by infra/deploy/generate.ts from producers/envoy/lua.\n${bundle({ settings: SETTINGS })}`
}

function luaFilter(source: string): string {
  return `\
name: ${FILTERS.lua}
typed_config:
  "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
  stat_prefix: tapwire
  default_source_code:
    ${source}`
}

const list = (names: readonly string[]): string => indent(names.map(name => `- ${name}\n`).join(''), 4)

const EXT_PROC = `\
name: ${FILTERS['ext-proc']}
typed_config:
  "@type": type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor
  stat_prefix: tapwire
  grpc_service:
    envoy_grpc:
      cluster_name: ${CLUSTERS['ext-proc']}
    initial_metadata:
      - key: authorization
        value: Bearer ${TOKEN}
      - key: x-tapwire-node
        value: "%HOSTNAME%"
  # Envoy sends and goes on: it waits for no answer, and believes none.
  observability_mode: true
  failure_mode_allow: true
  disable_immediate_response: true
  disable_clear_route_cache: true
  mutation_rules:
    disallow_all: true
  message_timeout: 0.2s
  # How long a stream may outlive its request, so that the last bytes arrive.
  deferred_close_timeout: 5s
  processing_mode:
    request_header_mode: SEND
    request_body_mode: STREAMED
    request_trailer_mode: SEND
    response_header_mode: SEND
    response_body_mode: STREAMED
    response_trailer_mode: SEND
  request_attributes:
${list(REQUEST_ATTRIBUTES)}\
  response_attributes:
${list(RESPONSE_ATTRIBUTES)}`
