/** Brokers as containers of the local Docker engine, through testcontainers, which removes them when their owner dies. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type ContainerRuntimeClient, GenericContainer, Network, type StartedTestContainer, Wait } from 'testcontainers'
import { KAFKA_RELEASES } from '#infra/setup/kafka.ts'
import type { Access, Cluster, Want } from './contract.ts'
import { dockerEngine, ensureImage } from './engine.ts'
import { ownFolder } from './folders.ts'
import { SMALL } from './java.ts'
import { freePorts } from './ports.ts'
import { at, brokerProperties, type Node, propertiesFile } from './properties.ts'
import { NOT_SECURE, type Security, secure } from './secure.ts'
import { newId } from './storage.ts'

const HOST = '127.0.0.1'
const CLIENT_PORT = 9092
const START_MS = 120_000
/** In the container: what this file puts there, and what the broker keeps. */
const FILES = '/tmp/tapwire'
const DATA = '/tmp/tapwire-data'

/** Throws `Unavailable` when no engine answers or the image cannot be had. */
export async function openDocker(want: Want): Promise<Cluster> {
  const image = imageName(KAFKA_RELEASES[want.version ?? '4'])
  const engine = await dockerEngine()
  await ensureImage(engine, image)
  const nodes = await chooseNodes(want.brokers ?? 1)
  const security = want.secure ? secureFiles() : { ...NOT_SECURE, files: [] }
  const network = await new Network().start()
  const clusterId = newId()
  const started = await Promise.allSettled(
    nodes.map((node, i) => {
      const properties = { ...brokerProperties(nodes, i, DATA, security.properties), ...want.settings }
      const files = [...security.files, { content: propertiesFile(properties), target: `${FILES}/broker.properties` }]
      return new LoopbackContainer(image)
        .withNetwork(network)
        .withNetworkAliases(node.internal.host)
        .withExposedPorts({ container: CLIENT_PORT, host: node.advertised.port })
        .withEnvironment(javaOptions(want.java ?? SMALL))
        .withCopyContentToContainer(files)
        .withEntrypoint(['sh', '-c', bootScript(clusterId, security.formatWords)])
        .withStartupTimeout(START_MS)
        .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
        .start()
    }),
  )
  const containers = started.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const cluster = new DockerCluster(engine, image, nodes, security.access, containers, () => network.stop())
  const failed = started.find(outcome => outcome.status === 'rejected')
  if (failed === undefined) return cluster
  await cluster.close()
  throw failed.reason
}

/** TAPWIRE_KAFKA_IMAGE replaces the official image; without a tag it gets the release as its tag. */
function imageName(release: string): string {
  const name = process.env['TAPWIRE_KAFKA_IMAGE'] || 'apache/kafka'
  return /:[^/]+$/.test(name) ? name : `${name}:${release}`
}

/** Among themselves the containers use their network and fixed ports; clients use the ports that Docker publishes. */
async function chooseNodes(count: number): Promise<readonly Node[]> {
  const published = await freePorts(count)
  return published.map((port, i) => {
    const host = `broker-${i + 1}`
    return {
      id: i + 1,
      bind: '0.0.0.0',
      controller: { host, port: 9093 },
      internal: { host, port: 9094 },
      clientPort: CLIENT_PORT,
      advertised: { host: HOST, port },
    }
  })
}

/** Replaces the image's own start, because that cannot make SCRAM users; the same script starts a broker again. */
function bootScript(clusterId: string, formatWords: readonly string[]): string {
  const words = formatWords.map(word => `'${word}'`).join(' ')
  const file = `${FILES}/broker.properties`
  const format = `/opt/kafka/bin/kafka-storage.sh format --ignore-formatted --cluster-id ${clusterId} --config ${file} ${words}`
  return `${format} && exec /opt/kafka/bin/kafka-server-start.sh ${file}`
}

/** The second variable keeps Kafka's scripts from adding their own collector. */
function javaOptions(options: readonly string[]): Record<string, string> {
  return { KAFKA_HEAP_OPTS: options.join(' '), KAFKA_JVM_PERFORMANCE_OPTS: '-XX:-UsePerfData' }
}

interface File {
  readonly content: string
  readonly target: string
}

function secureFiles(): Security & { readonly files: readonly File[] } {
  const folder = ownFolder()
  const security = secure(folder, FILES)
  const content = readFileSync(join(folder, 'broker.pem'), 'utf8')
  rmSync(folder, { recursive: true })
  return { ...security, files: [{ content, target: `${FILES}/broker.pem` }] }
}

/** Publishes its ports on the loopback address; testcontainers would publish them on all. */
class LoopbackContainer extends GenericContainer {
  protected override async beforeContainerCreated(): Promise<void> {
    const published = Object.values(this.hostConfig.PortBindings ?? {}).flat() as { HostIp?: string }[]
    for (const binding of published) binding.HostIp = HOST
  }
}

class DockerCluster implements Cluster {
  readonly way = 'docker'
  readonly bootstrap: readonly string[]
  readonly version: string
  readonly access: Access | null
  readonly #engine: ContainerRuntimeClient
  readonly #containers: readonly StartedTestContainer[]
  readonly #closeNetwork: () => Promise<unknown>

  constructor(
    engine: ContainerRuntimeClient,
    image: string,
    nodes: readonly Node[],
    access: Access | null,
    containers: readonly StartedTestContainer[],
    closeNetwork: () => Promise<unknown>,
  ) {
    this.version = image
    this.bootstrap = nodes.map(({ advertised }) => at(advertised))
    this.access = access
    this.#engine = engine
    this.#containers = containers
    this.#closeNetwork = closeNetwork
  }

  async stop(i: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const container = this.#engine.container.getById(this.#containers[i]!.getId())
    if (!(await container.inspect()).State.Running) return
    const gone = container.wait()
    await container.kill({ signal })
    await gone
  }

  /** Waits as the first start did. */
  async start(i: number): Promise<void> {
    await this.#containers[i]!.restart()
  }

  async close(): Promise<void> {
    await Promise.all(this.#containers.map(container => container.stop({ timeout: 0 })))
    await this.#closeNetwork()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
