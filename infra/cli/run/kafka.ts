/** From the configuration to the Kafka log's options. */
import type { KafkaOptions } from '#infra/bus/kafka/index.ts'
import type { KafkaConfig } from '#schemas/config/kafka.ts'

/** Plain data, for worker threads: passwords included, so it goes nowhere else. */
export type KafkaPlan = Omit<KafkaOptions, 'onWarning'>

export function kafkaPlan(log: KafkaConfig & { readonly partitions: number }): KafkaPlan {
  const { tls, sasl, createTopics, replication, schemaRegistry, kind: _kind, ...same } = log
  return {
    ...same,
    create: createTopics,
    grow: false, // 'tapwire topics apply' does it, when told to
    replication: replication ?? null,
    sasl: sasl === undefined ? null : { ...sasl, password: sasl.password.reveal() },
    tls: tls === undefined ? null : revealed(tls),
    schemaRegistry: schemaRegistry === undefined ? null : registryPlan(schemaRegistry),
  }
}

function registryPlan({
  username,
  password,
  token,
  tls,
  ...same
}: NonNullable<KafkaConfig['schemaRegistry']>): NonNullable<KafkaPlan['schemaRegistry']> {
  const login = password === undefined ? null : Buffer.from(`${username}:${password.reveal()}`).toString('base64')
  const bearer = token === undefined ? null : `Bearer ${token.reveal()}`
  return {
    ...same,
    authorization: login === null ? bearer : `Basic ${login}`,
    tls: tls === undefined ? null : revealed(tls),
  }
}

function revealed({ ca, cert, key, serverName }: NonNullable<KafkaConfig['tls']>): NonNullable<KafkaPlan['tls']> {
  return {
    ...(ca === undefined ? {} : { ca: ca.reveal() }),
    ...(cert === undefined ? {} : { cert: cert.reveal() }),
    ...(key === undefined ? {} : { key: key.reveal() }),
    ...(serverName === undefined ? {} : { serverName }),
  }
}
