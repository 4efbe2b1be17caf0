/** The processes that have TCP sockets, and what can be seen of their TLS. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Elf } from './elf.ts'
import { type TlsStack, tlsStackOf } from './tls-stack.ts'

export interface Seen {
  readonly pid: number
  readonly name: string
  readonly executable: string
  /** Null: no TLS library that is known. What it says in the clear is seen. */
  readonly tls: TlsStack | null
}

/** Descriptors of a process that are looked at for a socket. */
const MOST_DESCRIPTORS = 4096
const MOST_MAPS = 16 * 1024 ** 2

/** By process id. Processes of others that may not be looked into are left out, and counted. */
export function lookAtProcesses(proc = '/proc'): { readonly seen: readonly Seen[]; readonly hidden: number } {
  const stacks = new Map<string, TlsStack | null>()
  const seen: Seen[] = []
  let hidden = 0
  const pids = readdirSync(proc).filter(name => /^\d+$/.test(name))
  for (const pid of pids.map(Number).sort((a, b) => a - b)) {
    const folder = join(proc, String(pid))
    const sockets = hasTcp(folder)
    if (sockets === null) hidden++
    if (sockets !== true) continue
    const executable = attempt(() => readlinkSync(join(folder, 'exe')))
    const name = attempt(() => readFileSync(join(folder, 'comm'), 'utf8').trim())
    if (executable === null || name === null) continue
    seen.push({ pid, name, executable, tls: stackOf(folder, stacks) })
  }
  return { seen, hidden }
}

/** Workers of one program have the same libraries: each is looked at once. */
function stackOf(folder: string, stacks: Map<string, TlsStack | null>): TlsStack | null {
  const mapped = new Set(
    (attempt(() => readFileSync(join(folder, 'maps'), 'latin1')) ?? '')
      .slice(0, MOST_MAPS)
      .split('\n')
      .flatMap(line => /\s(\/\S+)/.exec(line)?.[1] ?? [])
      .map(path => basename(path)),
  )
  const file = attempt(() => statSync(join(folder, 'exe')))
  const key = [file?.dev, file?.ino, ...[...mapped].sort()].join()
  if (stacks.has(key)) return stacks.get(key)!
  using executable = Elf.open(join(folder, 'exe'))
  const stack = tlsStackOf(mapped, executable)
  stacks.set(key, stack)
  return stack
}

/** Null when it cannot be known. */
function hasTcp(folder: string): boolean | null {
  const descriptors = attempt(() => readdirSync(join(folder, 'fd')).slice(0, MOST_DESCRIPTORS))
  if (descriptors === null) return attempt(() => statSync(folder)) === null ? false : null
  const sockets = descriptors.flatMap(
    name => /^socket:\[(\d+)\]$/.exec(attempt(() => readlinkSync(join(folder, 'fd', name))) ?? '')?.[1] ?? [],
  )
  if (sockets.length === 0) return false
  const tables = ['tcp', 'tcp6'].map(name => attempt(() => readFileSync(join(folder, 'net', name), 'latin1')) ?? '')
  const inodes = new Set(tables.flatMap(table => table.split('\n').flatMap(line => line.trim().split(/\s+/)[9] ?? [])))
  return sockets.some(inode => inodes.has(inode))
}

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
