/** What a test asks for and gets. */
import type { KafkaLine } from '#infra/setup/kafka.ts'

export interface Want {
  /** Every one is broker and controller. Default 1. */
  readonly brokers?: 1 | 3
  /** Release line. Default '4'. */
  readonly version?: KafkaLine
  /** Clients come in over SASL_SSL only, with PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. Default: plaintext, no login. */
  readonly secure?: boolean
  /** Broker properties that replace those of `properties.ts`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Options of each broker's JVM, instead of the ones for a small, quickly started broker (`java.ts`). */
  readonly java?: readonly string[]
}

/** Equal for wants that one cluster can serve. */
export function keyOf({ brokers = 1, version = '4', secure = false, settings = {}, java = [] }: Want): string {
  return JSON.stringify([brokers, version, secure, settings, java])
}

/** How a client gets into a secure cluster. */
export interface Access {
  /** Certificate of the authority that signed the brokers' certificates, PEM. */
  readonly ca: string
  readonly user: string
  readonly password: string
}

/** A running cluster, as its clients see it. */
export interface Brokers {
  readonly way: Way
  /** `host:port` of each broker. */
  readonly bootstrap: readonly string[]
  /** Release (`4.3.1`), or the image's name; 'unknown' for brokers that were given. */
  readonly version: string
  readonly access: Access | null
}

/** A cluster of one's own. `i` counts from 0, in the order of `bootstrap`. */
export interface Cluster extends Brokers, AsyncDisposable {
  /** Ends that broker, SIGTERM unless told otherwise; resolves when it is gone. Its data stays. */
  stop(i: number, signal?: NodeJS.Signals): Promise<void>
  /** Starts a stopped broker with its data and ports; resolves when it serves clients. */
  start(i: number): Promise<void>
  /** Kills all brokers and removes their data. */
  close(): Promise<void>
}

/** `env`: given by KAFKA_BROKERS. `docker`: containers. `jvm`: processes from `.tapwire/kafka`. */
export type Way = 'env' | 'docker' | 'jvm'

/** This way cannot give such a cluster here; the message says what is missing. */
export class Unavailable extends Error {}
