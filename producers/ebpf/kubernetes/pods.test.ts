import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cgroupOf, ID, namespace, pod, UID } from './kube-objects.test-support.ts'
import type { KubeObject } from './objects.ts'
import { Pods } from './pods.ts'

const LIMITS = { pods: 10, namespaces: 10, annotationBytes: 1024 }

function pods(
  objects: readonly KubeObject[],
  limits = LIMITS,
  namespaces: readonly KubeObject[] = [namespace('shop')],
): Pods {
  const known = new Pods(limits)
  known.namespaces.replace(namespaces)
  known.pods.replace(objects)
  return known
}

const nameAt = (known: Pods, cgroup: string) => {
  const { pod: found } = known.locate(cgroup)
  return typeof found === 'string' ? found : found.name
}

describe('a process is found', () => {
  test('by the uid of its pod, and the container has its name', () => {
    const { pod: found, container } = pods([pod('app-1', { labels: { app: 'x' } })]).locate(cgroupOf('app-1'))
    assert.equal(container, 'web')
    assert.ok(typeof found !== 'string')
    assert.deepEqual([found.uid, found.namespace, found.labels.get('app')], [UID('1'), 'shop', 'x'])
  })

  test('by the uid, before the kubelet has told about the container', () => {
    const young = { ...pod('app-1'), status: { containerStatuses: [{ name: 'web', containerID: '' }] } }
    const { pod: found, container } = pods([young]).locate(cgroupOf('app-1'))
    assert.ok(typeof found !== 'string')
    assert.equal(container, null)
  })

  test('by the id of its container alone', () => {
    assert.equal(nameAt(pods([pod('app-1')]), `/../cri-containerd-${ID('1')}.scope`), 'app-1')
    assert.equal(nameAt(pods([pod('app-1')]), `/docker/${ID('1')}`), 'app-1')
  })

  test('in containers of every kind and runtime', () => {
    const status = {
      initContainerStatuses: [{ name: 'init', containerID: `docker://${ID('a')}` }],
      containerStatuses: [{ name: 'web', containerID: `cri-o://${ID('b')}` }],
      ephemeralContainerStatuses: [{ name: 'debug', containerID: `containerd://${ID('c')}` }],
    }
    const known = pods([{ ...pod('app-1'), status }])
    const names = ['a', 'b', 'c'].map(digit => known.locate(`/kubepods/pod${UID('1')}/${ID(digit)}`).container)
    assert.deepEqual(names, ['init', 'web', 'debug'])
  })

  test('by the hash of a static pod, which its mirror in the API names', () => {
    const hash = 'f'.repeat(32)
    const known = pods([pod('app-1', { annotations: { 'kubernetes.io/config.mirror': hash } })])
    assert.equal(nameAt(known, `/kubepods/burstable/pod${hash}/${ID('9')}`), 'app-1')
  })

  test('a hash that somebody else has, or that is the uid of another pod, is not believed', () => {
    const claim = (hash: string) => ({ annotations: { 'kubernetes.io/config.mirror': hash } })
    const hash = 'f'.repeat(32)
    const known = pods([pod('app-1', claim(hash)), pod('app-2', claim(hash)), pod('app-3', claim(UID('1')))])
    assert.equal(nameAt(known, `/kubepods/burstable/pod${hash}/${ID('9')}`), 'app-1')
    assert.equal(nameAt(known, cgroupOf('app-1')), 'app-1')
    known.pods.delete(pod('app-3'))
    assert.equal(nameAt(known, cgroupOf('app-1')), 'app-1')
  })
})

describe('a process is', () => {
  test('outside of Kubernetes', () => {
    assert.deepEqual(pods([]).locate('/system.slice/sshd.service'), { pod: 'none', container: null })
    assert.equal(nameAt(pods([]), `/docker/${ID('1')}`), 'none')
  })

  test('in an unknown pod', () => assert.equal(nameAt(pods([]), cgroupOf('app-1')), 'unknown'))

  test('in a pod whose namespace is not known: that might say no', () => {
    assert.equal(nameAt(pods([pod('app-1')], LIMITS, []), cgroupOf('app-1')), 'unknown')
  })

  test('in another pod than before, when a name is given again', () => {
    const known = pods([pod('app-1')])
    known.pods.put(pod('app-1', { uid: UID('7') }))
    assert.equal(nameAt(known, cgroupOf('app-1')), 'app-1')
    assert.equal(nameAt(known, `/kubepods/pod${UID('1')}`), 'unknown')
    assert.equal(nameAt(known, `/kubepods/pod${UID('7')}`), 'app-1')
  })
})

describe('bounds', () => {
  test('pods beyond the limit stay unknown and are counted; one that goes makes room', () => {
    const known = pods([pod('app-1'), pod('app-2')], { ...LIMITS, pods: 1 })
    assert.deepEqual([nameAt(known, cgroupOf('app-1')), nameAt(known, cgroupOf('app-2'))], ['app-1', 'unknown'])
    assert.equal(known.stats().podsRefused, 1)
    known.pods.put(pod('app-1', { labels: {} }))
    assert.equal(known.stats().podsRefused, 1)
    known.pods.delete(pod('app-1'))
    known.pods.put(pod('app-2'))
    assert.equal(nameAt(known, cgroupOf('app-2')), 'app-2')
  })

  test('namespaces beyond the limit: their pods stay unknown', () => {
    const known = pods([pod('app-1')], { ...LIMITS, namespaces: 1 }, [namespace('other'), namespace('shop')])
    assert.equal(nameAt(known, cgroupOf('app-1')), 'unknown')
    assert.equal(known.stats().namespacesRefused, 1)
    known.namespaces.put(namespace('other', { a: 'b' }))
    assert.equal(known.stats().namespacesRefused, 1)
  })

  test('annotations beyond the limit are left out, those that select are not', () => {
    const annotations = { 'a.example/big': 'é'.repeat(1000), 'mirror.wallarm.com/enabled': 'true', 'z.example/x': '1' }
    const known = pods([pod('app-1', { annotations })])
    const { pod: found } = known.locate(cgroupOf('app-1'))
    assert.ok(typeof found !== 'string')
    assert.deepEqual([...found.annotations.keys()], ['mirror.wallarm.com/enabled', 'z.example/x'])
    assert.equal(known.stats().annotationsDropped, 1)
  })
})

test('values that are no text are left out; pods without a uid are counted', () => {
  const odd = pod('app-1', { labels: { a: 1, b: null, c: 'x' }, annotations: 'none' })
  const known = pods([odd, pod('app-2', { uid: 7 }), { ...pod('app-3'), status: { containerStatuses: 'x' } }])
  const { pod: found } = known.locate(cgroupOf('app-1'))
  assert.ok(typeof found !== 'string')
  assert.deepEqual([...found.labels], [['c', 'x']])
  assert.equal(nameAt(known, cgroupOf('app-3')), 'app-3')
  assert.equal(known.stats().malformed, 1)
})

test('a label called __proto__ is only a label', () => {
  const known = pods([JSON.parse(JSON.stringify(pod('app-1')).replace('"app":', '"__proto__":')) as KubeObject])
  const { pod: found } = known.locate(cgroupOf('app-1'))
  assert.ok(typeof found !== 'string')
  assert.deepEqual([...found.labels], [['__proto__', 'app-1']])
})
