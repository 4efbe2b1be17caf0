/**
 * What `kubectl apply -k` sends, as far as the kustomizations here go: resources, components, namespace, generated ConfigMaps
 * (without the hash in their name), JSON patches (RFC 6902: add, replace, remove) and deletions. Anything else throws.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { type Manifest, readManifests } from './read.ts'

interface Kustomization {
  readonly apiVersion: string
  readonly kind: string
  readonly resources?: readonly string[]
  readonly components?: readonly string[]
  readonly namespace?: string
  readonly configMapGenerator?: readonly {
    readonly name: string
    readonly behavior?: 'replace'
    readonly files: readonly string[]
  }[]
  readonly patches?: readonly Patch[]
  /** Registries differ: left as they are. */
  readonly images?: readonly unknown[]
}

interface Patch {
  readonly target: { readonly kind: string; readonly name?: string; readonly labelSelector?: string }
  readonly options?: { readonly allowNameChange: true }
  readonly patch: string
}

interface Operation {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}

type Tree = Record<string, unknown>

const KNOWN = new Set([
  ...['apiVersion', 'kind', 'resources', 'components', 'namespace', 'configMapGenerator', 'patches', 'images'],
])
/** Kinds that belong to no namespace. */
const CLUSTER_WIDE = new Set(['Namespace', 'ClusterRole', 'ClusterRoleBinding'])

/** The manifests that the kustomization of that folder stands for. */
export function kustomize(folder: string, given: readonly Manifest[] = []): readonly Manifest[] {
  const { found, rest } = load(folder)
  let manifests: Manifest[] = [...given]
  for (const resource of found.resources ?? []) {
    const path = join(folder, resource)
    if (!existsSync(path)) throw new Error(`${folder}: there is no ${resource}`)
    if (statSync(path).isDirectory()) manifests.push(...kustomize(path))
    else manifests.push(...readManifests(folder, resource).map(({ manifest }) => manifest))
  }
  if (rest.length > 0) throw new Error(`${folder}: ${rest.join(', ')} is not known here`)
  for (const generator of found.configMapGenerator ?? []) {
    if (generator.behavior === 'replace')
      manifests = manifests.filter(({ kind, metadata }) => kind !== 'ConfigMap' || metadata?.name !== generator.name)
    const data = generator.files.map(file => [basename(file), readFileSync(join(folder, file), 'utf8')])
    manifests.push({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: generator.name },
      data: Object.fromEntries(data),
    })
  }
  for (const patch of found.patches ?? []) manifests = patched(manifests, patch)
  const { namespace } = found
  if (namespace !== undefined) manifests = manifests.map(manifest => inNamespace(manifest, namespace))
  return (found.components ?? []).reduce<readonly Manifest[]>(
    (all, component) => kustomize(join(folder, component), all),
    manifests,
  )
}

function load(folder: string): { readonly found: Kustomization; readonly rest: readonly string[] } {
  const found = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization
  return { found, rest: Object.keys(found).filter(key => !KNOWN.has(key)) }
}

function inNamespace(manifest: Manifest, namespace: string): Manifest {
  if (CLUSTER_WIDE.has(manifest.kind)) return manifest
  return { ...manifest, metadata: { ...manifest.metadata, namespace } }
}

function patched(manifests: readonly Manifest[], { target, patch }: Patch): Manifest[] {
  const content: unknown = parse(patch)
  const chosen = manifests.filter(manifest => isTarget(manifest, target))
  if (chosen.length === 0) throw new Error(`a patch finds no ${JSON.stringify(target)}`)
  if (!Array.isArray(content)) {
    if ((content as Tree)['$patch'] !== 'delete') throw new Error('a patch is a list of operations, or a deletion')
    return manifests.filter(manifest => !chosen.includes(manifest))
  }
  return manifests.map(manifest => {
    if (!chosen.includes(manifest)) return manifest
    const copy = structuredClone(manifest) as Tree
    for (const operation of content as readonly Operation[]) operate(copy, operation)
    return copy as Manifest
  })
}

function isTarget({ kind, metadata }: Manifest, target: Patch['target']): boolean {
  if (kind !== target.kind || (target.name !== undefined && target.name !== metadata?.name)) return false
  if (target.labelSelector === undefined) return true
  const [key, value] = target.labelSelector.split('=')
  return metadata?.labels?.[key!] === value
}

function operate(root: Tree, { op, path, value }: Operation): void {
  const keys = path
    .slice(1)
    .split('/')
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = keys.pop()!
  const parent = keys.reduce<Tree>((tree, key) => {
    const next = tree[key]
    if (typeof next !== 'object' || next === null) throw new Error(`${op} ${path}: there is no ${key}`)
    return next as Tree
  }, root)
  if (op !== 'add' && !(last in parent)) throw new Error(`${op} ${path}: there is nothing`)
  if (Array.isArray(parent)) alter(parent, op, last, value)
  else if (op === 'remove') delete parent[last]
  else if (op === 'add' || op === 'replace') parent[last] = value
  else throw new Error(`${op} is not known here`)
}

function alter(list: unknown[], op: string, at: string, value: unknown): void {
  if (op === 'add') list.splice(at === '-' ? list.length : Number(at), 0, value)
  else if (op === 'replace') list[Number(at)] = value
  else if (op === 'remove') list.splice(Number(at), 1)
  else throw new Error(`${op} is not known here`)
}
