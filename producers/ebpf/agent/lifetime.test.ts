/** What is left of the agent, and what of the workload, however it ends; rules that change; and what is lost is said. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AGENT } from '../command.ts'
import { TYPE } from '../messages.ts'
import { NEEDED, ready, type Seen, Watch } from './watch.test-support.ts'

const RING = 2

/** A client and its server in this process. */
interface Pair extends AsyncDisposable {
  readonly port: number
  readonly client: Socket
  readonly server: Socket
}

async function pair(host = '127.0.0.1'): Promise<Pair> {
  const listener = createServer().listen(0, host)
  await once(listener, 'listening')
  const { port } = listener.address() as { readonly port: number }
  const client = connect(port, host)
  const [server] = (await once(listener, 'connection')) as [Socket]
  const end = async (): Promise<void> => {
    const both = Promise.all([once(client, 'close'), once(server, 'close')])
    client.end()
    server.end()
    listener.close()
    await both
  }
  return { port, client, server, [Symbol.asyncDispose]: end }
}

async function say(from: Socket, to: Socket, text: string): Promise<void> {
  from.write(text)
  for (let got = 0; got < text.length; ) got += ((await once(to, 'data')) as [Buffer])[0].length
}

/** BPF programs and links of a process are file descriptors of it: when it is gone, so are they. Those of anybody else are not ours. */
function probes(pid: number): number {
  const folder = `/proc/${pid}/fdinfo`
  return readdirSync(folder).filter(fd => /^(prog|link)_(id|type)/m.test(readFileSync(`${folder}/${fd}`, 'latin1')))
    .length
}

/** Ids of all BPF programs of that name in the kernel. */
function loaded(name: string): readonly number[] {
  const { stdout } = spawnSync('bpftool', ['prog', 'show', '-j'], { encoding: 'utf8', maxBuffer: 1 << 26 })
  const programs = JSON.parse(stdout) as readonly { readonly id: number; readonly name?: string }[]
  return programs.filter(program => program.name === name).map(program => program.id)
}

const endings: Readonly<Record<string, (watch: Watch) => void>> = {
  'kill -9': watch => void watch.agent.kill('SIGKILL'),
  SIGTERM: watch => void watch.agent.kill('SIGTERM'),
  'end of its input': watch => void watch.agent.stdin.end(),
  'nobody reads it any more': watch => watch.agent.stdout.destroy(),
}

for (const [name, end] of Object.entries(endings)) {
  test(`${name}: no probe is left, and the workload goes on`, async t => {
    if (!ready(t, 'bpftool')) return
    const before = new Set(loaded('syscalls_exit'))
    await using watch = await Watch.start()
    await using open = await pair()
    await say(open.client, open.server, 'seen')
    assert.ok(probes(watch.agent.pid!) > 10)
    const ours = loaded('syscalls_exit').filter(id => !before.has(id))
    assert.ok(ours.length > 0)
    end(watch)
    await once(watch.agent, 'exit')
    // The kernel frees a program after a grace period.
    for (let tries = 0; loaded('syscalls_exit').some(id => ours.includes(id)); tries++) {
      assert.ok(tries < 100, 'programs are still there')
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    await say(open.client, open.server, 'unseen')
    await say(open.server, open.client, 'and harmless')
  })
}

test('it ends with its parent, even one that is killed, and whose pipe somebody holds open', async t => {
  if (!ready(t)) return
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-agent-'))
  t.after(() => rmSync(folder, { recursive: true }))
  // The agent inherits the writing end of its own input.
  const script = `mkfifo in; exec 3<>in; "${AGENT}" <in & echo $!; wait`
  const parent = spawn('sh', ['-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const [first] = (await once(parent.stdout, 'data')) as [Buffer]
  const agent = Number.parseInt(first.toString('latin1'), 10)
  // It has attached its probes when it says hello.
  if (!first.includes('"version"')) await once(parent.stdout, 'data')
  parent.kill('SIGKILL')
  // The agent is the last to hold the other end.
  parent.stdout.resume()
  await once(parent, 'close')
  assert.equal(existsSync(`/proc/${agent}/exe`), false)
})

test('without its rights it says which one is missing, and what to do', async t => {
  if (!ready(t, 'setpriv')) return
  for (const right of NEEDED) {
    const name = right.slice(4).toLowerCase()
    const others = ['--bounding-set', `-${name}`, '--inh-caps', `-${name}`]
    await using watch = Watch.run([], 'setpriv', ...others, '--')
    await once(watch.agent, 'close')
    assert.equal(watch.agent.exitCode, 1, right)
    const [said] = watch.of(TYPE.log)
    assert.equal(said?.['level'], 'fatal')
    assert.match(String(said?.['text']), new RegExp(`^${right} is missing \\(it .+\\): run as root, or add it`))
  }
})

test('it keeps no more rights than it needs', async t => {
  if (!ready(t)) return
  await using watch = await Watch.start()
  const hello = watch.of(TYPE.hello)[0]
  assert.deepEqual([...(hello?.['capabilities'] as string[])].sort(), NEEDED)
  const status = readFileSync(`/proc/${watch.agent.pid}/status`, 'latin1')
  const masks = [...status.matchAll(/^Cap(?:Prm|Eff):\s*([0-9a-f]+)$/gm)].map(match => BigInt(`0x${match[1]}`))
  assert.deepEqual(masks, [(1n << 39n) | (1n << 38n) | (1n << 19n), (1n << 39n) | (1n << 38n) | (1n << 19n)])
})

const bytesOf = (seen: readonly Seen[], side: string): string[] =>
  seen.filter(one => one.side === side).map(({ streams }) => streams.map(stream => stream.bytes.toString()).join('|'))

test('sides, ports and networks: only what is wanted, and new rules hold for open connections', async t => {
  if (!ready(t)) return
  await using watch = await Watch.start([], [`pid ${process.pid} in`, 'apply'])
  await using open = await pair()
  const { client, server, port } = open
  await say(client, server, '1')
  await watch.apply(`pid ${process.pid} out`)
  await say(client, server, '2')
  await watch.apply(`pid ${process.pid} both`, `port ${port} deny`)
  await say(client, server, '3')
  await watch.apply(`port ${port} clear`, 'cidr 127.0.0.0/8 deny', 'cidr 127.0.0.1/32 allow')
  await say(server, client, '4')
  await watch.apply('cidr 127.0.0.1/32 clear')
  await say(client, server, '5')
  await watch.apply('cidr 127.0.0.0/8 clear', `pid ${process.pid} none`)
  await say(client, server, '6')
  await watch.apply(`pid ${process.pid} in`)
  await say(client, server, '7')
  await watch.until(() => bytesOf(watch.at(port), 'server').at(-1) === '7|')
  assert.deepEqual(bytesOf(watch.at(port), 'server'), ['1|', '|4', '7|'])
  assert.deepEqual(bytesOf(watch.at(port), 'client'), ['|2', '4|'])
  assert.deepEqual(
    watch.at(port).map(seen => seen.midstream),
    [false, true, true, true, true],
  )
})

test('addresses of both families and the network namespace', async t => {
  if (!ready(t)) return
  await using watch = await Watch.start()
  for (const [host, family, address] of [
    ['127.0.0.1', 4, '7f000001'],
    ['::1', 6, `${'0'.repeat(31)}1`],
  ] as const) {
    let port = 0
    {
      await using open = await pair(host)
      port = open.port
      await say(open.client, open.server, 'hello')
    }
    for (const seen of await watch.closed(port, 2)) {
      assert.equal(seen.family, family)
      assert.equal(Buffer.from(seen.local).toString('hex'), address)
      assert.equal(Buffer.from(seen.remote).toString('hex'), address)
      assert.equal(seen.side === 'server' ? seen.localPort : seen.remotePort, port)
    }
  }
})

test('lines that mean nothing are answered, and change nothing', async t => {
  if (!ready(t)) return
  await using watch = await Watch.start()
  const wrong = [
    '',
    'default',
    'default maybe',
    'pid x both',
    'port 70000 allow',
    'cidr 10.0.0.0/33 allow',
    'cidr 10.0.0.0 deny',
  ]
  await watch.apply(...wrong)
  assert.deepEqual(
    watch.of(TYPE.log).map(said => said['text']),
    wrong.map(line => `not understood, or the table is full: ${line}`),
  )
})

test('a reader that is too slow costs bytes, never the workload: each is counted, at its place', async t => {
  if (!ready(t)) return
  const size = 40 << 20
  await using watch = await Watch.start(['--ring-bytes', String(1 << 20)])
  let port = 0
  {
    await using open = await pair()
    port = open.port
    watch.agent.stdout.pause()
    await say(open.client, open.server, 'x'.repeat(size))
    watch.agent.stdout.resume()
  }
  for (const { streams, side } of await watch.closed(port, 2)) {
    const stream = streams[side === 'server' ? 0 : 1]
    const missing = stream.gaps.reduce((sum, gap) => sum + gap.length, 0)
    assert.equal(stream.bytes.length + missing, size, side)
    assert.ok(missing > 0 && stream.gaps.every(gap => (gap.why & RING) !== 0))
  }
})
