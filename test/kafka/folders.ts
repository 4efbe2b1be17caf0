/**
 * The folder of a cluster names its owner (`tapwire-kafka-<process>-…`) and holds a `<name>.pid` per broker. What an owner
 * that was killed has left behind is thus known to whoever comes next.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'tapwire-kafka-'

export function ownFolder(): string {
  return mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
}

/** What the brokers of this process have said so far: a file per broker. */
export function ownLogs(root = tmpdir()): readonly string[] {
  return globSync(`${PREFIX}${process.pid}-*/*.log`, { cwd: root }).map(name => join(root, name))
}

/** Kills the brokers of dead owners and removes their folders. Returns those folders. */
export function sweepFolders(root = tmpdir()): readonly string[] {
  const left = readdirSync(root).filter(name => {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
    return owner !== undefined && !alive(Number(owner))
  })
  const folders = left.map(name => join(root, name))
  for (const folder of folders) {
    for (const pid of brokersOf(folder)) kill(pid, folder)
    rmSync(folder, { recursive: true, force: true })
  }
  return folders
}

function brokersOf(folder: string): readonly number[] {
  const files = readdirSync(folder).filter(name => name.endsWith('.pid'))
  return files.map(name => Number.parseInt(readFileSync(join(folder, name), 'utf8'), 10)).filter(pid => pid > 1)
}

/** Only a process whose command line names the folder: the number may be somebody else's by now. */
function kill(pid: number, folder: string): void {
  const { stdout } = spawnSync('ps', ['-o', 'args=', '-ww', '-p', String(pid)], { encoding: 'utf8' })
  if (stdout.includes(folder)) process.kill(pid, 'SIGKILL')
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
