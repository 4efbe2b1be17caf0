/** Objects of Kubernetes as the API server has them, with what matters in a test. */

export const ID = (digit: string): string => digit.repeat(64)
export const UID = (digit: string): string => `${digit.repeat(8)}-1111-2222-3333-${digit.repeat(12)}`

export function pod(name: string, changes: Readonly<Record<string, unknown>> = {}, node = 'node-1') {
  const digit = name.slice(-1)
  return {
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid: UID(digit), labels: { app: name }, annotations: {}, ...changes },
    spec: { nodeName: node },
    status: { containerStatuses: [{ name: 'web', containerID: `containerd://${ID(digit)}` }] },
  }
}

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}) {
  return { kind: 'Namespace', metadata: { name, labels } }
}

/** The cgroup of the container of `pod(name)`. */
export function cgroupOf(name: string): string {
  const digit = name.slice(-1)
  return `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID(digit).replaceAll('-', '_')}.slice/cri-containerd-${ID(digit)}.scope`
}
