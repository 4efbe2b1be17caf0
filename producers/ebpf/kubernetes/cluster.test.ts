import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fail, reply } from './api-server.test-support.ts'
import { listening, open, podNameAt, until } from './cluster.test-support.ts'
import { cgroupOf, namespace, pod } from './kube-objects.test-support.ts'

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
