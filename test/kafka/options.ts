/** Options of a Kafka log on the brokers of a test: short intervals, names of its own. */
import type { KafkaOptions } from '#infra/bus/kafka/index.ts'
import { freshPrefix } from './brokers.ts'
import type { Brokers } from './contract.ts'

export function optionsFor(brokers: Brokers, changes: Partial<KafkaOptions> = {}): KafkaOptions {
  const { access, bootstrap } = brokers
  return {
    brokers: bootstrap,
    clientId: 'tapwire-test',
    tls: access === null ? null : { ca: access.ca },
    sasl: access === null ? null : { mechanism: 'scram-sha-256', username: access.user, password: access.password },
    connectTimeoutMs: 5000,
    requestTimeoutMs: 30_000,
    onWarning: () => {},
    prefix: freshPrefix(),
    partitions: 1,
    replication: null,
    maxMessageBytes: 8 * 1024 * 1024,
    create: true,
    grow: true,
    compression: 'none',
    transactionTimeoutMs: 20_000,
    sessionTimeoutMs: 10_000,
    heartbeatMs: 200,
    schemaRegistry: null,
    ...changes,
  }
}
