/** Real captures: on loopback, and between two network namespaces. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ethernet, ipv4, tcp, text, vlan } from '#test/driver/frames.ts'
import type { Network } from '#test/driver/network.ts'
import { missing, needs } from '#test/needs.ts'
import { commandOf } from './command.ts'
import { NotStarted, ProcessEngine } from './engine.ts'
import { OPTIONS } from './fake.test-support.ts'
import { answers, ENGINES, type EngineName, hear, network, open, ready, request, serve } from './live.test-support.ts'

/** Requests from the other side of a network, one connection each. */
async function requestsFrom(side: Network, url: string, paths: readonly string[]): Promise<void> {
  const code = `for (const path of ${JSON.stringify(paths)}) {
    const response = await fetch('${url}' + path, { headers: { connection: 'close' } })
    await response.text()
  }`
  const [program, ...args] = side.inside(process.execPath, '--input-type=module', '-e', code)
  const [status] = await once(spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] }), 'close')
  assert.equal(status, 0)
}

/** Of this process: the engine. */
function children(): readonly number[] {
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1')
  return pids.trim().split(/\s+/).map(Number)
}

/** tcpdump leaves root behind, which takes rights of its own: it starts as nobody. */
const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups']

/** The engine, started with these rights (as capsh writes them) and no others. */
function startWith(engine: EngineName, rights: string): Promise<ProcessEngine> {
  const { program, args, asked } = commandOf({ ...OPTIONS, interface: 'lo', engine })
  const bounds = [`--bounding-set=${rights}`, `--inh-caps=${rights}`, `--ambient-caps=${rights}`]
  const who = engine === 'tcpdump' ? NOBODY : []
  return ProcessEngine.start({ program: 'setpriv', args: [...who, ...bounds, program, ...args], asked })
}

for (const engine of ENGINES) {
  describe(engine, () => {
    test('loopback: requests, responses, an exact ledger, counters of the kernel', async t => {
      if (!(await ready(t, engine))) return
      const { port } = await serve(t)
      const producer = await open(t, { interface: 'lo', engine, filter: `tcp port ${port}` })
      for (const path of ['/1', '/2', '/3']) await request('127.0.0.1', port, path)
      const counted = (): boolean => (producer.stats()['received'] ?? 0) > 0
      const heard = await hear(producer, so => answers(so).length === 3 && counted())
      assert.deepEqual(answers(heard), ['/1', '/2', '/3'])
      assert.equal(heard.flows.size, 3)
      assert.equal(heard.ledger.pending, 0)
      const { packets, segments, ...stats } = producer.stats()
      assert.equal(packets, segments, 'the filter let nothing else through')
      assert.ok(stats['received']! >= packets!)
      assert.deepEqual([stats['drops.kernel'], stats['drops.interface'], stats['restarts']], [0, 0, 0])
    })

    test('any interface', async t => {
      if (!(await ready(t, engine))) return
      const { port } = await serve(t)
      const producer = await open(t, { interface: 'any', engine, filter: `tcp port ${port}` })
      await request('127.0.0.1', port, '/any')
      assert.deepEqual(answers(await hear(producer, so => answers(so).length > 0)), ['/any'])
    })

    test('a short snap length: the rest of a packet is known to be missing', async t => {
      if (!(await ready(t, engine))) return
      const { port } = await serve(t)
      const producer = await open(t, { interface: 'lo', engine, filter: `tcp port ${port}`, snapLength: 80 })
      await request('127.0.0.1', port, `/${'x'.repeat(1000)}`)
      const heard = await hear(producer, ({ cut }) => cut > 2000)
      assert.ok(heard.cut > 2000, `${heard.cut} bytes`)
      assert.equal(heard.ledger.pending, 0)
    })

    test('what comes while nobody reads waits', async t => {
      if (!(await ready(t, engine))) return
      const filler = 1_000_000
      const { port } = await serve(t, 'x'.repeat(filler))
      const producer = await open(t, {
        interface: 'lo',
        engine,
        filter: `tcp port ${port}`,
        bufferBytes: 256 * 1024 ** 2,
      })
      for (const path of ['/1', '/2', '/3', '/4']) await request('127.0.0.1', port, path)
      const heard = await hear(producer, so => so.ledger.get('inspected') + so.cut > 4 * filler)
      assert.deepEqual(answers(heard), ['/1', '/2', '/3', '/4'])
      assert.equal(producer.stats()['drops.kernel'] ?? 0, 0)
    })

    test('VLAN, QinQ and VXLAN are part of the flow; then the interface goes away', async t => {
      if (!(await ready(t, engine)) || !needs(t, 'perl')) return
      const side = network(t, engine === 'cap' ? 1 : 2)
      if (side === null) return
      const { port } = await serve(t)
      const vxlan = side.vxlan(7)
      if (vxlan === null) return void missing(t, 'this kernel has no VXLAN devices')
      const producer = await open(t, { interface: side.device, engine })
      await requestsFrom(side, `http://${side.here}:${port}`, ['/plain'])
      await requestsFrom(side, `http://${vxlan}:${port}`, ['/vxlan'])
      const packet = (path: string): Uint8Array => ipv4({}, tcp({ from: 80, to: 40_000 }, text(`answer ${path}`)))
      side.send([
        ethernet(0x8100, vlan(42, 0x0800, packet('/vlan'))),
        ethernet(0x88a8, vlan(5, 0x8100, vlan(42, 0x0800, packet('/qinq')))),
      ])
      const heard = await hear(producer, so => answers(so).length === 4)
      assert.deepEqual(answers(heard), ['/plain', '/qinq', '/vlan', '/vxlan'])
      const layers = [...heard.flows.values()].map(({ encapsulation }) => JSON.stringify(encapsulation))
      assert.deepEqual(
        layers.toSorted(),
        [
          [],
          [{ type: 'vlan', id: 42 }],
          [
            { type: 'vlan', id: 5 },
            { type: 'vlan', id: 42 },
          ],
          [{ type: 'vxlan', vni: 7 }],
        ]
          .map(one => JSON.stringify(one))
          .toSorted(),
      )
      spawnSync('ip', ['link', 'del', side.device])
      const end = await hear(producer, () => false)
      assert.equal(end.ends, 2, 'one in each partition')
    })

    test('an engine that is killed is replaced', async t => {
      if (!(await ready(t, engine))) return
      const { port } = await serve(t)
      const producer = await open(t, { interface: 'lo', engine, filter: `tcp port ${port}` })
      for (const pid of children()) process.kill(pid, 'SIGKILL')
      await hear(producer, () => producer.stats()['restarts'] === 1)
      await request('127.0.0.1', port, '/after')
      assert.deepEqual(answers(await hear(producer, so => answers(so).length > 0)), ['/after'])
    })

    test('with CAP_NET_RAW alone, and not without it', async t => {
      if (!(await ready(t, engine)) || !needs(t, 'setpriv')) return
      if (process.geteuid?.() !== 0) return void missing(t, 'taking rights away takes root')
      await using captures = await startWith(engine, '-all,+net_raw')
      assert.equal(captures.over, false)
      await assert.rejects(startWith(engine, '-all'), error => {
        assert.ok(error instanceof NotStarted)
        return /permi/i.test(error.message)
      })
    })
  })
}
