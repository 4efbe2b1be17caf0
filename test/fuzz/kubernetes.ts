/**
 * Fuzz target: a watch of pods, line by line. However the bytes are cut, the events are the same; whatever they say, a pod is found
 * where its last event put it, and when all of them are deleted none is left.
 */
import assert from 'node:assert/strict'
import { cgroupOf, ID, pod, UID } from '#producers/ebpf/kubernetes/kube-objects.test-support.ts'
import { linesOf } from '#producers/ebpf/kubernetes/lines.ts'
import { type KubeObject, readEvent, readList } from '#producers/ebpf/kubernetes/objects.ts'
import { Pods } from '#producers/ebpf/kubernetes/pods.ts'

const LONGEST = 16_384
const LIMITS = { pods: 8, namespaces: 4, annotationBytes: 1024 }
const NAMES = ['app-1', 'app-2', 'app-3', 'app-f']

export default async function kubernetes(data: Uint8Array): Promise<void> {
  const lines = await linesIn([data])
  const third = Math.floor(data.length / 3)
  assert.deepEqual(await linesIn([data.subarray(0, third), data.subarray(third)]), lines)
  const known = new Pods(LIMITS)
  known.namespaces.replace([{ metadata: { name: 'shop' } }])
  const objects: KubeObject[] = []
  for (const line of lines) {
    readList(line)
    const event = readEvent(line)
    if (event === null || !('object' in event)) continue
    known.pods[event.type](event.object)
    objects.push(event.object)
    for (const name of NAMES) known.locate(cgroupOf(name))
    if (event.type === 'put') checkFound(known, event.object)
  }
  for (const object of objects) known.pods.delete(object)
  for (const name of NAMES) assert.deepEqual(known.locate(cgroupOf(name)), { pod: 'unknown', container: null })
}

/** Under a uid that cgroups can have, in a namespace that is known, and if there was room for it. */
function checkFound(known: Pods, { metadata }: KubeObject): void {
  const { uid, namespace, name } = metadata
  if (namespace !== 'shop' || !NAMES.some(one => UID(one.slice(-1)) === uid)) return
  const { pod: found } = known.locate(`/kubepods/pod${String(uid)}`)
  if (known.stats().podsRefused > 0 || typeof found === 'string') return
  assert.equal(typeof found.name, 'string')
  assert.ok(found.uid === uid, `${found.uid} instead of ${String(uid)} (${name})`)
}

async function linesIn(parts: readonly Uint8Array[]): Promise<readonly string[]> {
  const stream = (async function* () {
    yield* parts
  })()
  try {
    return await Array.fromAsync(linesOf(stream, LONGEST))
  } catch (error) {
    assert.equal((error as Error).message, `longer than ${LONGEST} bytes`)
    return []
  }
}

export const dictionary = [
  ...['"ADDED"', '"MODIFIED"', '"DELETED"', '"BOOKMARK"', '"ERROR"', '"type"', '"object"', '"metadata"', '"items"'],
  ...['"resourceVersion":"1"', '"continue":""', '"name":"app-1"', '"namespace":"shop"', '"uid"', '"annotations"'],
  ...['"kubernetes.io/config.mirror"', '"containerStatuses"', '"containerID"', '"containerd://', '"code":410', '\n'],
  ...[UID('1'), UID('2'), ID('1'), ID('2'), '__proto__', 'null', '{}', '[]'],
]

export function seeds(): readonly Uint8Array[] {
  const event = (type: string, name: string, changes = {}): string => {
    const object = pod(name, { resourceVersion: '7', ...changes })
    return `${JSON.stringify({ type, object })}\n`
  }
  const hash = { annotations: { 'kubernetes.io/config.mirror': 'f'.repeat(32), 'tapwire.io/mirror': 'true' } }
  return [
    event('ADDED', 'app-1') + event('MODIFIED', 'app-1', { labels: {} }) + event('DELETED', 'app-1'),
    event('ADDED', 'app-1', hash) + event('ADDED', 'app-2', hash) + event('DELETED', 'app-1'),
    event('ADDED', 'app-1') + event('ADDED', 'app-1', { uid: UID('2') }) + event('ADDED', 'app-2'),
    '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"8"}}}\n{"type":"ERROR","object":{"code":410}}\n',
    `${JSON.stringify({ metadata: { resourceVersion: '9', continue: 'x' }, items: [pod('app-3'), null, {}] })}\n`,
  ].map(text => Buffer.from(text))
}
