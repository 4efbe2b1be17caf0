/**
 * May and can the agent run here? Judged by facts that anybody may read, before anything is tried: each finding is one line
 * that says what is missing and what to do. The agent's own `--check` then tries.
 *
 *   CAP_BPF         load programs, make maps                       or CAP_SYS_ADMIN, which holds both
 *   CAP_PERFMON     attach them to trace points and functions, read the memory they are called with
 *   CAP_SYS_PTRACE  look into /proc/<pid> of other users: executables, libraries, sockets that were open before
 */
import { readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Texts as the kernel gives them; null: not there, or not to be read. */
export interface Machine {
  /** As Node has it: `x64`, `arm64`. */
  readonly architecture: string
  /** /proc/sys/kernel/osrelease, e.g. `6.8.0-45-generic`. */
  readonly release: string | null
  /** /proc/self/status */
  readonly status: string | null
  /** /proc/self/uid_map */
  readonly users: string | null
  /** /proc/self/limits */
  readonly limits: string | null
  /** Where /proc/self/ns/pid points to. */
  readonly processes: string | null
  /** /sys/kernel/security/lockdown, e.g. `none [integrity] confidentiality`. */
  readonly lockdown: string | null
  /** /proc/sys/kernel/unprivileged_bpf_disabled */
  readonly unprivileged: string | null
  /** /proc/sys/kernel/perf_event_paranoid */
  readonly paranoid: string | null
  /** Is /sys/kernel/btf/vmlinux there? */
  readonly types: boolean
  /** Is /sys/bus/event_source/devices/uprobe there? */
  readonly uprobes: boolean
}

/** `fail`: the agent cannot work. `warn`: it can, and sees less. */
export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail'
  readonly what: string
  /** One line: what was found and, unless all is well, what to do. */
  readonly says: string
}

const CAPABILITIES = [
  ['CAP_BPF', 39n, 'loads the programs'],
  ['CAP_PERFMON', 38n, 'attaches them'],
  ['CAP_SYS_PTRACE', 19n, 'finds libraries and sockets of other users’ processes'],
] as const
const CAP_SYS_ADMIN = 21n
const CAP_SYS_RESOURCE = 24n
/** CAP_SYS_ADMIN holds these two since they were taken out of it (Linux 5.8). */
const OF_ADMIN = new Set<string>(['CAP_BPF', 'CAP_PERFMON'])

/** The ring buffer and the two capabilities are those of 5.8. */
const OLDEST = [5, 8] as const
/** From 5.11 on the memory of maps is counted by cgroup, before it by RLIMIT_MEMLOCK. */
const NO_MEMLOCK = [5, 11] as const
const LEAST_MEMLOCK = 256 * 1024 * 1024
/** PROC_PID_INIT_INO of the kernel: the first process namespace always has this number. */
const FIRST_PROCESSES = 'pid:[4026531836]'

/** `root`: `/`, or the root of another tree for tests. Never rejects. */
export async function readMachine(root = '/'): Promise<Machine> {
  const text = (path: string) =>
    readFile(join(root, path), 'utf8')
      .then(found => found.trim())
      .catch(() => null)
  const there = (path: string) =>
    stat(join(root, path)).then(
      () => true,
      () => false,
    )
  return {
    architecture: process.arch,
    release: await text('proc/sys/kernel/osrelease'),
    status: await text('proc/self/status'),
    users: await text('proc/self/uid_map'),
    limits: await text('proc/self/limits'),
    processes: await readlink(join(root, 'proc/self/ns/pid')).catch(() => null),
    lockdown: await text('sys/kernel/security/lockdown'),
    unprivileged: await text('proc/sys/kernel/unprivileged_bpf_disabled'),
    paranoid: await text('proc/sys/kernel/perf_event_paranoid'),
    types: await there('sys/kernel/btf/vmlinux'),
    uprobes: await there('sys/bus/event_source/devices/uprobe/type'),
  }
}

/** All findings, those that are well too. */
export function judge(machine: Machine): readonly Finding[] {
  return [
    checkArchitecture(machine),
    checkKernel(machine),
    checkTypes(machine),
    ...checkCapabilities(machine),
    checkLockdown(machine),
    checkMemlock(machine),
    checkUprobes(machine),
    checkParanoid(machine),
    checkProcesses(machine),
  ]
}

/** The refusal of a start: every failure in one line, or null when there is none. */
export function refusal(findings: readonly Finding[]): string | null {
  const failures = findings.filter(({ verdict }) => verdict === 'fail')
  return failures.length === 0 ? null : failures.map(({ what, says }) => `${what}: ${says}`).join('; ')
}

function checkArchitecture({ architecture }: Machine): Finding {
  const what = 'architecture'
  if (architecture === 'x64' || architecture === 'arm64') return ok(what, architecture)
  return fail(
    what,
    `${architecture} is not supported: x86-64 and arm64 are; mirror the traffic to another machine instead`,
  )
}

function checkKernel({ release }: Machine): Finding {
  const what = 'kernel'
  const version = versionOf(release)
  if (version === null) return fail(what, 'no Linux kernel can be recognised here: run the agent on the node itself')
  if (atLeast(version, OLDEST)) return ok(what, `Linux ${release}`)
  return fail(what, `Linux ${release} is older than ${OLDEST.join('.')}: update it, or capture with pcap`)
}

function checkTypes({ types }: Machine): Finding {
  const what = 'BTF'
  if (types) return ok(what, '/sys/kernel/btf/vmlinux')
  return fail(
    what,
    '/sys/kernel/btf/vmlinux is missing: mount /sys of the node, or use a kernel with CONFIG_DEBUG_INFO_BTF=y (all big distributions have it since 2021)',
  )
}

function checkCapabilities({ status, users, unprivileged }: Machine): readonly Finding[] {
  const what = 'capabilities'
  const effective = capabilitiesOf(status)
  if (effective === null) return [fail(what, '/proc/self/status cannot be read: mount /proc')]
  if (users !== null && !/^\s*0\s+0\s+4294967295\s*$/.test(users)) {
    return [
      fail(
        what,
        'they are those of a user namespace, which count for nothing here: run outside of one (hostUsers: true)',
      ),
    ]
  }
  const has = (bit: bigint) => (effective & (1n << bit)) !== 0n
  const missing = CAPABILITIES.filter(([name, bit]) => !has(bit) && !(OF_ADMIN.has(name) && has(CAP_SYS_ADMIN)))
  if (missing.length === 0) return [ok(what, 'all that are needed')]
  const closed =
    unprivileged === '0' ? '' : ` (kernel.unprivileged_bpf_disabled is ${unprivileged ?? 'not to be read'})`
  return missing.map(([name, , purpose]) => {
    const says = `${name} is missing, which ${purpose}: run as root, or add it to the container's capabilities`
    return fail(what, name === 'CAP_BPF' ? `${says}${closed}` : says)
  })
}

function checkLockdown({ lockdown }: Machine): Finding {
  const what = 'lockdown'
  const mode = lockdown === null ? 'none' : (/\[(\w+)\]/.exec(lockdown)?.[1] ?? 'none')
  if (mode !== 'confidentiality') return ok(what, mode)
  return fail(
    what,
    'the kernel is locked down for confidentiality, so that no program may read its memory: boot with lockdown=integrity, under which everything here works',
  )
}

function checkMemlock({ release, limits, status }: Machine): Finding {
  const what = 'memlock'
  const version = versionOf(release)
  const limit = /^Max locked memory\s+(\S+)/m.exec(limits ?? '')?.[1] ?? 'unlimited'
  const free = ((capabilitiesOf(status) ?? 0n) & (1n << CAP_SYS_RESOURCE)) !== 0n
  if (version === null || atLeast(version, NO_MEMLOCK)) return ok(what, 'not counted by this kernel')
  if (free || limit === 'unlimited' || Number(limit) >= LEAST_MEMLOCK)
    return ok(what, free ? 'raised at the start' : limit)
  return fail(
    what,
    `${limit} bytes are too few for maps, which Linux before ${NO_MEMLOCK.join('.')} counts here: ulimit -l unlimited, or CAP_SYS_RESOURCE`,
  )
}

function checkUprobes({ uprobes }: Machine): Finding {
  if (uprobes) return ok('uprobes', 'TLS libraries can be probed')
  return warn(
    'uprobes',
    'this kernel has none (CONFIG_UPROBE_EVENTS), or /sys is not mounted: nothing inside TLS will be seen',
  )
}

/** Mainline stops at 2; Debian and Ubuntu add 3 and 4, which older ones of their kernels lift for CAP_SYS_ADMIN alone. */
function checkParanoid({ paranoid, status }: Machine): Finding {
  const what = 'perf_event_paranoid'
  const admin = ((capabilitiesOf(status) ?? 0n) & (1n << CAP_SYS_ADMIN)) !== 0n
  if (admin || Number(paranoid ?? 0) <= 2) return ok(what, paranoid ?? 'not to be read')
  return warn(
    what,
    `it is ${paranoid}: should probes be refused, sysctl -w kernel.perf_event_paranoid=2, or add CAP_SYS_ADMIN`,
  )
}

function checkProcesses({ processes }: Machine): Finding {
  const what = 'processes'
  if (processes === FIRST_PROCESSES) return ok(what, 'those of the node')
  return warn(
    what,
    'this is not the process namespace of the node: processes, containers and TLS libraries will not be found: hostPID: true (docker run --pid=host)',
  )
}

type Version = readonly [major: number, minor: number]

function versionOf(release: string | null): Version | null {
  const found = /^(\d{1,3})\.(\d{1,3})/.exec(release ?? '')
  return found === null ? null : [Number(found[1]), Number(found[2])]
}

function atLeast([major, minor]: Version, [least, leastMinor]: Version): boolean {
  return major > least || (major === least && minor >= leastMinor)
}

function capabilitiesOf(status: string | null): bigint | null {
  const effective = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status ?? '')?.[1]
  return effective === undefined ? null : BigInt(`0x${effective}`)
}

const ok = (what: string, says: string): Finding => ({ verdict: 'ok', what, says })
const warn = (what: string, says: string): Finding => ({ verdict: 'warn', what, says })
const fail = (what: string, says: string): Finding => ({ verdict: 'fail', what, says })
