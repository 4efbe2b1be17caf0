/** From the configuration to the Kafka log's options. */
import type { KafkaOptions } from '#infra/bus/kafka/index.ts'
import type { KafkaConfig } from '#schemas/config/kafka.ts'

/** Plain data, for worker threads: passwords included, so it goes nowhere else. */
export type KafkaPlan = Omit<KafkaOptions, 'onWarning'>

export function kafkaPlan(log: KafkaConfig & { readonly partitions: number }): KafkaPlan {
  const { tls, sasl, createTopics, replication, kind: _kind, ...same } = log
  return {
    ...same,
    create: createTopics,
    grow: false, // 'tapwire topics apply' does it, when told to
    replication: replication ?? null,
    sasl: sasl === undefined ? null : { ...sasl, password: sasl.password.reveal() },
    tls:
      tls === undefined
        ? null
        : {
            ...(tls.ca === undefined ? {} : { ca: tls.ca.reveal() }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert.reveal() }),
            ...(tls.key === undefined ? {} : { key: tls.key.reveal() }),
            ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
          },
  }
}
