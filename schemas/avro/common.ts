/** Parts that several records share, from and to the shape of their Avro schemas. */
import { type AvroProcess, type AvroTls, fromProcess, fromTls, toProcess, toTls } from '#schemas/avro/about.ts'
import type { Exchange, ExchangeConnection, Origin } from '#schemas/records/exchange.ts'
import type { Encapsulation, EncapsulationType, Endpoint } from '#schemas/records/flow.ts'

export interface AvroConnection {
  readonly id: string
  readonly client: Endpoint
  readonly server: Endpoint
  readonly encapsulation: readonly { readonly type: string; readonly id: number }[]
  readonly tls: boolean
  readonly capture: string
  readonly tlsDetails: AvroTls | null
  readonly process: AvroProcess | null
}

export interface AvroClient {
  readonly ip: string
  readonly port: number | null
}

export interface AvroOrigin {
  readonly source: string
  readonly firstPacket: number
  readonly lastPacket: number
  readonly log: {
    readonly topic: string
    readonly partition: number
    readonly firstOffset: number
    readonly lastOffset: number
  } | null
}

export function toConnection(connection: ExchangeConnection): AvroConnection {
  const encapsulation = connection.encapsulation.map(layer => ({
    type: layer.type,
    id: 'vni' in layer ? layer.vni : layer.id,
  }))
  const { tlsDetails, process } = connection
  return {
    ...connection,
    encapsulation,
    tlsDetails: tlsDetails === undefined ? null : toTls(tlsDetails),
    process: process === undefined ? null : toProcess(process),
  }
}

export function fromConnection(avro: AvroConnection): ExchangeConnection {
  const { id, client, server, tls, capture, tlsDetails, process } = avro
  return {
    id,
    client: { ip: client.ip, port: client.port },
    server: { ip: server.ip, port: server.port },
    encapsulation: avro.encapsulation.map(fromLayer),
    tls,
    capture,
    ...(tlsDetails === null ? {} : { tlsDetails: fromTls(tlsDetails) }),
    ...(process === null ? {} : { process: fromProcess(process) }),
  }
}

/** A type that this version does not know is kept as it is: only its name is shown. */
function fromLayer({ type, id }: { readonly type: string; readonly id: number }): Encapsulation {
  if (type === 'vxlan' || type === 'geneve') return { type, vni: id }
  return { type: type as Exclude<EncapsulationType, 'vxlan' | 'geneve'>, id }
}

export function toClient(client: Exchange['client']): AvroClient {
  return { ip: client.ip, port: client.port ?? null }
}

export function fromClient({ ip, port }: AvroClient): Exchange['client'] {
  return port === null ? { ip } : { ip, port }
}

export function toOrigin({ source, packets, log }: Origin): AvroOrigin {
  return {
    source,
    firstPacket: packets[0],
    lastPacket: packets[1],
    log:
      log === null
        ? null
        : { topic: log.topic, partition: log.partition, firstOffset: log.offsets[0], lastOffset: log.offsets[1] },
  }
}

export function fromOrigin({ source, firstPacket, lastPacket, log }: AvroOrigin): Origin {
  return {
    source,
    packets: [firstPacket, lastPacket],
    log:
      log === null ? null : { topic: log.topic, partition: log.partition, offsets: [log.firstOffset, log.lastOffset] },
  }
}

/** avsc writes Buffers only. */
export function toBytes(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A plain view: what reads records must not depend on Buffer. */
export function fromBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
