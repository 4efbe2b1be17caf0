/** Facts for tests, written with what matters in the test. */
import type { ConnectionFacts, Facts, PodFacts, ProcessFacts } from './facts.ts'
import type { Target } from './targets.ts'

type Texts = Readonly<Record<string, string>>

export interface Sketch {
  /** Null: not in Kubernetes. */
  readonly pod?:
    | {
        readonly namespace?: string
        readonly name?: string
        readonly labels?: Texts
        readonly annotations?: Texts
        readonly namespaceLabels?: Texts
      }
    | 'unknown'
    | null
  readonly container?: string | null
  readonly node?: string | null
  readonly process?: Partial<ProcessFacts>
  readonly connection?: Partial<ConnectionFacts> | null
}

/** A pod `app` in `shop`, nginx in it, and a connection from outside to its port 443, unless said otherwise. */
export function facts(sketch: Sketch = {}): Facts {
  const { pod = {}, container = 'web', node = 'node-1', process = {}, connection = {} } = sketch
  return {
    node,
    pod: pod === null ? 'none' : pod === 'unknown' ? pod : podFacts(pod),
    container,
    process: { pid: 7, comm: 'nginx', exe: '/usr/sbin/nginx', uid: 33, user: 'www-data', cgroup: '/a/b', ...process },
    connection: connection === null ? null : { direction: 'inbound', port: 443, peer: '192.0.2.9', ...connection },
  }
}

export function target(pid: number, changes: Partial<Target> = {}): Target {
  return { ...facts().process, pid, cgroupId: BigInt(1000 + pid), ...changes }
}

export function podFacts(sketch: Exclude<Sketch['pod'], 'unknown' | null | undefined>): PodFacts {
  const { namespace = 'shop', name = 'app', labels = {}, annotations = {}, namespaceLabels = {} } = sketch
  return {
    uid: 'u1',
    namespace,
    name,
    labels: new Map(Object.entries(labels)),
    annotations: new Map(Object.entries(annotations)),
    namespaceLabels: new Map(Object.entries(namespaceLabels)),
  }
}
