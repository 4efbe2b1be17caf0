import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { needs } from '#test/needs.ts'
import { ApiServer, fail, reply } from './api-server.test-support.ts'
import { openApi } from './client.ts'
import { listening, open, podNameAt, until } from './cluster.test-support.ts'
import { cgroupOf, pod } from './kube-objects.test-support.ts'

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
