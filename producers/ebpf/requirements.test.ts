import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { judge, type Machine, readMachine, refusal } from './requirements.ts'

const capabilities = (...bits: number[]) =>
  `Name:\tnode\nCapEff:\t${bits
    .reduce((all, bit) => all | (1n << BigInt(bit)), 0n)
    .toString(16)
    .padStart(16, '0')}\n`
const [SYS_PTRACE, SYS_ADMIN, SYS_RESOURCE, PERFMON, BPF] = [19, 21, 24, 38, 39]

const GOOD: Machine = {
  architecture: 'x64',
  release: '5.8.0',
  status: capabilities(BPF, PERFMON, SYS_PTRACE),
  users: '         0          0 4294967295',
  limits: 'Max locked memory         unlimited            unlimited            bytes     ',
  processes: 'pid:[4026531836]',
  lockdown: 'none [integrity] confidentiality',
  unprivileged: '2',
  paranoid: '2',
  types: true,
  uprobes: true,
}
const SMALL_MEMLOCK = { limits: 'Max locked memory         8388608              8388608              bytes     ' }

const findings = (changes: Partial<Machine>) =>
  judge({ ...GOOD, ...changes })
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ verdict, what, says }) => `${verdict} ${what}: ${says}`)

describe('nothing is missing', () => {
  const cases: readonly (readonly [name: string, changes: Partial<Machine>])[] = [
    ['with three capabilities, under lockdown integrity', {}],
    ['as root', { status: capabilities(...Array(41).keys()), paranoid: '4' }],
    ['with the one that held two of them', { status: capabilities(SYS_ADMIN, SYS_PTRACE) }],
    ['on arm64', { architecture: 'arm64', release: '6.1.0-rpi7' }],
    ['without the lockdown module', { lockdown: null }],
    ['with a small memlock where it is not counted', { ...SMALL_MEMLOCK, release: '5.11.0' }],
    [
      'with a small memlock that may be raised',
      {
        ...SMALL_MEMLOCK,
        status: capabilities(BPF, PERFMON, SYS_PTRACE, SYS_RESOURCE),
      },
    ],
  ]
  for (const [name, changes] of cases) test(name, () => assert.deepEqual(findings(changes), []))
})

describe('what is missing is said, with what to do', () => {
  const cases: readonly (readonly [name: string, changes: Partial<Machine>, ...said: RegExp[]])[] = [
    ['architecture', { architecture: 'riscv64' }, /^fail architecture: riscv64 is not supported/],
    ['kernel', { release: '5.4.0-200-generic' }, /^fail kernel: Linux 5\.4\.0-200-generic is older than 5\.8: update/],
    ['another system', { release: null }, /^fail kernel: no Linux kernel/],
    ['BTF', { types: false }, /^fail BTF: .*CONFIG_DEBUG_INFO_BTF=y/],
    [
      'CAP_BPF',
      { status: capabilities(PERFMON, SYS_PTRACE) },
      /^fail capabilities: CAP_BPF is missing.*unprivileged_bpf_disabled is 2/,
    ],
    ['CAP_PERFMON', { status: capabilities(BPF, SYS_PTRACE) }, /^fail capabilities: CAP_PERFMON is missing/],
    ['CAP_SYS_PTRACE', { status: capabilities(SYS_ADMIN) }, /^fail capabilities: CAP_SYS_PTRACE is missing/],
    ['all of them', { status: capabilities() }, /CAP_BPF/, /CAP_PERFMON/, /CAP_SYS_PTRACE/],
    ['/proc', { status: null }, /^fail capabilities: \/proc\/self\/status cannot be read/],
    ['user namespace', { users: '0 100000 65536' }, /^fail capabilities: they are those of a user namespace/],
    ['lockdown', { lockdown: 'none integrity [confidentiality]' }, /^fail lockdown: .*lockdown=integrity/],
    ['memlock', { ...SMALL_MEMLOCK, release: '5.10.0' }, /^fail memlock: 8388608 bytes are too few/],
    ['uprobes', { uprobes: false }, /^warn uprobes: .*CONFIG_UPROBE_EVENTS/],
    ['paranoia', { paranoid: '4' }, /^warn perf_event_paranoid: it is 4/],
    ['process namespace', { processes: 'pid:[4026532000]' }, /^warn processes: .*hostPID: true/],
  ]
  for (const [name, changes, ...said] of cases) {
    test(name, () => {
      const found = findings(changes)
      for (const pattern of said) assert.match(found.join('\n'), pattern)
      for (const line of found) assert.doesNotMatch(line, /\n/)
    })
  }

  test('the refusal of a start has every failure, and no warning', () => {
    const said = refusal(judge({ ...GOOD, types: false, uprobes: false, status: capabilities(BPF, PERFMON) }))
    assert.match(String(said), /^BTF: .*; capabilities: CAP_SYS_PTRACE/)
    assert.doesNotMatch(String(said), /uprobes/)
    assert.equal(refusal(judge({ ...GOOD, uprobes: false })), null)
  })
})

describe('facts', () => {
  test('are read below a root', async t => {
    const root = await mkdtemp(join(tmpdir(), 'tapwire-machine-'))
    t.after(() => rm(root, { recursive: true }))
    const put = async (path: string, text: string) => {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    }
    await put('proc/sys/kernel/osrelease', '6.8.0\n')
    await put('proc/self/status', GOOD.status!)
    await put('sys/kernel/btf/vmlinux', '')
    await mkdir(join(root, 'proc/self/ns'))
    await symlink('pid:[4026531836]', join(root, 'proc/self/ns/pid'))
    const machine = await readMachine(root)
    assert.deepEqual([machine.release, machine.types, machine.uprobes, machine.lockdown], ['6.8.0', true, false, null])
    assert.equal(machine.processes, GOOD.processes)
    assert.match(machine.status ?? '', /CapEff/)
  })

  test('of this machine are judged without a throw', async () => {
    for (const { says } of judge(await readMachine())) assert.notEqual(says, '')
  })
})
