/** The pods of this node and the labels of all namespaces, by what a cgroup tells: uid of the pod, id of the container. */
import type { Location, PodFacts } from '../selection/facts.ts'
import { NATIVE, POD_ANNOTATION } from '../selection/marks.ts'
import { whereabouts } from './cgroup.ts'
import { asJson, type KubeObject, textEntries } from './objects.ts'
import type { Copy } from './reflector.ts'

export interface PodLimits {
  readonly pods: number
  readonly namespaces: number
  readonly annotationBytes: number
}

export interface PodCounts {
  readonly podsRefused: number
  readonly namespacesRefused: number
  readonly annotationsDropped: number
  readonly malformed: number
}

interface Pod {
  readonly facts: Omit<PodFacts, 'namespaceLabels'>
  /** What cgroups call it: a static pod's are named by its hash, not by the uid of its mirror in the API. */
  readonly uids: readonly string[]
  /** Name by id. */
  readonly containers: ReadonlyMap<string, string>
}

const HASH = 'kubernetes.io/config.mirror'
const STATUSES = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses']
const MOST_CONTAINERS = 256
const MOST_LOCATED = 16_384
/** Read before all others, so that they are never those that find no room. */
const FIRST = [NATIVE, POD_ANNOTATION, HASH]

const HOST: Location = { pod: 'none', container: null }
const UNKNOWN: Location = { pod: 'unknown', container: null }

export class Pods {
  readonly #limits: PodLimits
  /** By namespace and name: that is what the API deletes by. */
  readonly #pods = new Map<string, Pod>()
  readonly #byUid = new Map<string, Pod>()
  readonly #byContainer = new Map<string, Pod>()
  readonly #namespaces = new Map<string, ReadonlyMap<string, string>>()
  /** Answers of `locate` by path, until something changes. */
  readonly #located = new Map<string, Location>()
  #version = 0
  readonly #counts = { podsRefused: 0, namespacesRefused: 0, annotationsDropped: 0, malformed: 0 }

  constructor(limits: PodLimits) {
    this.#limits = limits
  }

  /** Grows with every change: whoever sees it grow asks `locate` again. */
  get version(): number {
    return this.#version
  }

  stats(): PodCounts {
    return { ...this.#counts }
  }

  /** Asked for every connection, about few cgroups: answers are kept. */
  locate(cgroup: string): Location {
    const known = this.#located.get(cgroup)
    if (known !== undefined) return known
    const location = this.#locate(cgroup)
    if (this.#located.size >= MOST_LOCATED) this.#located.clear()
    this.#located.set(cgroup, location)
    return location
  }

  /** A pod whose namespace is not known is unknown: the namespace may say no. */
  #locate(cgroup: string): Location {
    const { pod: uid, container, kubernetes } = whereabouts(cgroup)
    const named = uid === null ? undefined : this.#byUid.get(uid)
    const pod = named ?? (container === null ? undefined : this.#byContainer.get(container))
    if (pod === undefined) return kubernetes ? UNKNOWN : HOST
    const namespaceLabels = this.#namespaces.get(pod.facts.namespace)
    if (namespaceLabels === undefined) return UNKNOWN
    const name = container === null ? undefined : pod.containers.get(container)
    return { pod: { ...pod.facts, namespaceLabels }, container: name ?? null }
  }

  readonly pods: Copy = {
    replace: objects => {
      this.#pods.clear()
      this.#byUid.clear()
      this.#byContainer.clear()
      for (const object of objects) this.#put(object)
      this.#changed()
    },
    put: object => {
      this.#put(object)
      this.#changed()
    },
    delete: ({ metadata }) => {
      this.#forget(keyOf(metadata['namespace'], metadata.name))
      this.#changed()
    },
  }

  readonly namespaces: Copy = {
    replace: objects => {
      this.#namespaces.clear()
      for (const object of objects) this.#putNamespace(object)
      this.#changed()
    },
    put: object => {
      this.#putNamespace(object)
      this.#changed()
    },
    delete: ({ metadata }) => {
      this.#namespaces.delete(metadata.name)
      this.#changed()
    },
  }

  #changed(): void {
    this.#version++
    this.#located.clear()
  }

  #put(object: KubeObject): void {
    const pod = this.#read(object)
    if (pod === null) {
      this.#counts.malformed++
      return
    }
    const key = keyOf(pod.facts.namespace, pod.facts.name)
    this.#forget(key)
    if (this.#pods.size >= this.#limits.pods) {
      this.#counts.podsRefused++
      return
    }
    this.#pods.set(key, pod)
    // Whoever may make pods may claim a hash: the first one has it, and a uid is never one.
    for (const uid of pod.uids) if (!this.#byUid.has(uid)) this.#byUid.set(uid, pod)
    for (const id of pod.containers.keys()) this.#byContainer.set(id, pod)
  }

  #forget(key: string): void {
    const pod = this.#pods.get(key)
    if (pod === undefined) return
    this.#pods.delete(key)
    for (const uid of pod.uids) if (this.#byUid.get(uid) === pod) this.#byUid.delete(uid)
    for (const id of pod.containers.keys()) if (this.#byContainer.get(id) === pod) this.#byContainer.delete(id)
  }

  #putNamespace({ metadata }: KubeObject): void {
    const { name } = metadata
    if (this.#namespaces.size >= this.#limits.namespaces && !this.#namespaces.has(name)) {
      this.#counts.namespacesRefused++
      return
    }
    this.#namespaces.set(name, new Map(textEntries(metadata['labels'])))
  }

  #read({ metadata, status }: KubeObject): Pod | null {
    const { name, namespace, uid } = metadata
    if (typeof namespace !== 'string' || typeof uid !== 'string') return null
    const labels = new Map(textEntries(metadata['labels']))
    const annotations = this.#annotations(metadata['annotations'])
    const hash = annotations.get(HASH) ?? ''
    return {
      facts: { uid, namespace, name, labels, annotations },
      uids: /^[0-9a-f]{32}$/.test(hash) ? [uid, hash] : [uid],
      containers: new Map(containersOf(asJson(status) ?? {})),
    }
  }

  #annotations(given: unknown): ReadonlyMap<string, string> {
    const entries = textEntries(given)
    const rank = ([key]: readonly [string, string]) => (FIRST.includes(key) ? 0 : 1)
    const kept = new Map<string, string>()
    let room = this.#limits.annotationBytes
    for (const [key, value] of entries.toSorted((a, b) => rank(a) - rank(b))) {
      const bytes = key.length + Buffer.byteLength(value)
      if (bytes > room) {
        this.#counts.annotationsDropped++
        continue
      }
      room -= bytes
      kept.set(key, value)
    }
    return kept
  }
}

function keyOf(namespace: unknown, name: string): string {
  return `${String(namespace)}/${name}`
}

/** `containerID` is `<runtime>://<id>`, empty until the container exists. */
function containersOf(status: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] {
  const statuses = STATUSES.flatMap(key => {
    const list = status[key]
    return Array.isArray(list) ? (list as readonly unknown[]) : []
  })
  return statuses.slice(0, MOST_CONTAINERS).flatMap(entry => {
    const { name, containerID } = asJson(entry) ?? {}
    const id = typeof containerID === 'string' ? /^[a-z-]+:\/\/([0-9a-f]{64})$/.exec(containerID)?.[1] : undefined
    return id === undefined || typeof name !== 'string' ? [] : [[id, name] as const]
  })
}
