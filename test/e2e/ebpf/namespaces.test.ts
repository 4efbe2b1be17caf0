/**
 * Two network namespaces with the same addresses and ports, in both of them client and server watched: nothing is mixed, and
 * nothing is published twice. What comes of it can be traced back to its bytes.
 */
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { programPath } from '#infra/setup/program.ts'
import { openNetwork } from '#test/driver/network.ts'
import { missing } from '#test/needs.ts'
import { scratch, tapwire } from '../tapwire.ts'
import { freePort } from '../telemetry.ts'
import { CURL, output } from './clients.ts'
import { capture, complaints, ready } from './node.ts'
import { certificate, run } from './servers.ts'

const REQUESTS = 50

const config = (name: string, port: number): string => `
user root; daemon off; pid ${name}.pid; error_log ${name}.log;
events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port} ssl; ssl_certificate cert.pem; ssl_certificate_key key.pem;
    location / { return 200 "${name} $request_uri\\n"; }
  }
}
`

test('equal addresses in two namespaces, both ends watched: apart, and once', async t => {
  if (!ready(t, 'nginx', 'curl', 'openssl')) return
  const network = openNetwork(61)
  if (network === null) {
    missing(t, 'network namespaces take iproute2 and CAP_SYS_ADMIN')
    return
  }
  t.after(() => network[Symbol.dispose]())
  const folder = scratch(t)
  certificate(folder)
  const [port, from] = [await freePort(), await freePort()]
  const nginx = programPath('nginx')!
  const args = (name: string): string[] => {
    writeFileSync(join(folder, `${name}.conf`), config(name, port))
    return ['-p', folder, '-c', join(folder, `${name}.conf`)]
  }
  await output(...network.inside('ip', 'link', 'set', 'lo', 'up'))
  run(t, folder, nginx, args('here'))
  run(t, folder, ...(([program, ...rest]) => [program, rest] as const)(network.inside(nginx, ...args('there'))))
  while (!['here', 'there'].every(name => existsSync(join(folder, `${name}.pid`)))) await delay(50)

  const ask = (name: string, options: readonly string[]): Promise<string> => {
    const urls = Array.from({ length: REQUESTS }, (_, i) => `https://127.0.0.1:${port}/${name}/${i}`)
    const words = [...CURL, ...options, ...urls, `https://127.0.0.1:${port}/etc/passwd?${name}`]
    return output(...(name === 'here' ? (['curl', ...words] as const) : network.inside('curl', ...words)))
  }
  const selection = { filters: [{ exe: ['*/nginx', '*/curl'], port }], direction: 'both' }
  const { exchanges, detections, ended } = await capture(folder, selection, async ({ seen }) => {
    let warm = false
    const warming = seen(target => /^\/(here|there)\/0$/.test(target), 2).then(() => {
      warm = true
    })
    while (!warm) {
      await output('curl', ...CURL, `https://127.0.0.1:${port}/here/0`)
      await output(...network.inside('curl', ...CURL, `https://127.0.0.1:${port}/there/0`))
      await delay(100)
    }
    await warming
    const options = ['--local-port', String(from), '-A', 'measured']
    await Promise.all([ask('here', options), ask('there', options)])
    await seen(target => target.startsWith('/etc/'), 2)
  })
  assert.deepEqual(complaints(ended), [])
  const measured = exchanges.filter(({ request }) => request.headers.some(([, value]) => value === 'measured'))
  const spaces = new Map<string, Set<number>>()
  for (const { request, response, connection } of measured) {
    assert.equal(connection.client.port, from)
    const [, name] = /^\/etc\/passwd\?(.*)$/.exec(request.target) ?? /^\/(.*)\//.exec(request.target)!
    assert.equal(Buffer.from(response?.body ?? []).toString(), `${name} ${request.target}\n`)
    const [layer] = connection.encapsulation
    assert.ok(layer?.type === 'netns')
    spaces.set(name!, (spaces.get(name!) ?? new Set()).add(layer.id))
  }
  assert.deepEqual(
    [...spaces.values()].map(({ size }) => size),
    [1, 1],
  )
  assert.equal(new Set([...spaces.values()].flatMap(ids => [...ids])).size, 2)
  assert.equal(measured.length, 2 * (REQUESTS + 1), 'each once, although both of its ends were watched')

  const [found] = detections.filter(({ path }) => path === '/etc/passwd')
  const file = join(folder, 'tapwire.yaml')
  const verified = await tapwire(['verify', '-c', file, found!.id], { cwd: folder })
  assert.equal(verified.code, 0, verified.stderr)
  const written = await tapwire(['evidence', '-c', file, found!.id, '-o', 'e.pcapng'], { cwd: folder })
  assert.equal(written.code, 0, written.stderr)
  const read = await tapwire(['read', '--only', 'detection', join(folder, 'e.pcapng')])
  assert.deepEqual(
    read.lines<{ attack: string; path: string }>().map(({ attack, path }) => [attack, path]),
    [['ptrav', '/etc/passwd']],
  )
})
