/** The pods of the node: what the manifests say of it and what its configuration says are the same. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { loadComponents } from '#infra/cli/components.ts'
import { readSettings } from '#infra/cli/config.ts'
import { parseListen } from '#schemas/config/telemetry.ts'
import { kustomize } from '#test/driver/manifests/kustomize.ts'
import type { Manifest } from '#test/driver/manifests/read.ts'

const ISTIO = join(import.meta.dirname, 'istio')
const GIB = 1024 ** 3
/** Where the agent of a sidecar hands on the metrics of its pod. */
const ISTIO_METRICS = 15020

interface Container {
  readonly name: string
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
  readonly livenessProbe?: { readonly httpGet: { readonly port: string } }
  readonly readinessProbe?: { readonly httpGet: { readonly port: string } }
  readonly securityContext: Readonly<Record<string, unknown>>
}

interface Pod {
  readonly containers: readonly [Container]
  readonly initContainers?: readonly Container[]
  readonly volumes: readonly { readonly name: string }[]
  readonly securityContext: Readonly<Record<string, unknown>>
}

function podOf(manifests: readonly Manifest[]): Pod {
  const workload = manifests.find(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
  return (workload?.spec as { readonly template: { readonly spec: Pod } }).template.spec
}

function specOf<T>(manifests: readonly Manifest[], wanted: string): T {
  return manifests.find(({ kind }) => kind === wanted)?.spec as T
}

/** The configuration in the ConfigMap, with secrets that are here. */
async function settingsOf(t: TestContext, manifests: readonly Manifest[]) {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-deploy-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['token', 'flow-hash-key']) writeFileSync(join(folder, name), 'a'.repeat(32))
  const data = manifests.find(({ kind }) => kind === 'ConfigMap')?.['data'] as { readonly 'tapwire.yaml': string }
  const text = data['tapwire.yaml'].replaceAll('/etc/tapwire-token', folder).replace('POD_NAME', 'tapwire-ingest-0')
  writeFileSync(join(folder, 'tapwire.yaml'), text)
  return readSettings(await loadComponents(), 'tapwire.yaml', folder, {}).root
}

for (const folder of ['tapwire', 'tapwire-kafka', 'tapwire-mesh']) {
  describe(folder, () => {
    const manifests = kustomize(join(ISTIO, folder))
    const pod = podOf(manifests)
    const [container] = pod.containers
    const ports = new Map(container.ports?.map(({ name, containerPort }) => [name, containerPort]))

    test('the configuration is valid, and listens where the pod says', async t => {
      const { producers, telemetry } = await settingsOf(t, manifests)
      const { listen, grpcListen } = producers[0]!
      const portOf = (text: unknown): number | undefined => parseListen(String(text))?.port
      assert.equal(portOf(listen), ports.get('messages'))
      assert.equal(portOf(grpcListen), ports.get('ext-proc'))
      assert.equal(portOf(telemetry.listen), ports.get('metrics'))
      assert.equal(portOf(telemetry.healthListen), ports.get('health'))
    })

    test('service, probes and network policy name ports of the pod', () => {
      const service = specOf<{ readonly ports: readonly { readonly port: number; readonly targetPort: string }[] }>(
        manifests,
        'Service',
      )
      for (const { port, targetPort } of service.ports) assert.equal(ports.get(targetPort), port)
      assert.deepEqual(
        [container.livenessProbe?.httpGet.port, container.readinessProbe?.httpGet.port],
        ['health', 'health'],
      )
      interface Policy {
        readonly ingress: readonly { readonly ports: readonly { readonly port: string | number }[] }[]
      }
      const open = specOf<Policy>(manifests, 'NetworkPolicy').ingress.flatMap(rule =>
        rule.ports.map(({ port }) => port),
      )
      assert.deepEqual(
        open.filter(port => port !== ISTIO_METRICS),
        ['messages', 'ext-proc', 'metrics'],
      )
    })

    test('every mount has its volume, and the log its room', async t => {
      const all = [container, ...(pod.initContainers ?? [])]
      const mounted = new Set(all.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)))
      assert.deepEqual(pod.volumes.map(({ name }) => name).toSorted(), [...mounted].toSorted())
      const { log } = await settingsOf(t, manifests)
      if (log.kind !== 'embedded') return assert.equal(folder, 'tapwire-kafka')
      const place = container.volumeMounts.find(({ name }) => name === 'log')!.mountPath
      assert.ok(log.directory.startsWith(`${place}/`))
      interface Claim {
        readonly resources: { readonly requests: { readonly storage: string } }
      }
      const { storage } = specOf<Claim>(manifests, 'PersistentVolumeClaim').resources.requests
      assert.match(storage, /^\d+Gi$/)
      // What tasks may write beyond it is a sixteenth.
      assert.ok((log.maxBytes * 17) / 16 + log.reserveBytes < Number.parseInt(storage, 10) * GIB)
    })

    test('no rights, nothing to write to but its volumes', () => {
      assert.equal(pod.securityContext['runAsNonRoot'], true)
      assert.deepEqual(pod.securityContext['seccompProfile'], { type: 'RuntimeDefault' })
      for (const { name, securityContext } of [container, ...(pod.initContainers ?? [])]) {
        const wanted = {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        }
        assert.deepEqual(securityContext, wanted, name)
      }
    })
  })
}
