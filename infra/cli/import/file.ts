/**
 * The configuration file of the reference product (Wallarm Native Node), as its public documentation describes it: both
 * generations of the TCP mirror node, and Envoy's external processing, strictly, so that a mistyped key is an error and not a silent default.
 */
import { z } from 'zod'

export const READ_MODES = ['tcp-capture', 'tcp-capture-v2', 'envoy-external-filter'] as const
const OTHER_MODES = ['connector-server'] as const

/** Go's YAML takes these words for a switch; to YAML 1.2 they are text. */
const SWITCH: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['on', true],
  ['no', false],
  ['off', false],
])
const flag = z.preprocess(
  value => (typeof value === 'string' ? (SWITCH.get(value.toLowerCase()) ?? value) : value),
  z.boolean(),
)
const text = z.string()
const texts = z.array(text)
const whole = z.int()
/** Keys of another mode, or that only a chart knows: not looked into. */
const anything = z.looseObject({})

const responses = {
  parse_responses: flag.optional(),
  response_timeout: z.union([text, z.number()], { error: 'a duration, e.g. 5s' }).optional(),
  url_normalize: flag.optional(),
}

const goreplay = z.strictObject({
  filter: text.optional(),
  extra_args: z.array(z.union([text, z.number()], { error: 'an argument' })).optional(),
  path: text.optional(),
  ...responses,
})

const fromInterface = z.strictObject({
  enabled: flag.optional(),
  interface: text.optional(),
  filter: text.optional(),
  snap_len: whole.optional(),
  promiscuous: flag.optional(),
})

const fromVxlan = z.strictObject({
  enabled: flag.optional(),
  listen_addr: text.optional(),
  vni_filter: z.array(whole).optional(),
  filter: text.optional(),
})

const ignoreIps = z.strictObject({
  subnets: texts,
  match_type: z.enum(['src', 'dst', 'src_or_dst', 'src_and_dst']),
})

const proxyHeaders = z.strictObject({
  trusted_networks: texts.optional(),
  original_host: texts.optional(),
  real_ip: texts.optional(),
})

const application = whole.optional()
const mode = z.enum(['off', 'monitoring', 'safe_blocking', 'block']).optional()
const tenant = text.optional()

const route = z.strictObject({
  host: text.optional(),
  route: text.optional(),
  wallarm_application: application,
  wallarm_mode: mode,
  wallarm_partner_client_uuid: tenant,
  get routes(): z.ZodOptional<z.ZodArray<typeof route>> {
    return z.array(route).optional()
  },
})

const routeConfig = z.strictObject({
  wallarm_application: application,
  wallarm_mode: mode,
  wallarm_partner_client_uuid: tenant,
  routes: z.array(route).optional(),
})

const inputFilter = z.strictObject({
  path: text.optional(),
  url: text.optional(),
  headers: z.record(text, text).optional(),
  ip_addresses: texts.optional(),
})

const httpInspector = z.strictObject({
  workers: z.union([z.literal('auto'), z.int().min(1)], { error: 'auto or a whole number' }).optional(),
  libdetection_enabled: flag.optional(),
  api_firewall_enabled: flag.optional(),
  api_firewall_database: text.optional(),
  wmcp_enabled: flag.optional(),
  wallarm_dir: text.optional(),
  shm_dir: text.optional(),
  wallarm_process_time_limit: z.union([text, z.number()], { error: 'a duration' }).optional(),
  drop_percent: z.number().optional(),
  real_ip_header: text.optional(),
})

const exporter = z.strictObject({ address: text.optional(), enabled: flag.optional() })
const listener = { enabled: flag.optional(), listen_address: text.optional() }

const log = z.strictObject({
  pretty: flag.optional(),
  level: z.enum(['debug', 'info', 'warn', 'error', 'fatal']).optional(),
  log_file: text.optional(),
  access_log: z
    .strictObject({ enabled: flag.optional(), verbose: flag.optional(), log_file: text.optional() })
    .optional(),
  proton_log_mask: text.optional(),
})

const metrics = z.strictObject({
  ...listener,
  legacy_status: z.strictObject(listener).optional(),
  namespace: text.optional(),
  per_host_stats: flag.optional(),
  cloud_export: anything.optional(),
})

/** `isList`: `tcp_stream.from_interface` may be one or several, and an error should name the key inside. */
export function fileSchema(isList: boolean) {
  return z.strictObject({
    version: z.union([whole, text], { error: 'a number' }).optional(),
    mode: z.enum([...READ_MODES, ...OTHER_MODES]),
    goreplay: goreplay.optional(),
    middleware: z.strictObject(responses).optional(),
    tcp_stream: z
      .strictObject({
        from_interface: (isList ? z.array(fromInterface) : fromInterface).optional(),
        from_vxlan: fromVxlan.optional(),
        from_geneve: fromVxlan.extend({ inner_vni_filter: z.array(whole).optional() }).optional(),
        ignore_ips: z.array(ignoreIps).optional(),
      })
      .optional(),
    tcp_reassembler: z.strictObject(responses).optional(),
    connector: anything.optional(),
    envoy_external_filter: z
      .strictObject({ address: text.optional(), tls_cert: text.optional(), tls_key: text.optional() })
      .optional(),
    proxy_headers: z.array(proxyHeaders).optional(),
    route_config: routeConfig.optional(),
    input_filters: z
      .strictObject({ inspect: z.array(inputFilter).optional(), bypass: z.array(inputFilter).optional() })
      .optional(),
    http_inspector: httpInspector.optional(),
    postanalytics_exporter: exporter.optional(),
    tarantool_exporter: exporter.optional(),
    log: log.optional(),
    metrics: metrics.optional(),
    health_check: z.strictObject(listener).optional(),
    drop_on_overload: flag.optional(),
  })
}

export type ReferenceFile = z.output<ReturnType<typeof fileSchema>>
export type ReferenceRoute = z.output<typeof route>
export type ReferenceFilter = z.output<typeof inputFilter>
export type FromInterface = z.output<typeof fromInterface>
export type FromTunnel = z.output<typeof fromVxlan> & { readonly inner_vni_filter?: readonly number[] | undefined }
export type Responses = { readonly [Key in keyof typeof responses]?: z.output<(typeof responses)[Key]> }

/** Keys that only this product's files have at the top. */
const OWN_KEYS = new Set([
  ...['mode', 'version', 'goreplay', 'middleware', 'tcp_stream', 'tcp_reassembler', 'connector'],
  ...['envoy_external_filter', 'proxy_headers', 'route_config', 'input_filters', 'http_inspector'],
  ...['postanalytics_exporter', 'tarantool_exporter', 'health_check', 'drop_on_overload'],
])

/** Is it a file of that product, and not one of ours? */
export function isReferenceFile(value: unknown): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  return Object.keys(value).some(key => OWN_KEYS.has(key))
}
