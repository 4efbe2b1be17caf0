/** What the manifests of the gateway become in the sidecars of a namespace, as kustomize patches. */
import type { Part } from './istio.ts'
import type { Way } from './names.ts'
import { made } from './text.ts'

export type Direction = 'inbound' | 'outbound'

const WHAT: Readonly<Record<Direction, string>> = {
  inbound: 'what the pods of a namespace are asked',
  outbound: 'what the pods of a namespace ask others',
}

/**
 * All pods of the namespace that `kubectl apply -n` names. A sidecar has one list of clusters for both directions: the cluster has
 * one name too, so that both directions together give it once.
 */
export function sidecarOverlay(way: Way, direction: Direction): string {
  return `${made('infra/deploy/generate/overlays.ts')}\
# Mirrors ${WHAT[direction]}.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../gateway
patches:
  - target: { kind: EnvoyFilter }
    patch: |
      - { op: remove, path: /metadata/namespace }
      - { op: remove, path: /spec/workloadSelector }
${renamed('cluster-svc-endpoint', `tapwire-${way}-sidecar-cluster-svc-endpoint`, 'SIDECAR_OUTBOUND')}\
${renamed('http-filter', `tapwire-${way}-${direction}-http-filter`, `SIDECAR_${direction.toUpperCase()}`)}`
}

function renamed(part: Part, name: string, context: string): string {
  return `\
  - target: { kind: EnvoyFilter, labelSelector: app.kubernetes.io/component=${part} }
    options: { allowNameChange: true }
    patch: |
      - { op: replace, path: /metadata/name, value: ${name} }
      - { op: replace, path: /spec/configPatches/0/match/context, value: ${context} }
`
}

/** A kustomization of nothing but files. */
export function listing(resources: readonly string[]): string {
  return `${made('itself')}\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
${resources.map(name => `  - ${name}\n`).join('')}`
}
