/** Makes kafkajs clients from our options. */
import kafkajs, { type Kafka, type KafkaConfig, type SASLOptions } from 'kafkajs'
import { registerCodecs } from './compression.ts'
import { type LogCreator, mendRequestQueue } from './kafkajs.ts'

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
  /** kafkajs' own errors: it repeats what it can, so these are for the curious. */
  readonly onWarning: (message: string) => void
}

export function openClient(options: ClientOptions): Kafka {
  mendRequestQueue()
  registerCodecs()
  const { brokers, clientId, connectTimeoutMs, requestTimeoutMs, tls, sasl, onWarning } = options
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    connectionTimeout: connectTimeoutMs,
    authenticationTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    // What spans several calls is repeated by us, where it is known what it means.
    retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: 5 },
    logLevel: kafkajs.logLevel.ERROR,
    logCreator: logTo(onWarning),
    ...(tls === null ? {} : { ssl: tlsOptions(tls) }),
    ...(sasl === null ? {} : { sasl: sasl as SASLOptions }),
  }
  return new kafkajs.Kafka(config)
}

function tlsOptions({ ca, cert, key, serverName }: NonNullable<KafkaSecurity['tls']>) {
  return {
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  }
}

/** Message and error text only: entries of kafkajs can hold the payloads of requests. */
function logTo(onWarning: (message: string) => void): LogCreator {
  return () =>
    ({ namespace, log }) => {
      const { message, error, broker } = log as { message: string; error?: unknown; broker?: unknown }
      const parts = [message, broker, error].filter(part => typeof part === 'string' && part !== '')
      onWarning(`kafkajs ${namespace}: ${parts.join(': ')}`)
    }
}
