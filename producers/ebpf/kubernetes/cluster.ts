/** What this node knows of its cluster, kept up to date in the background. */
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Location } from '../selection/facts.ts'
import { type Api, openApi } from './client.ts'
import { type KubernetesConfig, nodeOf } from './config.ts'
import { Pods } from './pods.ts'
import { type Collection, type Pace, Reflector, type ReflectorCounts } from './reflector.ts'

/** Of namespaces the labels are all that is needed. */
const metadataOnly = (kind: string) => `application/json;as=${kind};v=v1;g=meta.k8s.io,application/json`

const NAMESPACES: Collection = {
  name: 'namespaces',
  path: '/api/v1/namespaces',
  query: {},
  accept: { list: metadataOnly('PartialObjectMetadataList'), watch: metadataOnly('PartialObjectMetadata') },
}

const podsOf = (node: string): Collection => ({
  name: 'pods',
  path: '/api/v1/pods',
  query: { fieldSelector: `spec.nodeName=${node}` },
  accept: { list: 'application/json', watch: 'application/json' },
})

const PACE: Pace = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    await setTimeout(ms, undefined, { signal }).catch(() => {})
  },
  random: Math.random,
}

/** `directory`: where a relative path starts. Throws `Usage` when it is clear from the start that there is no way to a cluster. */
export async function openCluster(config: KubernetesConfig, directory: string): Promise<Cluster> {
  const { kubeconfig } = config
  const api = await openApi({ kubeconfig: kubeconfig === undefined ? null : resolve(directory, kubeconfig) })
  return new Cluster(api, config, PACE)
}

export class Cluster implements AsyncDisposable {
  readonly node: string
  readonly #pods: Pods
  readonly #reflectors: readonly Reflector[]
  readonly #stop = new AbortController()
  readonly #running: Promise<unknown>

  /** Begins to list and watch at once. */
  constructor(api: Api, config: KubernetesConfig, pace: Pace) {
    const { page, objectBytes } = config.limits
    const options = { page, objectBytes, answerMs: config.answerMs, silenceMs: config.silenceMs }
    this.node = nodeOf(config)
    this.#pods = new Pods(config.limits)
    this.#reflectors = [
      new Reflector(api, NAMESPACES, this.#pods.namespaces, options, pace),
      new Reflector(api, podsOf(this.node), this.#pods.pods, options, pace),
    ]
    this.#running = Promise.all(this.#reflectors.map(reflector => reflector.run(this.#stop.signal)))
  }

  /** Where the processes of a cgroup run, as far as that is known now; while the API server is away, as it was before. */
  locate(cgroup: string): Location {
    return this.#pods.locate(cgroup)
  }

  /** Grows when `locate` may give other answers. */
  get version(): number {
    return this.#pods.version
  }

  /** Has everything been listed once? */
  get ready(): boolean {
    return this.#reflectors.every(({ listed }) => listed)
  }

  /** What is wrong with the API server, in one line; null when nothing is. */
  get problem(): string | null {
    const problems = this.#reflectors.flatMap(({ problem }) => problem ?? [])
    if (problems.length === 0) return null
    const state = this.ready
      ? 'what was known before still holds'
      : 'no pod is known yet, and unknown ones are not mirrored'
    return `${problems.join('; ')} (${state})`
  }

  /** Sums over both collections. */
  stats(): Readonly<Record<string, number>> {
    const { podsRefused, namespacesRefused, annotationsDropped, malformed } = this.#pods.stats()
    const sum = (key: keyof ReflectorCounts) =>
      this.#reflectors.reduce((total, reflector) => total + reflector.stats()[key], 0)
    return {
      'kubernetes.lists': sum('lists'),
      'kubernetes.watches': sum('watches'),
      'kubernetes.events': sum('events'),
      'kubernetes.bookmarks': sum('bookmarks'),
      'kubernetes.expired': sum('expired'),
      'kubernetes.failures': sum('failures'),
      'kubernetes.malformed': sum('malformed') + malformed,
      'kubernetes.pods.refused': podsRefused,
      'kubernetes.namespaces.refused': namespacesRefused,
      'kubernetes.annotations.dropped': annotationsDropped,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}
