/**
 * An application behind a real Envoy with two listeners: `plain` without the filter, `mirrored` with it; and the ingest server that
 * the filter sends to.
 */
import { parse } from 'yaml'
import { clusterOf } from '#infra/deploy/generate/cluster.ts'
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
const UPGRADES = { upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'CONNECT' }] }
const ROUTES: readonly Piece[] = [
  {
    name: 'tunnel',
    match: { connect_matcher: {} },
    route: { cluster: 'app', upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] },
  },
  { name: 'grpc', match: { prefix: '/grpc' }, route: { cluster: 'app2', timeout: '0s' } },
  { name: 'all', match: { prefix: '/' }, route: { cluster: 'app', timeout: '0s' } },
]

export async function startProxied(options: ProxiedOptions = {}): Promise<Proxied> {
  const app = await new App().open()
  const recorder = await new Recorder().open()
  // A busy test machine is no bad server.
  const settings = { timeout_ms: 10_000, in_flight_bytes: 2 ** 30, ...options.settings }
  const filter = luaFilter(options.source ?? bundle({ settings }))
  const shared: ListenerOptions = {
    routes: ROUTES,
    ...options.listener,
    manager: { ...TRAILERS, ...UPGRADES, ...options.listener?.manager },
  }
  const listeners = [listener('plain', shared), listener('mirrored', { ...shared, filters: [filter] })]
  const clusters = [
    appCluster(app.port),
    cluster('app2', app.http2Port, { http2: true }),
    { ...ingestCluster(recorder.port), ...options.ingest },
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

/** The cluster as it is shipped, but bad servers are found out and tried again sooner: a test does not wait. */
export function ingestCluster(port: number): Piece {
  const shipped = parse(clusterOf('lua', { host: '127.0.0.1', port }))
  const outliers = {
    ...shipped.outlier_detection,
    interval: '0.2s',
    base_ejection_time: '0.5s',
    max_ejection_time: '0.5s',
  }
  return { ...shipped, name: 'tapwire-ingest', outlier_detection: outliers }
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
