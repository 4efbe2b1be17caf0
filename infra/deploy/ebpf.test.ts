import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { loadComponents } from '#infra/cli/components.ts'
import { schemaFor } from '#infra/cli/config.ts'
import { agentPresent } from '#infra/setup/ebpf-agent.ts'
import { programPath } from '#infra/setup/program.ts'
import { loadConfig } from '#schemas/config/load.ts'
import { kustomize } from '#test/driver/manifests/kustomize.ts'
import type { Manifest } from '#test/driver/manifests/read.ts'
import { certificateJudge, kubernetesJudge, needsSchemas } from '#test/driver/manifests/schemas.ts'
import { missing, needs } from '#test/needs.ts'

const HERE = join(import.meta.dirname, 'ebpf')
const ROOT = join(import.meta.dirname, '../..')
const MANIFESTS = kustomize(join(HERE, 'example'))

interface Container {
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly securityContext: {
    readonly capabilities: { readonly drop: readonly string[]; readonly add: readonly string[] }
    readonly [key: string]: unknown
  }
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[]
}

interface Pod {
  readonly hostPID: boolean
  readonly serviceAccountName: string
  readonly containers: readonly [Container]
  readonly volumes: readonly { readonly name: string; readonly [kind: string]: unknown }[]
}

function find(kind: string, name = 'tapwire-ebpf', manifests = MANIFESTS): Manifest {
  const found = manifests.find(manifest => manifest.kind === kind && manifest.metadata?.name === name)
  assert.ok(found, `there is no ${kind} ${name}`)
  return found
}

const podOf = (manifest: Manifest): Pod =>
  (manifest.spec as { readonly template: { readonly spec: Pod } }).template.spec
const POD = podOf(find('DaemonSet'))
const [CONTAINER] = POD.containers

const dataOf = (name: string, file: string): string =>
  (find('ConfigMap', name)['data'] as Readonly<Record<string, string>>)[file]!

describe('published schemas', () => {
  test('every manifest is as Kubernetes and cert-manager want it', t => {
    if (!needsSchemas(t)) return
    const judges = [certificateJudge(), kubernetesJudge('1.37.0')]
    for (const manifest of MANIFESTS) {
      const verdicts = judges.map(judge => judge(manifest)).filter(verdict => verdict !== null)
      assert.deepEqual(verdicts, [[]], `${manifest.kind} ${manifest.metadata?.name}`)
    }
    assert.deepEqual(
      certificateJudge()({ ...find('Certificate', 'tapwire-ebpf-kafka'), spec: { secret: 'x' } })?.length,
      3,
    )
  })

  test('before 1.30 there is a component for it', t => {
    if (!needsSchemas(t)) return
    const judge = kubernetesJudge('1.25.0')
    const older = kustomize(join(HERE, 'before-kubernetes-1.30'), MANIFESTS)
    for (const manifest of older) assert.deepEqual(judge(manifest) ?? [], [], manifest.kind)
    assert.match(judge(find('DaemonSet'))?.[0] ?? '', /appArmorProfile/)
    const { metadata } = (find('DaemonSet', 'tapwire-ebpf', older).spec as { readonly template: Manifest }).template
    const { annotations } = metadata as { readonly annotations: Readonly<Record<string, string>> }
    assert.equal(annotations['container.apparmor.security.beta.kubernetes.io/tapwire'], 'unconfined')
  })

  test('older runtimes: a component takes the profile away, and nothing else', () => {
    const older = podOf(find('DaemonSet', 'tapwire-ebpf', kustomize(join(HERE, 'before-containerd-1.7'), MANIFESTS)))
    const text = JSON.stringify(older)
    assert.equal(text.replace('{"type":"Unconfined"}}', '{"type":"RuntimeDefault"}}'), JSON.stringify(POD))
  })
})

describe('the configuration', () => {
  const load = async () => {
    const schema = schemaFor(await loadComponents())
    const sources = { env: { NODE_NAME: 'node-1' }, readFile: (path: string) => `from ${path}` }
    return loadConfig(dataOf('tapwire-ebpf', 'tapwire.yaml'), 'tapwire.yaml', schema, sources)
  }

  test('is one that this version takes, and speaks mutual TLS to Kafka', async () => {
    const { producers, log, telemetry } = await load()
    assert.equal(producers[0]?.type, 'ebpf')
    assert.ok(
      log.kind === 'kafka' && log.tls?.cert !== undefined && log.tls.key !== undefined && log.tls.ca !== undefined,
    )
    const ports = new Map(CONTAINER.ports.map(({ name, containerPort }) => [name, containerPort]))
    assert.equal(telemetry.listen, `0.0.0.0:${ports.get('metrics')}`)
    assert.equal(telemetry.healthListen, `0.0.0.0:${ports.get('health')}`)
  })

  test('finds every file where the pod mounts it, and every variable', async () => {
    const text = dataOf('tapwire-ebpf', 'tapwire.yaml')
    const paths = [...text.matchAll(/(\/(?:etc|host)\/[\w./-]+)/g)].map(([path]) => path)
    assert.equal(paths.length, 6)
    for (const path of paths)
      assert.ok(
        CONTAINER.volumeMounts.some(({ mountPath }) => path.startsWith(mountPath)),
        `${path} is not mounted`,
      )
    const names = [...text.matchAll(/env: (\w+)/g)].map(([, name]) => name)
    assert.deepEqual(
      names,
      CONTAINER.env.map(({ name }) => name),
    )
  })

  test('of the rules is one that the selection takes, and mirrors nothing of its own accord', async () => {
    const [entry] = (await load()).producers
    const [, file] = /^\/etc\/tapwire-rules\/(.+)$/.exec(String(entry?.['rules']))!
    const schema = (await loadComponents()).producers.get('ebpf')!.config
    const selection = loadConfig(`selection:\n${indented(dataOf('tapwire-ebpf-rules', file!))}`, 'rules.yaml', schema)
    const { filters, allNamespaces } = (selection as { readonly selection: Readonly<Record<string, unknown>> })
      .selection
    assert.deepEqual([filters, allNamespaces], [[], false])
  })
})

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}

describe('the pod', () => {
  test('mounts volumes that there are, writes nowhere but in /tmp', () => {
    const volumes = POD.volumes.map(({ name }) => name)
    assert.deepEqual(CONTAINER.volumeMounts.map(({ name }) => name).toSorted(), volumes.toSorted())
    const writable = CONTAINER.volumeMounts.filter(({ readOnly }) => readOnly !== true)
    assert.deepEqual(
      writable.map(({ mountPath }) => mountPath),
      ['/tmp'],
    )
    assert.equal(CONTAINER.securityContext['readOnlyRootFilesystem'], true)
    for (const { configMap } of POD.volumes as readonly { readonly configMap?: { readonly name: string } }[])
      if (configMap !== undefined) find('ConfigMap', configMap.name)
  })

  test('has the Secret that cert-manager writes', () => {
    const secrets = POD.volumes.flatMap(
      ({ secret }) => (secret as { readonly secretName: string } | undefined)?.secretName ?? [],
    )
    const certificate = find('Certificate', 'tapwire-ebpf-kafka').spec as { readonly secretName: string }
    assert.ok(secrets.includes(certificate.secretName))
  })

  test('has no privilege beyond those that the README explains', () => {
    const { capabilities, privileged, allowPrivilegeEscalation } = CONTAINER.securityContext
    assert.deepEqual([privileged, allowPrivilegeEscalation, capabilities.drop], [false, false, ['ALL']])
    const explained = readFileSync(join(HERE, 'README.md'), 'utf8')
    for (const name of capabilities.add) assert.ok(explained.includes(`| \`CAP_${name}\` |`), name)
    assert.deepEqual(
      Object.keys(POD).filter(key => key.startsWith('host')),
      ['hostPID'],
    )
  })

  test('may ask the API server for what the watch asks, and nothing else', () => {
    const { rules } = find('ClusterRole') as unknown as { readonly rules: readonly unknown[] }
    assert.deepEqual(rules, [{ apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['list', 'watch'] }])
    const source = readFileSync(join(ROOT, 'producers/ebpf/kubernetes/cluster.ts'), 'utf8')
    assert.deepEqual([...source.matchAll(/'\/api\/v1\/(\w+)'/g)].map(([, name]) => name).toSorted(), [
      'namespaces',
      'pods',
    ])
    assert.equal(POD.serviceAccountName, find('ServiceAccount').metadata?.name)
  })
})

describe('the agent, with the capabilities of the pod and no way to more', () => {
  /** What `--check` says, with these capabilities alone. Null: skipped. */
  const check = (t: TestContext, capabilities: readonly string[]): string | null => {
    if (!needs(t, 'setpriv')) return null
    if (!agentPresent()) return missing(t, 'the agent is not built (npm run setup -- ebpf builds it)') || null
    if (process.geteuid?.() !== 0) return missing(t, 'only root can give capabilities away') || null
    const bounding = ['-all', ...capabilities.map(name => `+${name.toLowerCase()}`)].join(',')
    const agent = join(ROOT, 'producers/ebpf/agent/build/tapwire-agent')
    const words = ['--no-new-privs', '--inh-caps=-all', `--bounding-set=${bounding}`, agent, '--check']
    return spawnSync(programPath('setpriv')!, words, { encoding: 'latin1' }).stdout
  }
  const { add } = CONTAINER.securityContext.capabilities

  test('works', t => {
    const said = check(t, add)
    if (said !== null) assert.match(said, /"probes":\["syscalls"/)
  })

  for (const name of add) {
    test(`says so without CAP_${name}`, t => {
      const said = check(
        t,
        add.filter(other => other !== name),
      )
      if (said !== null) assert.match(said, new RegExp(`CAP_${name} is missing`))
    })
  }
})
