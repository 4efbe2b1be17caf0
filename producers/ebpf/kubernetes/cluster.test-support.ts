/** A cluster under test, with an API server of its own. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { needs } from '#test/needs.ts'
import { ApiServer } from './api-server.test-support.ts'
import { openApi } from './client.ts'
import { Cluster } from './cluster.ts'
import { type KubernetesConfig, kubernetes } from './config.ts'
import { namespace, pod } from './kube-objects.test-support.ts'

export interface Setting {
  readonly server: ApiServer
  readonly cluster: Cluster
  /** What a failing reflector waited for, in ms. */
  readonly waits: readonly number[]
}

/** A cluster with the pods `app-1` of this node and `app-2` of another one, listed. Null: skipped. */
export async function open(
  t: TestContext,
  changes: object = {},
  before: (server: ApiServer) => void = () => {},
): Promise<Setting | null> {
  if (!needs(t, 'openssl')) return null
  const server = new ApiServer()
  await server.start()
  t.after(() => server[Symbol.asyncDispose]())
  server.put('namespaces', namespace('shop'))
  server.put('pods', pod('app-1'))
  server.put('pods', pod('app-2', {}, 'node-2'))
  before(server)
  const config: KubernetesConfig = kubernetes.parse({ node: 'node-1', ...changes })
  const waits: number[] = []
  const pace = {
    now: () => performance.now(),
    sleep: async (ms: number) => {
      waits.push(ms)
      await setTimeout(1)
    },
    random: () => 1,
  }
  const cluster = new Cluster(await openApi({ kubeconfig: null, root: server.root }), config, pace)
  t.after(() => cluster[Symbol.asyncDispose]())
  return { server, cluster, waits }
}

/** Until it holds. How long that takes is of no matter, as long as it comes. */
export async function until(condition: () => boolean): Promise<void> {
  const begun = performance.now()
  while (!condition()) {
    assert.ok(performance.now() - begun < 20_000, `never came: ${condition}`)
    await setTimeout(1)
  }
}

export const podNameAt = ({ cluster }: Setting, cgroup: string) => {
  const { pod: found } = cluster.locate(cgroup)
  return typeof found === 'string' ? found : found.name
}
export const listening = ({ server }: Setting) => server.watchers === 2
