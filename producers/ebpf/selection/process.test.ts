import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { cgroupBase, cgroupOf, parseUsers, readProcess } from './process.ts'

const root = await mkdtemp(join(tmpdir(), 'tapwire-proc-'))
after(() => rm(root, { recursive: true }))
const roots = { proc: join(root, 'proc'), cgroups: join(root, 'cgroup') }

async function process(pid: number, cgroup: string, exe: string | null): Promise<void> {
  const folder = join(roots.proc, String(pid))
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'status'), 'Name:\tnginx\nUmask:\t0022\nUid:\t0\t33\t33\t33\n')
  await writeFile(join(folder, 'cgroup'), cgroup)
  if (exe !== null) await symlink(exe, join(folder, 'exe'))
}

describe('a process', () => {
  test('under cgroup v2', async () => {
    const path = '/system.slice/nginx.service'
    await mkdir(join(roots.cgroups, path), { recursive: true })
    await process(1, `0::${path}\n`, '/usr/sbin/nginx')
    const { ino } = await stat(join(roots.cgroups, path), { bigint: true })
    assert.deepEqual(readProcess(1, roots, new Map([[33, 'www-data']])), {
      pid: 1,
      comm: 'nginx',
      exe: '/usr/sbin/nginx',
      uid: 33,
      user: 'www-data',
      cgroup: path,
      cgroupId: ino,
    })
  })

  test('of which the executable was replaced, in a group that is gone', async () => {
    await process(2, '0::/gone\n', '/usr/sbin/nginx (deleted)')
    const found = readProcess(2, roots, new Map())
    assert.deepEqual([found?.exe, found?.user, found?.cgroupId], ['/usr/sbin/nginx', null, 0n])
  })

  test('without an executable that may be read, under v1', async () => {
    await process(3, '4:memory:/kubepods/pod1/2\n0::/\n', null)
    const found = readProcess(3, roots, new Map())
    assert.deepEqual([found?.exe, found?.cgroup, found?.cgroupId], [null, '/kubepods/pod1/2', 0n])
  })

  test('seen from another cgroup namespace', async () => {
    await process(4, '0::/../cri-containerd-1.scope\n', null)
    const found = readProcess(4, roots, new Map())
    assert.deepEqual([found?.cgroup, found?.cgroupId], ['/../cri-containerd-1.scope', 0n])
  })

  test('seen from there, when it is known where that is', async () => {
    const [own, other] = ['/kubepods/pod1/own', '/kubepods/pod2/other']
    for (const path of [own, other]) await mkdir(join(roots.cgroups, path), { recursive: true })
    const base = cgroupBase(roots.cgroups, join(roots.cgroups, own))
    assert.equal(base, own)
    await process(6, '0::/../../pod2/other\n', null)
    const { ino } = await stat(join(roots.cgroups, other), { bigint: true })
    const found = readProcess(6, { ...roots, base }, new Map())
    assert.deepEqual([found?.cgroup, found?.cgroupId], [other, ino])
    await process(7, '0::/\n', null)
    assert.equal(readProcess(7, { ...roots, base }, new Map())?.cgroup, own)
    assert.equal(cgroupBase(roots.cgroups, roots.cgroups), '/')
    assert.equal(cgroupBase(join(roots.cgroups, own), join(roots.cgroups, other)), null)
    assert.equal(cgroupBase(roots.cgroups, '/nowhere'), null)
  })

  test('that has ended', async () => assert.equal(readProcess(5, roots, new Map()), null))
})

describe('/proc/<pid>/cgroup', () => {
  const cases: readonly (readonly [lines: string, path: string])[] = [
    ['0::/a\n', '/a'],
    ['0::/\n', '/'],
    ['', '/'],
    ['garbage\n1:x\n', '/'],
    [
      '12:pids:/p\n11:cpu,cpuacct:/c\n1:name=systemd:/s\n0::/system.slice/containerd.service\n',
      '/system.slice/containerd.service',
    ],
    ['12:pids:/p\n11:hugetlb:/h\n1:name=systemd:/s\n', '/p'],
    ['9:name=systemd:/\n8:pids:/\n4:memory:/m\n0::/\n', '/m'],
    ['3:cpuset:/a:b\n', '/a:b'],
  ]
  for (const [lines, path] of cases) test(JSON.stringify(lines), () => assert.equal(cgroupOf(lines), path))
})

test('users by number: the first name wins, nonsense is left out', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\nwww-data:x:33:33::/:\nbad line\n:x:5:5::/:\n'
  assert.deepEqual(
    [...parseUsers(passwd)],
    [
      [0, 'root'],
      [33, 'www-data'],
    ],
  )
})
