/**
 * A traffic mirror made of Linux devices: two hosts on a bridge that forgets at once who is where, so that it floods every
 * frame, also into a VXLAN tunnel whose other end is we.
 *
 *   client 10.77.0.1 ──┐
 *   server 10.77.0.2 ──┴── hub ── VXLAN device ── veth ── `listen`
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { programPath } from '#infra/setup/program.ts'
import { missing } from '#test/needs.ts'

export const SERVER = '10.77.0.2'

export interface Hub {
  /** Our address: where the mirror's datagrams arrive. */
  readonly listen: string
  /** Serves `body` at every path; resolves when it listens. */
  serve(body: string): Promise<void>
  /** Bodies of the answers to these requests, one after another. */
  get(paths: readonly string[]): Promise<readonly string[]>
}

/** Everything it makes is gone after the test. Null: this system cannot (root and network namespaces are needed). */
export function openHub(t: TestContext, vni: number, port: number): Hub | null {
  const ip = programPath('ip')
  if (ip === null || process.getuid?.() !== 0) {
    missing(t, 'network namespaces need root and iproute2')
    return null
  }
  const id = String(process.pid % 100_000)
  const [client, server, hub] = [`twc${id}`, `tws${id}`, `twh${id}`]
  const network = `198.18.${process.pid % 256}`
  const commands = [
    ...[client, server, hub].map(name => `netns add ${name}`),
    `-n ${hub} link add br0 type bridge ageing_time 0`,
    ...[client, server].flatMap((name, i) => [
      `-n ${hub} link add p${i} type veth peer name eth0 netns ${name}`,
      `-n ${hub} link set p${i} mtu 1400 master br0 up`,
      `-n ${name} addr add 10.77.0.${i + 1}/24 dev eth0`,
      `-n ${name} link set eth0 mtu 1400 up`,
    ]),
    `-n ${hub} link add up0 type veth peer name tw${id} netns ${process.pid}`,
    `addr add ${network}.1/24 dev tw${id}`,
    `link set tw${id} up`,
    `-n ${hub} addr add ${network}.2/24 dev up0`,
    `-n ${hub} link set up0 up`,
    `-n ${hub} link add tun0 type vxlan id ${vni} remote ${network}.1 dstport ${port}`,
    `-n ${hub} link set tun0 mtu 1400 master br0 up`,
    `-n ${hub} link set br0 up`,
  ]
  t.after(() => {
    for (const name of [client, server, hub]) spawnSync(ip, ['netns', 'del', name])
  })
  for (const command of commands) {
    const { status, stderr } = spawnSync(ip, command.split(' '), { encoding: 'utf8' })
    if (status === 0) continue
    missing(t, `ip ${command}: ${stderr.trim()}`)
    return null
  }
  const start = (name: string, script: string) => {
    const child = spawn(ip, ['netns', 'exec', name, process.execPath, '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => child.kill('SIGKILL'))
    return child
  }
  return {
    listen: `${network}.1`,
    async serve(body) {
      const answer = `(_, response) => response.end(${JSON.stringify(body)})`
      const child = start(server, `require('http').createServer(${answer}).listen(80, () => console.log('ready'))`)
      await once(child.stdout, 'data')
    },
    async get(paths) {
      const script = `(async () => {
        const bodies = []
        for (const path of ${JSON.stringify(paths)}) bodies.push(await (await fetch('http://${SERVER}' + path)).text())
        process.stdout.write(JSON.stringify(bodies))
      })()`
      const child = start(client, script)
      const chunks: Buffer[] = []
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
      await once(child, 'close')
      return JSON.parse(Buffer.concat(chunks).toString()) as string[]
    },
  }
}
