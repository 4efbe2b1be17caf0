/** Real Kafka brokers for tests and benchmarks: the jars of the broker and of its command line tools. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE } from './bootstrap.js'
import { type Artifact, fetchJars } from './maven.ts'

/** The release lines that Tapwire is tested with, and the release of each. */
export const KAFKA_RELEASES = { '3.9': '3.9.2', '4': '4.3.1' } as const
export type KafkaLine = keyof typeof KAFKA_RELEASES

/** The folder with the jars of that line, whether it is there or not. */
export function kafkaFolder(line: KafkaLine): string {
  return join(CACHE, 'kafka', KAFKA_RELEASES[line])
}

export function kafkaPresent(): boolean {
  return missingLines().length === 0
}

/** Fetches the lines that are not there yet (about 55 MB each). Throws `SetupFailure`. */
export async function installKafka(): Promise<void> {
  for (const line of missingLines()) await fetchJars(kafkaFolder(line), artifacts(KAFKA_RELEASES[line]))
}

function missingLines(): KafkaLine[] {
  const lines = Object.keys(KAFKA_RELEASES) as KafkaLine[]
  return lines.filter(line => !existsSync(kafkaFolder(line)))
}

/** One small logger for both lines: 3.9 brings reload4j as its own, 4 brings none. It is set by system properties alone. */
function artifacts(version: string): readonly Artifact[] {
  const without = ['org.slf4j:slf4j-reload4j']
  return [
    { group: 'org.apache.kafka', name: 'kafka_2.13', version, without },
    { group: 'org.apache.kafka', name: 'kafka-tools', version, without },
    { group: 'org.slf4j', name: 'slf4j-simple', version: '1.7.36' },
  ]
}
