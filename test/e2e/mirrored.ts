/** A real Envoy with the ext_proc filter that is shipped, beside a listener without it, and an ingest server that is read. */
import { parse } from 'yaml'
import { filterOf } from '#infra/deploy/generate/filter.ts'
import { CLUSTERS } from '#infra/deploy/generate/names.ts'
import type { Seen } from '#producers/envoy/ingest.test-support.ts'
import type { Ingest } from '#producers/envoy/ingest.ts'
import { type Envoy, startEnvoy } from '#test/driver/envoy.ts'
import { bootstrap, cluster, listener, type Piece } from '#test/driver/envoy-config.ts'

export type Changes = (filter: Piece) => Piece

/** Listeners `plain` and `mirrored` in front of an application. `rest`: more of the cluster that is the ingest server. */
export async function proxy(
  ingest: number,
  app: { readonly http1: number; readonly http2: number },
  changes: Changes,
  rest: Piece = {},
): Promise<Envoy> {
  const filter = changes(parse(filterOf('ext-proc')) as Piece)
  const routes = [
    { name: 'two', match: { prefix: '/2/' }, route: { cluster: 'app2', timeout: '0s', prefix_rewrite: '/' } },
    { name: 'all', match: { prefix: '/' }, route: { cluster: 'app', timeout: '0s' } },
  ]
  const manager = { http_protocol_options: { enable_trailers: true } }
  const of = (name: string, filters: readonly Piece[]): Piece => listener(name, { filters, routes, manager })
  return await startEnvoy(
    bootstrap(
      [of('plain', []), of('mirrored', [filter])],
      [
        cluster('app', app.http1),
        cluster('app2', app.http2, { http2: true }),
        cluster(CLUSTERS['ext-proc'], ingest, { http2: true, rest }),
      ],
    ),
  )
}

/** Other fields of its configuration. */
export function withChanges(filter: Piece, changes: Piece): Piece {
  return { ...filter, typed_config: { ...(filter['typed_config'] as Piece), ...changes } }
}

/** Reads an ingest server for as long as a test goes on. */
export class Reading {
  readonly #stop = new AbortController()
  readonly #done: Promise<void>
  #waiting: () => void = () => {}

  constructor(ingest: Ingest, seen: Seen) {
    const { signal } = this.#stop
    this.#done = (async () => {
      while (!signal.aborted) {
        seen.add(await ingest.read(signal).catch(() => ({ batches: [], position: null })))
        this.#waiting()
      }
    })()
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>(resolve => (this.#waiting = resolve))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
  }
}
