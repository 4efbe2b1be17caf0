/** Hops from and to the shape of exchange.avsc. */
import { known } from '#schemas/avro/known.ts'
import type { Hop, ProxyDetails, ProxySsl } from '#schemas/records/exchange.ts'
import type { Endpoint } from '#schemas/records/flow.ts'

interface AvroSsl {
  readonly tls: boolean
  readonly verified: boolean | null
  readonly version: string | null
  readonly commonName: string | null
  readonly cipher: string | null
  readonly signature: string | null
  readonly key: string | null
}

interface AvroDetails {
  readonly server: Endpoint | null
  readonly unixClient: string | null
  readonly unixServer: string | null
  readonly alpn: string | null
  readonly authority: string | null
  readonly uniqueId: string | null
  readonly ssl: AvroSsl | null
  readonly netns: string | null
  readonly vpcEndpoint: string | null
  readonly linkId: number | null
  readonly pscConnectionId: string | null
  readonly others: number | null
}

export interface AvroHop {
  readonly from: string
  readonly ip: string
  readonly port: number | null
  readonly trusted: boolean
  readonly proxy: AvroDetails | null
}

export function toHop({ from, ip, port, trusted, proxy }: Hop): AvroHop {
  return { from, ip, port: port ?? null, trusted, proxy: proxy === undefined ? null : toDetails(proxy) }
}

export function fromHop({ from, ip, port, trusted, proxy }: AvroHop): Hop {
  return {
    from,
    ip,
    ...(port === null ? {} : { port }),
    trusted,
    ...(proxy === null ? {} : { proxy: fromDetails(proxy) }),
  }
}

function toDetails(proxy: ProxyDetails): AvroDetails {
  const { server, unix, alpn, authority, uniqueId, ssl, netns, vpcEndpoint, linkId, pscConnectionId, others } = proxy
  return {
    server: server ?? null,
    unixClient: unix?.client ?? null,
    unixServer: unix?.server ?? null,
    alpn: alpn ?? null,
    authority: authority ?? null,
    uniqueId: uniqueId ?? null,
    ssl: ssl === undefined ? null : toSsl(ssl),
    netns: netns ?? null,
    vpcEndpoint: vpcEndpoint ?? null,
    linkId: linkId ?? null,
    pscConnectionId: pscConnectionId ?? null,
    others: others ?? null,
  }
}

function fromDetails({ server, unixClient, unixServer, ssl, ...rest }: AvroDetails): ProxyDetails {
  const unix =
    unixClient === null && unixServer === null ? null : { client: unixClient ?? '', server: unixServer ?? '' }
  return {
    ...(server === null ? {} : { server: { ip: server.ip, port: server.port } }),
    ...(unix === null ? {} : { unix }),
    ...(ssl === null ? {} : { ssl: fromSsl(ssl) }),
    ...known(rest),
  }
}

function toSsl({ tls, verified, version, commonName, cipher, signature, key }: ProxySsl): AvroSsl {
  return {
    tls,
    verified,
    version: version ?? null,
    commonName: commonName ?? null,
    cipher: cipher ?? null,
    signature: signature ?? null,
    key: key ?? null,
  }
}

function fromSsl({ tls, verified, ...texts }: AvroSsl): ProxySsl {
  return { tls, verified, ...known(texts) }
}
