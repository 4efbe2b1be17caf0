/** `tapwire doctor --envoy` with a real Envoy, a running node, and everything that can be wrong between them. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { ROOT } from '#infra/cli/components.ts'
import { envoyPresent } from '#infra/setup/envoy.ts'
import { type Bootstrap, type Envoy, needsEnvoy, startEnvoy } from '#test/driver/envoy.ts'
import { typed } from '#test/driver/envoy-config.ts'
import { makeCertificates } from '#test/driver/manifests/certificates.ts'
import { needs } from '#test/needs.ts'
import { nodeOn, type RunningNode } from './node.ts'
import { scratch, tapwire } from './tapwire.ts'
import { freePort } from './telemetry.ts'

const TOKEN = 'a-token-of-this-test'
/** For what does arrive, on a machine that is busy. */
const PATIENT = ['--wait', '60']

interface Said {
  readonly check: string
  readonly verdict: string
  readonly says: string
}

type Way = 'lua' | 'ext-proc'
type Example = Bootstrap & {
  readonly static_resources: { readonly listeners: readonly unknown[]; readonly clusters: unknown[] }
}

interface Chain {
  readonly filters: readonly { readonly typed_config: { http_filters: unknown[] } }[]
  transport_socket?: unknown
}

/** The only filter chain of its only listener, … */
function chainOf({ static_resources: { listeners } }: Example): Chain {
  return (listeners[0] as { readonly filter_chains: readonly [Chain] }).filter_chains[0]
}

/** … and the HTTP filters there. */
function filtersOf(bootstrap: Example): unknown[] {
  return chainOf(bootstrap).filters[0]!.typed_config.http_filters
}

describe('doctor --envoy', () => {
  let node: RunningNode
  let application: number
  const server = createServer((_, response) => response.end('hello'))
  let port: number
  before(async () => {
    if (!envoyPresent()) return
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    application = (server.address() as { port: number }).port
    port = await freePort()
    node = await nodeOn(folder => {
      writeFileSync(join(folder, 'token'), TOKEN)
      return `producers:
  - type: envoy
    listen: 127.0.0.1:${port}
    token: { file: token }
`
    })
  })
  after(async () => {
    server.close()
    await node?.stop()
  })

  /** The example for an Envoy without a mesh, with this node and application. `change`: what the user got wrong. */
  function bootstrapOf(way: Way, change = (text: string): string => text): Example {
    const read = (name: string): string => readFileSync(join(ROOT, 'infra/deploy/envoy', name), 'utf8')
    const source = join(node.folder, `${way}.lua`)
    writeFileSync(source, change(read('tapwire.lua')).replace('REPLACE-WITH-TOKEN', TOKEN))
    const text = change(read(`${way}.yaml`))
      .replace('REPLACE-WITH-TOKEN', TOKEN)
      .replace('filename: tapwire.lua', `filename: ${source}`)
      .replace('0.0.0.0, port_value: 8080', '127.0.0.1, port_value: 0')
      .replace('port_value: 8000', `port_value: ${application}`)
      .replaceAll(/port_value: 50[08]0/g, `port_value: ${port}`)
    return parse(text) as Example
  }

  function envoyOf(way: Way, change?: (text: string) => string): Promise<Envoy> {
    return startEnvoy(bootstrapOf(way, change))
  }

  async function doctor(envoy: Envoy | null, ...words: string[]) {
    const url = `http://127.0.0.1:${envoy?.port('http') ?? 1}/shop`
    const ended = await tapwire(['doctor', '--config', node.config, '--json', '--envoy', url, ...words])
    assert.equal(ended.stderr, '')
    return { code: ended.code, said: ended.lines<Said>() }
  }

  for (const way of ['lua', 'ext-proc'] as const) {
    test(`${way}: the probe is followed to its detection`, async t => {
      if (!needsEnvoy(t)) return
      await using envoy = await envoyOf(way)
      const { code, said } = await doctor(envoy, '--attack', ...PATIENT)
      const steps = ['ingest ok', 'log ok', 'envoy ok', 'mirror ok', 'exchange ok', 'detection ok']
      assert.deepEqual(
        said.map(({ check, verdict }) => `${check} ${verdict}`),
        steps,
        JSON.stringify(said),
      )
      assert.match(said.at(-1)!.says, /ptrav/)
      assert.equal(code, 0)
    })

    test(`${way}: over TLS, and the client gets what the application says`, async t => {
      if (!needsEnvoy(t) || !needs(t, 'openssl')) return
      makeCertificates(node.folder, 'shop.example')
      const bootstrap = bootstrapOf(way)
      chainOf(bootstrap).transport_socket = {
        name: 'envoy.transport_sockets.tls',
        typed_config: typed('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
          common_tls_context: {
            tls_certificates: [
              {
                certificate_chain: { filename: join(node.folder, 'tls.crt') },
                private_key: { filename: join(node.folder, 'tls.key') },
              },
            ],
          },
        }),
      }
      await using envoy = await startEnvoy(bootstrap)
      const url = `https://127.0.0.1:${envoy.port('http')}/etc/passwd`
      const words = ['--host', 'shop.example', '--insecure', '--attack', ...PATIENT]
      const { stdout, code } = await tapwire(['doctor', '--config', node.config, '--envoy', url, ...words])
      assert.equal(code, 0, stdout)
      assert.match(stdout, /^ok +envoy +https:\S+ answered 200$/m)
      assert.match(stdout, /^ok +exchange .*whole$/m)
      assert.match(stdout, /^ok +detection +ptrav /m)
    })

    test(`${way}: another token`, async t => {
      if (!needsEnvoy(t)) return
      await using envoy = await envoyOf(way, text => text.replace('REPLACE-WITH-TOKEN', 'another'))
      const { code, said } = await doctor(envoy, '--wait', '2')
      assert.equal(code, 1)
      assert.equal(said.at(-1)?.check, 'mirror')
      assert.match(said.at(-1)!.says, /the token in the EnvoyFilter is not the one in the configuration/)
    })

    test(`${way}: a cluster that reaches nobody`, async t => {
      if (!needsEnvoy(t)) return
      await using envoy = await envoyOf(way, text => text.replaceAll(/port_value: 50[08]0/g, 'port_value: 1'))
      const { code, said } = await doctor(envoy, '--wait', '1', '--envoy-admin', envoy.admin)
      assert.equal(code, 1)
      assert.deepEqual(
        said.slice(3).map(({ check, verdict }) => `${check} ${verdict}`),
        ['filter ok', 'cluster fail', 'mirror fail'],
      )
      assert.match(said[4]!.says, /no connection to the node/)
    })
  }

  test('responses without bodies are noticed', async t => {
    if (!needsEnvoy(t)) return
    await using envoy = await envoyOf('ext-proc', text =>
      text.replace('response_body_mode: STREAMED', 'response_body_mode: NONE'),
    )
    const { code, said } = await doctor(envoy, ...PATIENT)
    assert.match(said.at(-1)!.says, /the client got 5: are bodies mirrored/)
    assert.equal(said.at(-1)!.verdict, 'warn')
    assert.equal(code, 0)
  })

  test('two filters in one place', async t => {
    if (!needsEnvoy(t)) return
    const [lua, extProc] = [bootstrapOf('lua'), bootstrapOf('ext-proc')]
    filtersOf(lua).unshift(filtersOf(extProc)[0]!)
    lua.static_resources.clusters.push(extProc.static_resources.clusters.at(-1)!)
    await using envoy = await startEnvoy(lua)
    const { code, said } = await doctor(envoy, ...PATIENT)
    assert.equal(said.at(-1)?.check, 'copies', JSON.stringify(said))
    assert.match(said.at(-1)!.says, /arrived 2 times/)
    assert.equal(code, 0)
  })

  test('a proxy without the filter', async t => {
    if (!needsEnvoy(t)) return
    await using envoy = await envoyOf('lua', text =>
      text.replace(/- name: tapwire\.lua\n[\s\S]*?filename: tapwire\.lua\n */, ''),
    )
    const { code, said } = await doctor(envoy, '--wait', '1', '--envoy-admin', envoy.admin)
    assert.equal(code, 1)
    assert.match(said.find(({ check }) => check === 'filter')!.says, /does an EnvoyFilter select it/)
  })

  test('no proxy there', async t => {
    if (!needsEnvoy(t)) return
    const { code, said } = await doctor(null)
    assert.equal(code, 1)
    assert.match(said.at(-1)!.says, /cannot be asked \(ECONNREFUSED\)/)
  })
})

test('no node there, and no ingest server in the configuration', async t => {
  const folder = scratch(t)
  const config = join(folder, 'tapwire.yaml')
  const free = await freePort()
  const listening = `producers: [{ type: envoy, listen: "127.0.0.1:${free}" }]\n`
  for (const [text, says] of [
    [listening, /nobody answers .* \(ECONNREFUSED\): start the node/],
    ['producers: []\n', /no producer of type envoy/],
  ] as const) {
    writeFileSync(config, text)
    const { code, stdout } = await tapwire(['doctor', '--config', config, '--envoy', 'http://127.0.0.1:1'])
    assert.equal(code, 1)
    assert.match(stdout, says)
  }
})
