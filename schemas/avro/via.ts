/** What a mirroring proxy knows of an exchange, from and to the shape of exchange.avsc. */
import { known } from '#schemas/avro/known.ts'
import type { Via } from '#schemas/records/exchange.ts'
import type { Endpoint } from '#schemas/records/flow.ts'

export interface AvroVia {
  readonly peer: Endpoint
  readonly upstream: Endpoint | null
  readonly node: string | null
  readonly route: string | null
  readonly cluster: string | null
  readonly virtualHost: string | null
  readonly trace: string | null
  readonly redacted: readonly string[]
}

export function toVia({ peer, upstream, node, route, cluster, virtualHost, trace, redacted }: Via): AvroVia {
  return {
    peer,
    upstream: upstream ?? null,
    node: node ?? null,
    route: route ?? null,
    cluster: cluster ?? null,
    virtualHost: virtualHost ?? null,
    trace: trace ?? null,
    redacted,
  }
}

export function fromVia({ peer, upstream, redacted, ...texts }: AvroVia): Via {
  return {
    peer: { ip: peer.ip, port: peer.port },
    ...(upstream === null ? {} : { upstream: { ip: upstream.ip, port: upstream.port } }),
    ...known(texts),
    redacted,
  }
}
