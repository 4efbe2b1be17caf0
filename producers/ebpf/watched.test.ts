import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { connection, type Socket } from './agent.test-support.ts'
import { type ConnectionBody, readConnection } from './messages.ts'
import { selection } from './selection/config.ts'
import { compileRules } from './selection/select.ts'
import { Watched } from './watched.ts'

const root = mkdtempSync(join(tmpdir(), 'tapwire-watched-'))
after(() => rmSync(root, { recursive: true }))
let number = 0

/** A machine without cgroup v2, as /proc shows it. */
class Machine {
  readonly roots = { proc: join(root, String(++number)), cgroups: '/nonexistent' }

  constructor(...programs: readonly (readonly [pid: number, exe: string])[]) {
    mkdirSync(this.roots.proc)
    for (const [pid, exe] of programs) this.begin(pid, exe)
  }

  begin(pid: number, exe: string, cgroup = '/'): this {
    const folder = join(this.roots.proc, String(pid))
    mkdirSync(folder)
    writeFileSync(join(folder, 'status'), `Name:\t${exe.split('/').at(-1)}\nUid:\t0\t0\t0\t0\n`)
    writeFileSync(join(folder, 'cgroup'), `0::${cgroup}\n`)
    symlinkSync(exe, join(folder, 'exe'))
    return this
  }

  end(pid: number): this {
    rmSync(join(this.roots.proc, String(pid)), { recursive: true })
    return this
  }

  watch(given: object, most = 100): Watched {
    const locate = () => ({ pod: 'none', container: null }) as const
    return new Watched(rules(given), { roots: this.roots, users: new Map(), node: null, most, locate })
  }
}

const rules = (given: object) => compileRules(selection.parse(given))
const NGINX = { filters: [{ exe: '/usr/sbin/nginx' }] }
const body = (socket: Socket): ConnectionBody => readConnection(connection(socket).subarray(24))
const exec = (pid: number) => ({ event: 'exec', pid, comm: 'x', cgroup: '1' }) as const

describe('what the agent is told', () => {
  test('at the beginning, everything', () => {
    const watched = new Machine([1, '/sbin/init'], [7, '/usr/sbin/nginx'], [8, '/usr/sbin/nginx']).watch(NGINX)
    assert.deepEqual(watched.begin(), ['default none', 'pid 7 in', 'pid 8 in', 'apply'])
    assert.deepEqual(watched.lines(), [])
    assert.deepEqual(watched.begin(), ['default none', 'pid 7 in', 'pid 8 in', 'apply'])
  })

  test('then what changes', () => {
    const machine = new Machine([7, '/usr/sbin/nginx'])
    const watched = machine.watch(NGINX)
    watched.begin()
    machine.begin(9, '/usr/sbin/nginx').begin(10, '/bin/true')
    watched.event(exec(9))
    watched.event({ event: 'fork', pid: 10, parent: 9 })
    watched.event({ event: 'fork', pid: 11, parent: 9 })
    assert.deepEqual(watched.lines(), ['pid 9 in', 'apply'])
    watched.event({ event: 'exit', pid: 7 })
    assert.deepEqual(watched.lines(), ['pid 7 clear', 'apply'])
    watched.useRules(rules({ allProcesses: true, direction: 'both' }))
    assert.deepEqual(watched.lines(), ['pid 9 both', 'pid 10 both', 'apply'])
  })

  test('of a process that took over the number of another one, once more', () => {
    const machine = new Machine([7, '/usr/sbin/nginx'])
    const watched = machine.watch(NGINX)
    watched.begin()
    watched.event({ event: 'exit', pid: 7 })
    watched.event(exec(7))
    assert.deepEqual(watched.lines(), ['pid 7 clear', 'pid 7 in', 'apply'])
  })

  test('after another agent has begun: processes that ended meanwhile are gone', () => {
    const machine = new Machine([7, '/usr/sbin/nginx'], [8, '/usr/sbin/nginx'])
    const watched = machine.watch(NGINX)
    watched.begin()
    machine.end(7)
    assert.deepEqual(watched.begin(), ['default none', 'pid 8 in', 'apply'])
    assert.equal(watched.stats()['processes'], 1)
  })

  test('which ports, where only some can be selected', () => {
    const watched = new Machine([7, '/usr/sbin/nginx']).watch({ filters: [{ port: '443, 8000-8001' }] })
    const ports = ['port 443 allow', 'port 8000 allow', 'port 8001 allow', 'port-default deny']
    assert.deepEqual(watched.begin(), ['default none', ...ports, 'pid 7 in', 'apply'])
    watched.useRules(rules({ filters: [{ port: 8000 }, { port: 9000 }] }))
    assert.deepEqual(watched.lines(), ['port 443 clear', 'port 8001 clear', 'port 9000 allow', 'apply'])
    watched.useRules(rules({ filters: [{ port: 8000 }, { exe: '/usr/sbin/nginx' }] }))
    assert.deepEqual(watched.lines(), ['port 8000 clear', 'port 9000 clear', 'port-default allow', 'apply'])
  })

  test('not more processes than there is room for', () => {
    const machine = new Machine([1, '/sbin/init'], [2, '/usr/sbin/nginx'], [3, '/usr/sbin/nginx'])
    const watched = machine.watch(NGINX, 2)
    assert.equal(watched.begin().filter(line => line.startsWith('pid')).length <= 2, true)
    assert.equal(watched.stats()['processes'], 2)
    assert.equal(watched.stats()['processes.refused'], 1)
  })
})

describe('what is published', () => {
  test('is decided for each connection', () => {
    const machine = new Machine([7, '/usr/sbin/nginx'])
    const watched = machine.watch({ filters: [{ exe: '/usr/sbin/nginx', port: 443 }] })
    const ports = ['port 443 allow', 'port-default deny']
    assert.deepEqual(watched.begin(), ['default none', ...ports, 'pid 7 in', 'apply'])
    assert.equal(watched.wants(body({ pid: 7 })), true)
    assert.equal(watched.wants(body({ pid: 7, local: ['10.0.0.2', 80] })), false)
    assert.equal(watched.wants(body({ pid: 7, side: 'client', remote: ['10.0.0.1', 443] })), false)
    assert.equal(watched.wants(body({ pid: 99 })), false)
  })

  test('also of a process that nothing was heard of yet', () => {
    const machine = new Machine()
    const watched = machine.watch(NGINX)
    watched.begin()
    machine.begin(9, '/usr/sbin/nginx')
    assert.equal(watched.wants(body({ pid: 9 })), true)
    assert.deepEqual(watched.lines(), ['pid 9 in', 'apply'])
  })
})

describe('what is known of a process', () => {
  test('on the host', () => {
    const watched = new Machine([7, '/usr/sbin/nginx']).watch(NGINX)
    const { executable, ...rest } = watched.describe(body({ pid: 7, comm: 'nginx: worker' }))
    assert.equal(executable, '/usr/sbin/nginx')
    assert.deepEqual(rest, { pid: 7, name: 'nginx: worker', side: 'server' })
  })

  test('in a pod, by its cgroup alone', () => {
    const container = 'ab'.repeat(32)
    const uid = '0f6e1a1c-5a4e-4c55-9a53-1f6d3d1a2b3c'
    const machine = new Machine().begin(7, '/app', `/kubepods/burstable/pod${uid}/${container}`)
    const { pod, container: found } = machine.watch(NGINX).describe(body({ pid: 7 }))
    assert.deepEqual([pod, found], [{ uid }, container])
  })

  test('that is gone', () => {
    const watched = new Machine().watch(NGINX)
    assert.deepEqual(watched.describe(body({ pid: 7, side: 'client' })), { pid: 7, name: 'nginx', side: 'client' })
  })
})
