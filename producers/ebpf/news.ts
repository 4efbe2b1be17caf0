/**
 * What decides about processes beside the processes themselves, and changes while the capture runs: rules in a file, and the
 * pods of this node.
 */
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Usage } from '#schemas/contracts/errors.ts'
import { Complaint } from './complaint.ts'
import { type Cluster, openCluster } from './kubernetes/cluster.ts'
import type { KubernetesConfig } from './kubernetes/config.ts'
import type { SelectionConfig } from './selection/config.ts'
import type { Location } from './selection/facts.ts'
import { RulesFile } from './selection/rules-file.ts'
import { compileRules, type Rules } from './selection/select.ts'

export interface NewsOptions {
  readonly selection: SelectionConfig
  readonly rules?: string | undefined
  readonly kubernetes?: KubernetesConfig | undefined
}

/** Who is told. */
export interface Reader {
  useRules(rules: Rules): void
  /** What is known about pods has changed. */
  refresh(): void
}

const EVERY_MS = 500
/** Without Kubernetes nothing is known of pods. */
const HOST: Location = { pod: 'none', container: null }

export class News implements AsyncDisposable {
  /** Those to begin with. */
  readonly rules: Rules
  readonly #file: RulesFile | null
  readonly #cluster: Cluster | null
  readonly #warn: (what: string) => void
  readonly #complaint = new Complaint('the API server of Kubernetes answers again')
  readonly #stop = new AbortController()
  #following: Promise<void> | null = null

  /** `directory`: where relative paths start. `warn`: is told what goes wrong later. Throws `Usage` when rules or cluster cannot be used. */
  static async open(
    { selection, rules, kubernetes }: NewsOptions,
    directory: string,
    warn: (what: string) => void = () => {},
  ): Promise<News> {
    const file = rules === undefined ? null : new RulesFile(resolve(directory, rules))
    const reading = await file?.read()
    if (reading !== undefined && (reading === null || 'kept' in reading)) {
      throw new Usage(reading?.kept ?? `${rules}: says nothing`)
    }
    const cluster = kubernetes === undefined ? null : await openCluster(kubernetes, directory)
    return new News(compileRules(reading?.rules ?? selection), file, cluster, warn)
  }

  private constructor(rules: Rules, file: RulesFile | null, cluster: Cluster | null, warn: (what: string) => void) {
    this.rules = rules
    this.#file = file
    this.#cluster = cluster
    this.#warn = warn
  }

  /** Name of this node in Kubernetes. */
  get node(): string | null {
    return this.#cluster?.node ?? null
  }

  locate(cgroup: string): Location {
    return this.#cluster?.locate(cgroup) ?? HOST
  }

  /** Tells `reader` what changes from now on. */
  follow(reader: Reader): void {
    this.#following = this.#follow(reader)
  }

  stats(): Readonly<Record<string, number>> {
    return { ...this.#file?.stats(), ...this.#cluster?.stats() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#following
    await this.#cluster?.[Symbol.asyncDispose]()
  }

  async #follow(reader: Reader): Promise<void> {
    const { signal } = this.#stop
    let version = this.#cluster?.version
    while (!signal.aborted) {
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {})
      const reading = (await this.#file?.read()) ?? null
      if (reading !== null && 'rules' in reading) reader.useRules(compileRules(reading.rules))
      if (reading !== null && 'kept' in reading) this.#warn(`the rules stay as they were: ${reading.kept}`)
      const said = this.#complaint.check(this.#cluster?.problem ?? null, performance.now())
      if (said !== null) this.#warn(said)
      if (this.#cluster?.version === version) continue
      version = this.#cluster?.version
      reader.refresh()
    }
  }
}
