/** Servers in cgroups that are named as the kubelet and containerd name those of pods. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../telemetry.ts'

export interface Server {
  readonly port: number
  readonly uid: string
  readonly container: string
}

/** Where cgroup v2 is mounted; null where it is not. */
export function hierarchy(): string | null {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n')
  return mounts.map(line => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1] ?? null
}

/** A pod of one container, with a web server that says which target it was asked for. `digit`: tells pods apart. */
export async function startPod(t: TestContext, root: string, digit: string): Promise<Server> {
  const uid = `${digit.repeat(8)}-${digit.repeat(4)}-4000-8000-${String(process.pid).padStart(12, '0')}`
  const container = digit.repeat(64)
  const group = `kubepods-burstable.slice/kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice/cri-containerd-${container}.scope`
  const folder = join(root, 'kubepods.slice', group)
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  const program = `require('node:http').createServer((request, response) => response.end(request.url)).listen(${port}, '127.0.0.1')`
  // First into the group, then the program: no byte of it is sent from elsewhere.
  const script = 'echo $$ > "$1/cgroup.procs" && exec "$2" -e "$3"'
  const child = spawn('sh', ['-c', script, 'sh', folder, process.execPath, program], { stdio: 'ignore' })
  t.after(() => end(child, folder))
  for (let tries = 0; tries < 300 && !(await answers(port)); tries++) await delay(50)
  return { port, uid, container }
}

/** Whatever it says, it is there. */
export async function answers(port: number, path = '/ready'): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } }).then(
    async response => (await response.text()) === path,
    () => false,
  )
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
  // The kernel lets go of a group a moment after its last process. Groups that other tests still use stay.
  for (let path = folder, tries = 0; path.includes('kubepods') && tries < 100; tries++) {
    try {
      rmdirSync(path)
      path = dirname(path)
    } catch {
      if (path !== folder) return
      await delay(20)
    }
  }
}
