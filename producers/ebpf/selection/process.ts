/**
 * Facts about a process from /proc (proc_pid_status(5), proc_pid_cgroup(5)).
 *
 *   status:  Name:\tnginx            cgroup:  0::/system.slice/nginx.service              v2
 *            Uid:\t0\t33\t33\t33              4:memory:/kubepods/pod1/2                  v1, one line per hierarchy
 *            (real effective saved fs)
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Target } from './targets.ts'

/** Cut off where a path in /proc cannot be longer. */
const LONGEST_PATH = 4096
const MOST_CGROUPS = 100_000

export interface ProcessRoots {
  /** `/proc`, or where that of the node is mounted. */
  readonly proc: string
  /** Root of the cgroup v2 hierarchy, e.g. `/sys/fs/cgroup`, or `/sys/fs/cgroup/unified` beside v1. */
  readonly cgroups: string
  /** From `cgroupBase`: paths are seen from there. Null: not known, they stay as they are. */
  readonly base?: string | null
}

/**
 * Null when the process has ended. `users`: names by number. Synchronous: whoever asks has bytes of the process in hand, and
 * the kernel answers from memory.
 */
export function readProcess(pid: number, roots: ProcessRoots, users: ReadonlyMap<number, string>): Target | null {
  const folder = join(roots.proc, String(pid))
  const status = attempt(() => readFileSync(join(folder, 'status'), 'utf8'))
  const lines = attempt(() => readFileSync(join(folder, 'cgroup'), 'utf8'))
  const exe = attempt(() => readlinkSync(join(folder, 'exe')))
  if (status === null || lines === null) return null
  const uid = effectiveUser(status)
  const { base = null } = roots
  const cgroup = fromBase(base, cgroupOf(lines))
  return {
    pid,
    comm: /^Name:\t(.*)$/m.exec(status)?.[1] ?? '',
    exe: exe?.replace(/ \(deleted\)$/, '') ?? null,
    uid,
    user: uid === null ? null : (users.get(uid) ?? null),
    cgroup,
    cgroupId: cgroupId(roots.cgroups, fromBase(base, unifiedPath(lines))),
  }
}

/** Name by number from the text of /etc/passwd; the first line of a number wins, as it does for the C library. */
export function parseUsers(passwd: string): ReadonlyMap<number, string> {
  const users = new Map<number, string>()
  for (const line of passwd.split('\n')) {
    const [name = '', , uid = ''] = line.split(':')
    if (/^\d{1,10}$/.test(uid) && name !== '' && !users.has(Number(uid))) users.set(Number(uid), name)
  }
  return users
}

function effectiveUser(status: string): number | null {
  const uid = /^Uid:\t\d+\t(\d+)/m.exec(status)?.[1]
  return uid === undefined ? null : Number(uid)
}

/** The path that says most: that of v2, unless only v1 is used for processes (then that of v2 is the root). */
export function cgroupOf(lines: string): string {
  const paths = lines.split('\n').flatMap(line => /^\d+:([^:]*):(\/.*)$/.exec(line)?.slice(1, 3) ?? [])
  let best = '/'
  for (let i = 0; i + 1 < paths.length; i += 2) {
    const [controllers, path] = [paths[i]!, paths[i + 1]!]
    if (controllers === '' && path !== '/') return path.slice(0, LONGEST_PATH)
    // Controllers need not agree: memory, pids and cpu are those that every container has a group of its own in.
    if (best === '/' || /(^|,)(memory|pids|cpu)(,|$)/.test(controllers)) best = path === '/' ? best : path
  }
  return best.slice(0, LONGEST_PATH)
}

function unifiedPath(lines: string): string {
  return /^0::(\/.*)$/m.exec(lines)?.[1] ?? '/'
}

/** 0 where there is no such directory (no cgroup v2, another cgroup namespace), and for the root, which is everybody's under v1. */
function cgroupId(root: string, path: string): bigint {
  if (path === '/' || path.includes('/..')) return 0n
  return attempt(() => statSync(join(root, path), { bigint: true }).ino) ?? 0n
}

/**
 * Which cgroup stands at the root of our own cgroup namespace: a container has one, and sees the paths of others as `/../…`. `own`:
 * where that root is mounted; `cgroups`: where all of the hierarchy is. The same directory has the same number in both. Null: there
 * is none such (v1), or it was not found among the first hundred thousand.
 */
export function cgroupBase(cgroups: string, own = '/sys/fs/cgroup'): string | null {
  const number = (path: string) =>
    attempt(() => {
      const { dev, ino } = statSync(path, { bigint: true })
      return `${dev}:${ino}`
    })
  const wanted = number(own)
  if (wanted === null) return null
  const queue = ['/']
  for (let i = 0; i < queue.length && i < MOST_CGROUPS; i++) {
    const path = queue[i]!
    if (number(join(cgroups, path)) === wanted) return path
    const entries = attempt(() => readdirSync(join(cgroups, path), { withFileTypes: true })) ?? []
    for (const entry of entries) if (entry.isDirectory()) queue.push(join(path, entry.name))
  }
  return null
}

function fromBase(base: string | null, path: string): string {
  return base === null ? path : resolve(base, `.${path}`)
}

/** Null for what is gone, or may not be read. */
function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
