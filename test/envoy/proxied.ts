/**
 * An application behind a real Envoy with two listeners: `plain` without the filter, `mirrored` with it; and the ingest server that
 * the filter sends to.
 */
import { bundle, type FilterSettings } from '#producers/envoy/lua/bundle.ts'
import { type Envoy, type EnvoyOptions, startEnvoy } from '#test/driver/envoy.ts'
import {
  bootstrap,
  cluster,
  type ListenerOptions,
  listener,
  luaFilter,
  type Piece,
  typed,
} from '#test/driver/envoy-config.ts'
import { Recorder } from '#test/driver/recorder.ts'
import { App } from '#test/envoy/app.ts'

export interface Proxied extends AsyncDisposable {
  readonly app: App
  readonly recorder: Recorder
  readonly envoy: Envoy
}

export interface ProxiedOptions extends EnvoyOptions {
  readonly settings?: FilterSettings
  /** The filter's source, instead of the bundle with `settings`. */
  readonly source?: string
  /** Of both listeners. */
  readonly listener?: ListenerOptions
  readonly ingest?: Piece
}

const TRAILERS = { http_protocol_options: { enable_trailers: true } }
const ROUTES: readonly Piece[] = [
  { name: 'grpc', match: { prefix: '/grpc' }, route: { cluster: 'app2', timeout: '0s' } },
  { name: 'all', match: { prefix: '/' }, route: { cluster: 'app', timeout: '0s' } },
]

export async function startProxied(options: ProxiedOptions = {}): Promise<Proxied> {
  const app = await new App().open()
  const recorder = await new Recorder().open()
  const filter = luaFilter(options.source ?? bundle({ settings: options.settings ?? {} }))
  const shared: ListenerOptions = {
    routes: ROUTES,
    ...options.listener,
    manager: { ...TRAILERS, ...options.listener?.manager },
  }
  const listeners = [listener('plain', shared), listener('mirrored', { ...shared, filters: [filter] })]
  const clusters = [
    appCluster(app.port),
    cluster('app2', app.http2Port, { http2: true }),
    { ...cluster('tapwire-ingest', recorder.port, { http2: true, rest: INGEST }), ...options.ingest },
  ]
  const envoy = await startEnvoy(bootstrap(listeners, clusters), { concurrency: 2, ...options })
  return {
    app,
    recorder,
    envoy,
    async [Symbol.asyncDispose]() {
      await envoy[Symbol.asyncDispose]()
      await app[Symbol.asyncDispose]()
      await recorder[Symbol.asyncDispose]()
    },
  }
}

/**
 * What keeps a bad ingest server from harming Envoy: it is found out by health checks and by its answers, nobody of the cluster is
 * asked while all are bad (no panic mode), and little can wait for a connection.
 */
export const INGEST: Piece = {
  connect_timeout: '0.5s',
  common_lb_config: { healthy_panic_threshold: { value: 0 } },
  health_checks: [
    {
      timeout: '0.5s',
      interval: '1s',
      no_traffic_interval: '1s',
      unhealthy_threshold: 1,
      healthy_threshold: 1,
      http_health_check: { path: '/health', codec_client_type: 'HTTP2' },
    },
  ],
  outlier_detection: {
    consecutive_5xx: 5,
    consecutive_gateway_failure: 5,
    enforcing_consecutive_gateway_failure: 100,
    interval: '1s',
    base_ejection_time: '1s',
    max_ejection_time: '5s',
    max_ejection_percent: 100,
  },
  circuit_breakers: {
    thresholds: [{ max_connections: 16, max_pending_requests: 256, max_requests: 1024, max_retries: 0 }],
  },
}

function appCluster(port: number): Piece {
  const name = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
  const options = typed(name, { explicit_http_config: TRAILERS })
  const breakers = { thresholds: [{ max_connections: 10_000, max_pending_requests: 10_000, max_requests: 10_000 }] }
  return {
    ...cluster('app', port),
    circuit_breakers: breakers,
    typed_extension_protocol_options: { [name]: options },
  }
}
