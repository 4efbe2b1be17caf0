/** Pods are selected by what the API server says of them, while everything runs: labels, annotations, rules; also when it is away. */
import assert from 'node:assert/strict'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ApiServer } from '#producers/ebpf/kubernetes/api-server.test-support.ts'
import { missing } from '#test/needs.ts'
import { scratch } from '../tapwire.ts'
import { capture, ready } from './node.ts'
import { answers, hierarchy, type Server, startPod } from './pods.ts'

const pod = (name: string, namespace: string, server: Server, annotations: Readonly<Record<string, string>> = {}) => ({
  kind: 'Pod',
  metadata: { name, namespace, uid: server.uid, labels: { app: name }, annotations },
  spec: { nodeName: 'node-1' },
  status: { containerStatuses: [{ name: 'web', containerID: `containerd://${server.container}` }] },
})
const namespace = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
  kind: 'Namespace',
  metadata: { name, labels },
})

test('labels, annotations and rules decide while everything runs, the last known ones while the API is away', async t => {
  if (!ready(t, 'openssl')) return
  const root = hierarchy()
  if (root === null || process.geteuid?.() !== 0) return void missing(t, 'no cgroup v2 to make groups in')
  const folder = scratch(t)
  const [labelled, marked, ruled] = [
    await startPod(t, root, 'a'),
    await startPod(t, root, 'b'),
    await startPod(t, root, 'c'),
  ]
  await using api = new ApiServer()
  await api.start()
  api.put('namespaces', namespace('shop'))
  api.put('namespaces', namespace('bank'))
  api.put('pods', pod('labelled', 'shop', labelled))
  api.put('pods', pod('marked', 'bank', marked, { 'mirror.wallarm.com/enabled': 'true' }))
  api.put('pods', pod('ruled', 'bank', ruled))
  const rules = join(folder, 'rules.yaml')
  writeFileSync(rules, 'allNamespaces: false')

  const { exchanges, ended } = await capture(
    folder,
    {},
    async ({ seen, came }) => {
      let asked = 0
      const ask = async ({ port }: Server, name: string): Promise<string> => {
        const target = `/${name}/${++asked}`
        assert.ok(await answers(port, target))
        return target
      }
      /** Asks until it is seen. */
      const untilSeen = async (server: Server, name: string): Promise<void> => {
        let done = false
        const coming = seen(target => target.startsWith(`/${name}/`), 1).finally(() => {
          done = true
        })
        while (!done) await ask(server, name).then(() => new Promise(resolve => setTimeout(resolve, 100)))
        await coming
      }
      /** Asks until it is not seen any more, three times over: what `marked` is asked afterwards is seen. */
      const untilUnseen = async (server: Server, name: string): Promise<void> => {
        for (let unseen = 0; unseen < 3; ) {
          const target = await ask(server, name)
          const next = await ask(marked, 'witness')
          await seen(other => other === next, 1)
          unseen = came(target) ? 0 : unseen + 1
        }
      }
      await untilSeen(marked, 'annotated')
      await ask(labelled, 'early')
      api.put('namespaces', namespace('shop', { 'tapwire.io/mirror': 'true' }))
      await untilSeen(labelled, 'label')
      await ask(ruled, 'early')
      writeFileSync(`${rules}.new`, 'filters: [{ pod_labels: { app: ruled }, container_name: web }]')
      renameSync(`${rules}.new`, rules)
      await untilSeen(ruled, 'rule')
      await api.stop()
      const kept = [await ask(labelled, 'away'), await ask(marked, 'away'), await ask(ruled, 'away')]
      await seen(target => kept.includes(target), 3)
      api.put('namespaces', namespace('shop', { 'wallarm-mirror': 'disabled' }))
      await api.start()
      await untilUnseen(labelled, 'disabled')
      await ask(labelled, 'late')
    },
    { rules, cgroups: root, kubernetes: { node: 'node-1', kubeconfig: join(api.root, 'kubeconfig') } },
  )

  assert.equal(ended.stderr, '')
  const names = new Set(exchanges.map(({ request }) => request.target.split('/')[1]))
  for (const name of ['annotated', 'label', 'rule', 'away', 'witness']) assert.ok(names.has(name), name)
  for (const name of ['early', 'late']) assert.ok(!names.has(name), name)
  const [first] = exchanges.filter(({ request }) => request.target.startsWith('/label/'))
  const { pod: found, container } = first?.connection.process ?? {}
  assert.deepEqual([found, container], [{ uid: labelled.uid, namespace: 'shop', name: 'labelled' }, labelled.container])
})
