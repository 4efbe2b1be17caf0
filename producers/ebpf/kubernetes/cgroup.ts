/**
 * Which container and pod a cgroup belongs to, by its path: cgroup v1 and v2, drivers systemd and cgroupfs, containerd, CRI-O,
 * docker, podman; also inside kind, where all of it stands below a container, and as seen from another cgroup namespace
 * (`/../…`). paths.json has the forms that are known.
 *
 *   path      = *( "/" segment )
 *   pod       = … "pod" uid [".slice"]                                 uid with - or, by the systemd driver, _
 *   container = [runtime "-"] id [".scope"]  |  … ":" runtime ":" id   id of 64 hexadecimal digits
 */

export interface Whereabouts {
  /** Without hyphens for static pods, whose uid is a hash. Null: the path names no pod. */
  readonly pod: string | null
  /** Null: not in a container. */
  readonly container: string | null
  /** Does the path tell that this is Kubernetes, even when it names no pod? */
  readonly kubernetes: boolean
}

const NOWHERE: Whereabouts = { pod: null, container: null, kubernetes: false }

const UID = /pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?=\.slice|:|$)/
const CONTAINER = /^(?:([a-z]+(?:-[a-z]+)*)-|.*:([a-z-]+):)?([0-9a-f]{64})(?:\.scope)?$/
/** Of these only the kubelet asks for containers. */
const ONLY_KUBERNETES = new Set(['cri-containerd', 'crio'])

export function whereabouts(path: string): Whereabouts {
  let { pod, container, kubernetes } = NOWHERE
  for (const segment of path.split('/')) {
    const uid = UID.exec(segment)?.[1]
    // A pod inside of a container (kind): what is outside of it is not what runs here.
    if (uid !== undefined) [pod, container, kubernetes] = [uid.replaceAll('_', '-'), null, true]
    const [, before, between, id] = CONTAINER.exec(segment) ?? []
    const runtime = before ?? between ?? ''
    // The runtime's own helper, in a group beside the container.
    if (id === undefined || runtime.endsWith('conmon')) continue
    container = id
    kubernetes ||= ONLY_KUBERNETES.has(runtime)
  }
  if (container !== null && pod === null && path.startsWith('/..')) kubernetes = true
  return { pod, container, kubernetes }
}
