import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { needs } from '#test/needs.ts'
import { ApiServer, fail, reply } from './api-server.test-support.ts'
import { openApi } from './client.ts'
import { Cluster } from './cluster.ts'
import { type KubernetesConfig, kubernetes } from './config.ts'
import { cgroupOf, namespace, pod } from './kube-objects.test-support.ts'

interface Setting {
  readonly server: ApiServer
  readonly cluster: Cluster
  /** What a failing reflector waited for, in ms. */
  readonly waits: readonly number[]
}

/** A cluster with the pods `app-1` of this node and `app-2` of another one, listed. Null: skipped. */
async function open(
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
async function until(condition: () => boolean): Promise<void> {
  const begun = performance.now()
  while (!condition()) {
    assert.ok(performance.now() - begun < 20_000, `never came: ${condition}`)
    await setTimeout(1)
  }
}

const podNameAt = ({ cluster }: Setting, cgroup: string) => {
  const { pod: found } = cluster.locate(cgroup)
  return typeof found === 'string' ? found : found.name
}
const listening = ({ server }: Setting) => server.watchers === 2

describe('a cluster', () => {
  test('is listed and watched: pods of this node, labels of namespaces', async t => {
    const setting = await open(t)
    if (setting === null) return
    const { server, cluster } = setting
    await until(() => cluster.ready && listening(setting))
    assert.equal(podNameAt(setting, cgroupOf('app-1')), 'app-1')
    assert.equal(podNameAt(setting, cgroupOf('app-2')), 'unknown')
    assert.equal(podNameAt(setting, '/system.slice/sshd.service'), 'none')
    assert.deepEqual(cluster.locate(cgroupOf('app-1')).container, 'web')

    const before = cluster.version
    server.put('pods', pod('app-3'))
    server.put('namespaces', namespace('shop', { 'tapwire.io/mirror': 'true' }))
    await until(() => podNameAt(setting, cgroupOf('app-3')) === 'app-3')
    await until(() => {
      const { pod: found } = cluster.locate(cgroupOf('app-1'))
      return typeof found !== 'string' && found.namespaceLabels.get('tapwire.io/mirror') === 'true'
    })
    assert.ok(cluster.version > before)
    server.delete('pods', pod('app-1'))
    await until(() => podNameAt(setting, cgroupOf('app-1')) === 'unknown')
    server.delete('namespaces', namespace('shop'))
    await until(() => podNameAt(setting, cgroupOf('app-3')) === 'unknown')
    assert.equal(cluster.problem, null)
    const { 'kubernetes.lists': lists, 'kubernetes.events': events, 'kubernetes.failures': failures } = cluster.stats()
    assert.deepEqual([lists, events, failures], [2, 4, 0])
  })

  test('is asked as the API wants to be asked', async t => {
    const setting = await open(t)
    if (setting === null) return
    const { server } = setting
    await until(() => listening(setting))
    const [list, watch] = server.asked.filter(({ kind }) => kind === 'pods')
    assert.deepEqual(Object.fromEntries(list!.query), {
      fieldSelector: 'spec.nodeName=node-1',
      limit: '500',
      resourceVersion: '0',
    })
    const { timeoutSeconds, ...rest } = Object.fromEntries(watch!.query)
    assert.equal(timeoutSeconds, '600')
    assert.deepEqual(rest, {
      fieldSelector: 'spec.nodeName=node-1',
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: '103',
    })
    const accepts = server.asked.filter(({ kind }) => kind === 'namespaces').map(({ accept }) => accept.split(';')[1])
    assert.deepEqual(accepts, ['as=PartialObjectMetadataList', 'as=PartialObjectMetadata'])
  })

  test('is listed in pages', async t => {
    const setting = await open(t, { limits: { page: 2 } }, server => {
      for (const digit of '345678') server.put('pods', pod(`app-${digit}`))
    })
    if (setting === null) return
    await until(() => setting.cluster.ready)
    for (const digit of '1345678') assert.equal(podNameAt(setting, cgroupOf(`app-${digit}`)), `app-${digit}`)
    const lists = setting.server.asked.filter(({ kind, query }) => kind === 'pods' && !query.has('watch'))
    assert.deepEqual(
      lists.map(({ query }) => query.get('continue')),
      [null, '2', '4', '6'],
    )
  })
})

describe('a watch', () => {
  test('that the server ends goes on where it was, without a list', async t => {
    const setting = await open(t)
    if (setting === null) return
    const { server, cluster } = setting
    await until(() => listening(setting))
    server.bookmark('pods')
    await until(() => cluster.stats()['kubernetes.bookmarks'] === 1)
    server.end('pods')
    server.put('pods', pod('app-3'))
    await until(() => podNameAt(setting, cgroupOf('app-3')) === 'app-3')
    const versions = server.asked
      .filter(({ kind, query }) => kind === 'pods' && query.has('watch'))
      .map(({ query }) => query.get('resourceVersion'))
    assert.deepEqual(versions, ['103', '104'])
    assert.equal(cluster.stats()['kubernetes.lists'], 2)
  })

  test('that is cut in the middle of an event loses nothing', async t => {
    const setting = await open(t)
    if (setting === null) return
    const { server, cluster } = setting
    await until(() => listening(setting))
    server.cut('pods')
    server.put('pods', pod('app-3'))
    await until(() => podNameAt(setting, cgroupOf('app-3')) === 'app-3')
    assert.equal(podNameAt(setting, cgroupOf('app-1')), 'app-1')
    assert.equal(cluster.stats()['kubernetes.lists'], 2)
    assert.equal(cluster.problem, null)
  })

  test('from a version that is too old is replaced by a list: what went meanwhile is gone', async t => {
    const setting = await open(t)
    if (setting === null) return
    const { server, cluster } = setting
    await until(() => listening(setting))
    await server.stop()
    server.delete('pods', pod('app-1'))
    server.put('pods', pod('app-3'))
    server.forget()
    await server.start()
    await until(() => podNameAt(setting, cgroupOf('app-3')) === 'app-3')
    assert.equal(podNameAt(setting, cgroupOf('app-1')), 'unknown')
    await until(() => cluster.problem === null)
    assert.ok(cluster.stats()['kubernetes.expired']! >= 1)
    const again = server.asked.findLast(({ kind, query }) => kind === 'pods' && !query.has('watch'))
    assert.equal(again?.query.get('resourceVersion'), null)
  })

  test('answered by 410 is replaced by a list', async t => {
    const setting = await open(t, {}, server => {
      server.faults.push({ kind: 'pods', watch: true, answer: response => fail(response, 410) })
    })
    if (setting === null) return
    await until(() => listening(setting))
    assert.equal(setting.cluster.stats()['kubernetes.expired'], 1)
    assert.equal(setting.cluster.stats()['kubernetes.lists'], 3)
  })

  for (const [name, text] of [
    ['no JSON', 'nonsense\n'],
    ['no object', '{"type":"ADDED"}\n'],
    ['no name', '{"type":"ADDED","object":{"metadata":{"resourceVersion":"500"}}}\n'],
    ['no version', '{"type":"ADDED","object":{"metadata":{"name":"x"}}}\n'],
    ['an unknown type', '{"type":"RENAMED","object":{"metadata":{"name":"x","resourceVersion":"500"}}}\n'],
    ['longer than allowed', `${'x'.repeat(70_000)}\n`],
    ['longer than allowed, without an end', 'x'.repeat(70_000)],
  ] as const) {
    test(`with an event that is ${name}: all is listed again, because one was missed`, async t => {
      const setting = await open(t, { limits: { objectBytes: 65_536 } })
      if (setting === null) return
      const { server, cluster } = setting
      await until(() => listening(setting))
      server.send('pods', text)
      await until(() => cluster.stats()['kubernetes.lists'] === 3 && listening(setting))
      assert.equal(cluster.stats()['kubernetes.malformed'], 1)
      server.put('pods', pod('app-3'))
      await until(() => podNameAt(setting, cgroupOf('app-3')) === 'app-3')
    })
  }

  test('on which nothing comes is begun anew', async t => {
    const setting = await open(t, { silenceMs: 100 })
    if (setting === null) return
    const { server, cluster } = setting
    await until(() => cluster.stats()['kubernetes.watches']! >= 4)
    await until(() => listening(setting))
    server.put('pods', pod('app-3'))
    await until(() => podNameAt(setting, cgroupOf('app-3')) === 'app-3')
    assert.equal(cluster.stats()['kubernetes.lists'], 2)
  })

  test('that ends at once, time and again, is asked for more and more slowly', async t => {
    const setting = await open(t, {}, server => {
      for (let i = 0; i < 7; i++)
        server.faults.push({ kind: 'pods', watch: true, answer: response => reply(response, 200, '') })
    })
    if (setting === null) return
    await until(() => setting.server.faults.length === 0 && listening(setting))
    assert.deepEqual(setting.waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  })
})

describe('while the API server is away', () => {
  test('what was known holds, and the reason is said and counted', async t => {
    const setting = await open(t)
    if (setting === null) return
    const { server, cluster } = setting
    await until(() => listening(setting))
    await server.stop()
    await until(() => /pods: .*ECONNREFUSED/.test(cluster.problem ?? ''))
    assert.match(String(cluster.problem), /\(what was known before still holds\)/)
    assert.equal(podNameAt(setting, cgroupOf('app-1')), 'app-1')
    assert.ok(cluster.stats()['kubernetes.failures']! > 0)
    await server.start()
    server.put('pods', pod('app-3'))
    await until(() => podNameAt(setting, cgroupOf('app-3')) === 'app-3')
    await until(() => cluster.problem === null)
  })

  test('from the start: every pod is unknown, until it comes', async t => {
    const setting = await open(t, {}, server => {
      for (const kind of ['pods', 'namespaces'] as const)
        for (let i = 0; i < 2; i++) server.faults.push({ kind, watch: false, answer: response => fail(response, 500) })
    })
    if (setting === null) return
    const { server, cluster } = setting
    assert.equal(cluster.ready, false)
    assert.equal(podNameAt(setting, cgroupOf('app-1')), 'unknown')
    await until(() => cluster.ready)
    assert.equal(podNameAt(setting, cgroupOf('app-1')), 'app-1')
    assert.equal(server.faults.length, 0)
  })

  test('an answer that is slow counts as none', async t => {
    const setting = await open(t, { answerMs: 200 }, server => {
      server.faults.push({ kind: 'pods', watch: false, answer: () => {} })
      server.faults.push({
        kind: 'namespaces',
        watch: false,
        answer: response => void response.writeHead(200).write('{'),
      })
      server.faults.push({ kind: 'pods', watch: true, answer: () => {} })
    })
    if (setting === null) return
    await until(() => setting.cluster.ready && listening(setting))
    assert.equal(setting.server.faults.length, 0)
  })

  test('it may ask for more time', async t => {
    const setting = await open(t, {}, server => {
      server.faults.push({
        kind: 'pods',
        watch: false,
        answer: response => fail(response, 429, { 'retry-after': '77' }),
      })
    })
    if (setting === null) return
    await until(() => setting.cluster.ready)
    assert.deepEqual(setting.waits, [77_000])
  })

  test('a list that is none, or too long, is not believed', async t => {
    const setting = await open(t, { limits: { page: 1, objectBytes: 65_536 } }, server => {
      const answers = ['[]', '{}', '{"metadata":{"resourceVersion":"7"},"items":3}', ' '.repeat(70_000)]
      for (const text of answers)
        server.faults.push({ kind: 'pods', watch: false, answer: response => reply(response, 200, text) })
    })
    if (setting === null) return
    await until(() => setting.cluster.ready)
    assert.equal(setting.cluster.stats()['kubernetes.malformed'], 4)
    assert.equal(podNameAt(setting, cgroupOf('app-1')), 'app-1')
  })

  test('items of a list that are none are left out and counted', async t => {
    const items = [null, 3, {}, { metadata: { name: 'no-uid', namespace: 'shop' } }, pod('app-9')]
    const setting = await open(t, {}, server => {
      const text = JSON.stringify({ metadata: { resourceVersion: '103' }, items })
      server.faults.push({ kind: 'pods', watch: false, answer: response => reply(response, 200, text) })
    })
    if (setting === null) return
    await until(() => setting.cluster.ready)
    assert.equal(podNameAt(setting, cgroupOf('app-9')), 'app-9')
    assert.equal(setting.cluster.stats()['kubernetes.malformed'], 4)
  })
})

describe('credentials', () => {
  test('a token that was replaced is read again', async t => {
    const setting = await open(t)
    if (setting === null) return
    const { server, cluster } = setting
    await until(() => listening(setting))
    server.token = 'second-token'
    server.end('pods')
    await until(() => (cluster.problem ?? '').includes('401'))
    server.writeToken('second-token')
    server.put('pods', pod('app-3'))
    await until(() => podNameAt(setting, cgroupOf('app-3')) === 'app-3')
    await until(() => cluster.problem === null)
  })

  test('a right that is missing is named', async t => {
    const setting = await open(t, {}, server => {
      server.faults.push({ kind: 'namespaces', watch: false, answer: response => fail(response, 403) })
    })
    if (setting === null) return
    let said = ''
    await until(() => (said ||= setting.cluster.problem ?? '') !== '')
    assert.match(said, /no right to list and watch namespaces \(403\): apply the ClusterRole/)
    assert.match(said, /no pod is known yet/)
  })

  test('a server that another authority vouches for is not believed', async t => {
    if (!needs(t, 'openssl')) return
    await using server = new ApiServer()
    await using impostor = new ApiServer()
    await server.start()
    await impostor.start() // the environment names it now, the authority is that of the other
    const api = await openApi({ kubeconfig: null, root: server.root })
    await assert.rejects(api.get('/api/v1/pods', {}, 'application/json', AbortSignal.timeout(10_000)), error => {
      assert.match(String((error as Error).cause), /self-signed certificate|unable to verify|signature/)
      return true
    })
    assert.equal(impostor.asked.length + impostor.refused, 0)
  })

  test('come from a kubeconfig file as well', async t => {
    if (!needs(t, 'openssl')) return
    await using server = new ApiServer()
    await server.start()
    const api = await openApi({ kubeconfig: join(server.root, 'kubeconfig') })
    const { status, body } = await api.get('/api/v1/pods', {}, 'application/json', AbortSignal.timeout(10_000))
    for await (const _ of body) await setImmediate()
    assert.equal(status, 200)
  })

  test('without a cluster around, or with a file that is none, the start is refused', async t => {
    const { KUBERNETES_SERVICE_HOST: host } = process.env
    delete process.env['KUBERNETES_SERVICE_HOST']
    t.after(() => {
      if (host !== undefined) process.env['KUBERNETES_SERVICE_HOST'] = host
    })
    await assert.rejects(openApi({ kubeconfig: null }), /this is no pod.*name a kubeconfig file/)
    await assert.rejects(openApi({ kubeconfig: '/nowhere' }), /\/nowhere cannot be used/)
    const folder = mkdtempSync(join(tmpdir(), 'tapwire-kubeconfig-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'empty')
    writeFileSync(file, '{}')
    await assert.rejects(openApi({ kubeconfig: file }), /empty names no server for its current context/)
  })
})
