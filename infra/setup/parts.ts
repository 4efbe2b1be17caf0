/** What Tapwire can use of the system, in one table: in order, because a part may need those above it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installPackages } from './apt.ts'
import { installKafka, kafkaPresent } from './kafka.ts'
import { programPath } from './program.ts'

export interface Part {
  readonly name: string
  readonly purpose: string
  /** Debian packages, for who installs by hand; empty when it comes another way. */
  readonly packages: readonly string[]
  present(): boolean
  /** Throws `SetupFailure` with the reason when it cannot. */
  install(): void | Promise<void>
}

const INCLUDES = ['/usr/include', '/usr/local/include']

const program = (name: string, command: string, purpose: string, packages: readonly string[] = [name]): Part => ({
  name,
  purpose,
  packages,
  present: () => programPath(command) !== null,
  install: () => installPackages(packages),
})

const header = (name: string, file: string, purpose: string, packages: readonly string[]): Part => ({
  name,
  purpose,
  packages,
  present: () => INCLUDES.some(folder => existsSync(join(folder, file))),
  install: () => installPackages(packages),
})

export const PARTS: readonly Part[] = [
  program('tshark', 'tshark', 'benchmarks against tshark'),
  program('nginx', 'nginx', 'the load capture of the benchmarks'),
  program('wrk', 'wrk', 'the load capture of the benchmarks'),
  program('tcpdump', 'tcpdump', 'the load capture of the benchmarks'),
  header('libpcap', 'pcap/pcap.h', 'live capture', ['libpcap-dev']),
  program('java', 'java', 'Kafka brokers', ['openjdk-17-jre-headless']),
  program('maven', 'mvn', 'Kafka brokers'),
  program('openssl', 'openssl', 'Kafka brokers with TLS'),
  {
    name: 'kafka',
    purpose: 'tests and benchmarks on real brokers',
    packages: [],
    present: kafkaPresent,
    install: installKafka,
  },
]
