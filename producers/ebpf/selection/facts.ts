/** What a rule can ask: of a process, where it runs, and of one of its connections. */

export interface ProcessFacts {
  readonly pid: number
  /** Name of the thread group leader, 15 bytes at most; the process chooses it. */
  readonly comm: string
  /** Path of the executable as its own mount namespace has it; null when it could not be read. */
  readonly exe: string | null
  /** Effective user id; null when it could not be read. */
  readonly uid: number | null
  /** Its name on this machine; null when it has none. */
  readonly user: string | null
  /** Path below the cgroup root, e.g. `/system.slice/nginx.service`. */
  readonly cgroup: string
}

export interface PodFacts {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly annotations: ReadonlyMap<string, string>
  readonly namespaceLabels: ReadonlyMap<string, string>
}

export interface Location {
  /** `none`: not in Kubernetes. `unknown`: in a pod that is not known (yet), or whose namespace is not. */
  readonly pod: PodFacts | 'none' | 'unknown'
  /** Name in the pod's specification; null while it is not known. */
  readonly container: string | null
}

export interface ConnectionFacts {
  /** `inbound`: the process accepted it. */
  readonly direction: 'inbound' | 'outbound'
  /** Port of the side that accepted; null: asked about all. */
  readonly port: number | null
  /** Address of the other side; null: asked about all. */
  readonly peer: string | null
}

export interface Facts extends Location {
  /** Name of this node in Kubernetes; null without. */
  readonly node: string | null
  readonly process: ProcessFacts
  /** Null: asked about the process as a whole. */
  readonly connection: ConnectionFacts | null
}

/** Kleene's three values. `perhaps`: depends on what is not known yet, such as the connection. */
export type Answer = 'yes' | 'no' | 'perhaps'

export function not(answer: Answer): Answer {
  if (answer === 'perhaps') return answer
  return answer === 'yes' ? 'no' : 'yes'
}

/** The weaker of both. */
export function both(a: Answer, b: Answer): Answer {
  if (a === 'no' || b === 'no') return 'no'
  return a === 'yes' ? b : a
}
