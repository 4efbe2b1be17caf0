/**
 * One process owns a directory.
 *
 * Node has no file locks, so ownership is a row of files `owner.<n>`, each written whole and put in place by link(2),
 * which fails when the name exists. The file with the highest n counts:
 *
 *   highest is alive      -> refused, with what the file says about its process
 *   highest is dead,      -> link owner.<n+1>; who comes second gets EEXIST and looks again
 *     released or absent
 *
 * A release empties the file (which takes no space, also on a full disk) and does not delete it, so n never goes down; files below the highest are deleted by its
 * owner. One race is left: a process that looked before n+1 came and went may link n+1 again after it was deleted. Then
 * a higher file exists, for only its owner deletes lower ones: so who linked looks once more, and gives way.
 *
 * Dead means: the machine was started anew, or in this pid namespace no process has that pid and start time (a pid is
 * used again, the start time is not). A process of the same host name in another pid namespace was in an earlier
 * incarnation of this container, and is dead. A process of another host cannot be judged: its file must be deleted by
 * hand.
 */
import { linkSync, readdirSync, readFileSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Usage } from '#schemas/contracts/errors.ts'

export interface Owner {
  readonly pid: number
  /** Start time of the process in clock ticks since boot: tells it from a later one with the same pid. */
  readonly started: string
  readonly boot: string
  readonly host: string
  readonly pidNamespace: string
  readonly since: string
  readonly command: string
}

const NAME = /^owner\.(\d{1,15})$/
const ATTEMPTS = 100

/** Takes the directory, or throws `Usage` saying who has it. */
export function own(directory: string): Disposable {
  const me = self()
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = highest(directory)
    const path = join(directory, `owner.${before + 1}`)
    if (before > 0) refuseIfAlive(join(directory, `owner.${before}`), directory, me)
    if (!place(path, me)) continue
    if (highest(directory) > before + 1) {
      rmSync(path, { force: true })
      continue
    }
    for (const n of numbers(directory)) if (n <= before) rmSync(join(directory, `owner.${n}`), { force: true })
    return { [Symbol.dispose]: () => truncateSync(path) }
  }
  throw new Usage(`${directory}: could not become its owner, others keep coming first`)
}

/** Who has the directory now; null when nobody does. Takes nothing. */
export function holderOf(directory: string): Owner | null {
  const owner = load(join(directory, `owner.${highest(directory)}`))
  return owner !== null && isAlive(owner, self()) ? owner : null
}

/** This process, as others will see it. */
export function self(): Owner {
  return {
    pid: process.pid,
    started: startTime(process.pid) ?? '',
    boot: bootId(),
    host: hostname(),
    pidNamespace: namespace(),
    since: new Date().toISOString(),
    command: process.argv.join(' ').slice(0, 500),
  }
}

/** Differs after every start of the machine; empty where the system does not tell. */
export function bootId(): string {
  return line('/proc/sys/kernel/random/boot_id')
}

function refuseIfAlive(path: string, directory: string, me: Owner): void {
  const owner = load(path)
  if (owner === null || !isAlive(owner, me)) return
  const who = owner.pid === me.pid && owner.started === me.started ? 'this process itself' : `process ${owner.pid}`
  const where = owner.host === me.host ? '' : ` on host ${owner.host}`
  const hint =
    owner.host === me.host
      ? `stop it, use another directory, or open this one read-only`
      : `stop it there; if that host is gone, delete ${path}`
  throw new Usage(`${directory} is in use by ${who}${where} since ${owner.since} (${owner.command}): ${hint}`)
}

function isAlive(owner: Owner, me: Owner): boolean {
  if (owner.host !== me.host) return true
  if (owner.boot !== me.boot || owner.pidNamespace !== me.pidNamespace) return false
  return owner.started === '' ? answers(owner.pid) : startTime(owner.pid) === owner.started
}

/** Where there is no /proc to tell the start time. */
function answers(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Puts the file in place, whole; false when the name is taken. */
function place(path: string, owner: Owner): boolean {
  const draft = `${path}.${process.pid}.${process.hrtime.bigint()}`
  writeFileSync(draft, JSON.stringify(owner))
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Null when the file is gone or empty: files are put in place whole, so an empty one was released. */
function load(path: string): Owner | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner
  } catch {
    return null
  }
}

function numbers(directory: string): readonly number[] {
  return readdirSync(directory).flatMap(name => {
    const match = NAME.exec(name)
    return match === null ? [] : [Number(match[1])]
  })
}

function highest(directory: string): number {
  return Math.max(0, ...numbers(directory))
}

/** Field 22 of /proc/<pid>/stat; the fields before it are counted from the last parenthesis, for a name may hold any. */
function startTime(pid: number): string | null {
  const stat = line(`/proc/${pid}/stat`)
  return stat === '' ? null : (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null)
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

function line(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
