/**
 * Container and pod in the path of a cgroup, as container runtimes name them:
 *
 *   /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod<uid, _ for ->.slice/cri-containerd-<id>.scope   systemd
 *   /kubepods/burstable/pod<uid>/<id>                                                                             cgroupfs
 *   /system.slice/docker-<id>.scope     /docker/<id>     /machine.slice/libpod-<id>.scope
 */

/** 64 hexadecimal digits; null outside of a container. */
export function containerOf(cgroup: string): string | null {
  return /(?:^|[/-])([0-9a-f]{64})(?:\.scope)?(?:\/[^/]*)*$/.exec(cgroup)?.[1] ?? null
}

const POD = /[/-]pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?(?:\/|$)/

/** Null outside of a pod. Static pods have a uid without hyphens. */
export function podUidOf(cgroup: string): string | null {
  return POD.exec(cgroup)?.[1]?.replaceAll('_', '-') ?? null
}
