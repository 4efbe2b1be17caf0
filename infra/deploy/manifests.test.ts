import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { MOUNTED } from '#producers/envoy/lua/bundle.ts'
import { kustomize } from '#test/driver/manifests/kustomize.ts'
import { type Manifest, readManifests } from '#test/driver/manifests/read.ts'
import { istioJudge, KUBERNETES_RELEASES, kubernetesJudge, needsSchemas } from '#test/driver/manifests/schemas.ts'
import { generated } from './generate.ts'

const HERE = import.meta.dirname
const ISTIO = join(HERE, 'istio')
const KUSTOMIZATIONS = globSync('**/kustomization.yaml', { cwd: ISTIO })
  .filter(path => !readFileSync(join(ISTIO, path), 'utf8').includes('kind: Component'))
  .map(dirname)
  .toSorted()

test('what is made of code is what stands there', () => {
  for (const [path, text] of generated())
    assert.equal(readFileSync(join(HERE, path), 'utf8'), text, `${path}: node infra/deploy/generate.ts writes it anew`)
})

test('every manifest is in a kustomization, or an example to apply by itself', () => {
  const listed = KUSTOMIZATIONS.flatMap(folder => kustomize(join(ISTIO, folder)).map(nameOf))
  const alone = readManifests(ISTIO, 'exclusion/*.yaml').map(({ manifest }) => nameOf(manifest))
  const all = readManifests(ISTIO, '{lua,lua-mounted,ext-proc,tapwire*,exclusion}/**/*.yaml')
    .filter(({ manifest }) => manifest.metadata?.name !== undefined && manifest.kind !== 'Kustomization')
    .map(({ manifest }) => nameOf(manifest))
  assert.deepEqual(
    all.filter(name => !listed.includes(name) && !alone.includes(name)),
    [],
  )
})

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata?.name}`
}

describe('published schemas', () => {
  test('every manifest is as Kubernetes and Istio want it', t => {
    if (!needsSchemas(t)) return
    const istio = istioJudge()
    const judges = [istio, ...KUBERNETES_RELEASES.map(release => kubernetesJudge(release))]
    const folders = KUSTOMIZATIONS.map(folder => [folder, kustomize(join(ISTIO, folder))] as const)
    const examples = readManifests(ISTIO, 'exclusion/*.yaml').map(({ path, manifest }) => [path, [manifest]] as const)
    for (const [where, manifests] of [...folders, ...examples]) {
      assert.ok(manifests.length > 0, where)
      for (const manifest of manifests) {
        const verdicts = judges.map(judge => judge(manifest)).filter(verdict => verdict !== null)
        assert.ok(verdicts.length > 0, `${where}: nobody knows a ${manifest.apiVersion} ${manifest.kind}`)
        assert.deepEqual(verdicts.flat(), [], `${where}: ${nameOf(manifest)}`)
      }
    }
  })

  test('they refuse what is wrong', t => {
    if (!needsSchemas(t)) return
    const istio = istioJudge()
    const kubernetes = kubernetesJudge('1.37.0')
    const [filter] = kustomize(join(ISTIO, 'lua/gateway'))
    const changed = (change: (spec: { configPatches: Record<string, unknown>[] }) => void): Manifest => {
      const copy = structuredClone(filter!)
      change(copy.spec as { configPatches: Record<string, unknown>[] })
      return copy
    }
    const wrongPlace = changed(({ configPatches: [patch] }) => Object.assign(patch!, { aplyTo: 'CLUSTER' }))
    assert.deepEqual(istio(wrongPlace), ['/spec/configPatches/0 must NOT have additional properties: aplyTo'])
    const wrongValue = changed(({ configPatches: [patch] }) => Object.assign(patch!, { applyTo: 'CLUSTERS' }))
    assert.match(istio(wrongValue)?.[0] ?? '', /^\/spec\/configPatches\/0\/applyTo must be equal to one of/)
    const service = kustomize(join(ISTIO, 'tapwire')).find(({ kind }) => kind === 'Service')!
    assert.deepEqual(kubernetes(service), [])
    assert.match(kubernetes({ ...service, spec: { ports: [{ port: 'http' }] } })?.[0] ?? '', /port must be integer/)
    assert.match(kubernetes({ ...service, spec: { port: 80 } })?.[0] ?? '', /additional properties: port/)
  })
})

describe('volumes of the proxies', () => {
  interface Volumes {
    readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[]
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
  }
  const load = (file: string): Record<string, unknown> => readManifests(join(ISTIO, 'install'), file)[0]!.manifest
  /** What stands at that path. */
  const at = (tree: unknown, ...keys: (string | number)[]): unknown =>
    keys.reduce((value, key) => (value as Record<string, unknown>)[key], tree)
  const places: readonly (readonly [string, () => Volumes])[] = [
    ['gateway-values.yaml', () => load('gateway-values.yaml') as unknown as Volumes],
    [
      'istio-operator.yaml',
      () => at(load('istio-operator.yaml'), 'spec', 'components', 'ingressGateways', 0, 'k8s') as Volumes,
    ],
    [
      'gateway-deployment-patch.yaml',
      () => {
        const pod = at(load('gateway-deployment-patch.yaml'), 'spec', 'template', 'spec')
        assert.equal(at(pod, 'containers', 0, 'name'), 'istio-proxy')
        return { volumes: at(pod, 'volumes'), volumeMounts: at(pod, 'containers', 0, 'volumeMounts') } as Volumes
      },
    ],
    [
      'sidecar-annotations-patch.yaml',
      () => {
        const notes = at(load('sidecar-annotations-patch.yaml'), 'spec', 'template', 'metadata', 'annotations')
        const read = (name: string): unknown => JSON.parse(at(notes, `sidecar.istio.io/${name}`) as string)
        return { volumes: read('userVolume'), volumeMounts: read('userVolumeMount') } as Volumes
      },
    ],
  ]

  for (const [file, volumesOf] of places) {
    test(`${file}: the libraries stand where LuaJIT looks for them`, () => {
      const { volumes, volumeMounts } = volumesOf()
      const maps = kustomize(join(ISTIO, 'lua-mounted/libraries'))
      for (const [library, path] of MOUNTED) {
        const mount = volumeMounts.find(({ mountPath }) => mountPath === `/usr/local/share/lua/5.1/${library}`)
        const name = volumes.find(volume => volume.name === mount?.name)?.configMap?.name
        const map = maps.find(({ metadata }) => metadata?.name === name)
        assert.equal((map?.['data'] as Record<string, string>)?.[path.slice(library.length + 1)], source(path))
      }
    })

    test(`${file}: volumes are as Kubernetes wants them`, t => {
      if (!needsSchemas(t)) return
      const { volumes, volumeMounts } = volumesOf()
      const judge = kubernetesJudge('1.25.0')
      for (const volume of volumes) assert.deepEqual(judge(volume, 'io.k8s.api.core.v1.Volume'), [])
      for (const mount of volumeMounts) assert.deepEqual(judge(mount, 'io.k8s.api.core.v1.VolumeMount'), [])
    })
  }

  const source = (path: string): string => readFileSync(join(HERE, '../../producers/envoy/lua', path), 'utf8')
})

test('the names that pods mount today are the names of the ConfigMaps', () => {
  const names = kustomize(join(ISTIO, 'lua-mounted/libraries')).map(({ metadata }) => metadata?.name)
  assert.deepEqual(names, ['lua-msgpack-lib', 'rr-async-packed'])
})
