/** Brokers as processes of this machine, from the jars that `npm run setup` fetched. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KAFKA_RELEASES, type KafkaLine } from '#infra/setup/kafka.ts'
import type { Access, Cluster, Want } from './contract.ts'
import { ownFolder, sweepFolders } from './folders.ts'
import { checkJava, SMALL, spawnJava } from './java.ts'
import { freePorts } from './ports.ts'
import { at, brokerProperties, type Node, propertiesFile } from './properties.ts'
import { NOT_SECURE, secure } from './secure.ts'
import { formatStorage } from './storage.ts'

const HOST = '127.0.0.1'
/** Far more than a start takes (about 5 s): a machine that is this busy has another problem. */
const START_MS = 120_000
const STARTED = 'Kafka Server started'

/** Throws `Unavailable` when Java or the jars are missing. */
export async function openJvm(want: Want): Promise<Cluster> {
  const line = want.version ?? '4'
  checkJava(line)
  sweepFolders()
  const folder = ownFolder()
  const nodes = await chooseNodes(want.brokers ?? 1)
  const security = want.secure ? secure(folder, folder) : NOT_SECURE
  const data = nodes.map(({ id }) => join(folder, `data-${id}`))
  const brokers = nodes.map(({ id }, i) => {
    const properties = { ...brokerProperties(nodes, i, data[i]!, security.properties), ...want.settings }
    writeFileSync(join(folder, `broker-${id}.properties`), propertiesFile(properties))
    return new Broker(line, folder, `broker-${id}`, want.java ?? SMALL)
  })
  const cluster = new JvmCluster(line, folder, nodes, security.access, brokers)
  try {
    await formatStorage(line, join(folder, 'broker-1.properties'), data, security.formatWords)
    await Promise.all(brokers.map(broker => broker.start()))
  } catch (error) {
    await cluster.close()
    throw error
  }
  return cluster
}

async function chooseNodes(count: number): Promise<readonly Node[]> {
  const ports = await freePorts(count * 3)
  return Array.from({ length: count }, (_, i) => {
    const [controller, internal, client] = ports.slice(i * 3).map(port => ({ host: HOST, port }))
    return {
      id: i + 1,
      bind: HOST,
      controller: controller!,
      internal: internal!,
      clientPort: client!.port,
      advertised: client!,
    }
  })
}

class JvmCluster implements Cluster {
  readonly way = 'jvm'
  readonly bootstrap: readonly string[]
  readonly version: string
  readonly access: Access | null
  readonly #folder: string
  readonly #brokers: readonly Broker[]
  readonly #onExit = (): void => this.#discard()

  constructor(
    line: KafkaLine,
    folder: string,
    nodes: readonly Node[],
    access: Access | null,
    brokers: readonly Broker[],
  ) {
    this.version = KAFKA_RELEASES[line]
    this.bootstrap = nodes.map(({ advertised }) => at(advertised))
    this.access = access
    this.#folder = folder
    this.#brokers = brokers
    process.on('exit', this.#onExit)
  }

  async stop(i: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#brokers[i]!.stop(signal)
  }

  async start(i: number): Promise<void> {
    await this.#brokers[i]!.start()
  }

  async close(): Promise<void> {
    await Promise.all(this.#brokers.map(broker => broker.stop('SIGKILL')))
    process.off('exit', this.#onExit)
    this.#discard()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Also while this process ends, when nothing can be awaited. */
  #discard(): void {
    for (const broker of this.#brokers) broker.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** One process; its log, process id and configuration are `<name>.log`, `.pid` and `.properties` in the folder. */
class Broker {
  readonly #line: KafkaLine
  readonly #file: string
  readonly #options: readonly string[]
  #process: ChildProcess | null = null

  constructor(line: KafkaLine, folder: string, name: string, options: readonly string[]) {
    this.#line = line
    this.#file = join(folder, name)
    this.#options = options
  }

  /** Resolves when the broker is registered and serves clients. */
  async start(): Promise<void> {
    if (this.#process !== null) throw new Error(`${this.#file} runs already`)
    const log = openSync(`${this.#file}.log`, 'a')
    const before = statSync(`${this.#file}.log`).size
    const child = spawnJava(
      this.#line,
      this.#options,
      ['kafka.Kafka', `${this.#file}.properties`],
      ['ignore', log, log],
    )
    closeSync(log)
    this.#process = child
    writeFileSync(`${this.#file}.pid`, `${child.pid}\n`)
    child.once('exit', () => {
      this.#process = null
    })
    const said = (): string => readFileSync(`${this.#file}.log`, 'utf8').slice(before)
    const deadline = performance.now() + START_MS
    while (!said().includes(STARTED)) {
      if (this.#process === null) throw new Error(`broker ended while it started:\n${said().slice(-2000)}`)
      if (performance.now() > deadline) throw new Error(`broker not ready in ${START_MS} ms:\n${said().slice(-2000)}`)
      await sleep(50)
    }
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    if (child === null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  kill(signal: NodeJS.Signals): void {
    this.#process?.kill(signal)
  }
}
