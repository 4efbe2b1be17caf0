/** Makes kafkajs clients from our options. */
import kafkajs, { type Kafka, type KafkaConfig, type SASLOptions } from 'kafkajs'
import { mendRequestQueue, socketFactory } from './kafkajs.ts'

export interface KafkaSecurity {
  /** Null: plain TCP. Empty: the system's certificate authorities. PEM texts. */
  readonly tls: {
    readonly ca?: string
    readonly cert?: string
    readonly key?: string
    readonly serverName?: string
  } | null
  readonly sasl: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  } | null
}

export interface ClientOptions extends KafkaSecurity {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
}

export function openClient(options: ClientOptions): Kafka {
  mendRequestQueue()
  const { brokers, clientId, connectTimeoutMs, requestTimeoutMs, tls, sasl } = options
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    connectionTimeout: connectTimeoutMs,
    authenticationTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    socketFactory,
    // What spans several calls is repeated by us, where it is known what it means.
    retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: 5 },
    // It logs every answer that it then repeats the request for; what is not overcome is thrown, and told by us.
    logLevel: kafkajs.logLevel.NOTHING,
    ...(tls === null ? {} : { ssl: tlsOptions(tls) }),
    ...(sasl === null ? {} : { sasl: sasl as SASLOptions }),
  }
  return new kafkajs.Kafka(config)
}

/** As Node's TLS takes them. */
export function tlsOptions({ ca, cert, key, serverName }: NonNullable<KafkaSecurity['tls']>) {
  return {
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  }
}
