/** The load: nginx, and wrk with a path of its own for every request, at about a given rate. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programPath } from '#infra/setup/program.ts'

export const PORT = 8099

const NGINX = `worker_processes 1; daemon off; pid nginx.pid; error_log error.log;
events { worker_connections 2048; }
http {
  access_log off; keepalive_requests 10000; default_type application/json;
  server {
    listen 0.0.0.0:${PORT} backlog=2048;
    location / { return 200 '{"ok":true,"request":"$request_uri","items":[{"id":1,"name":"alpha"},{"id":2,"name":"beta"}]}'; }
  }
}`

/** The delay before each request of a connection is what limits the rate. */
const LUA = (delayMs: number): string => `
local threads = 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end
local n = 0
function request()
  n = n + 1
  return wrk.format("GET", "/r/" .. id .. "-" .. n, { ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64)", ["Cookie"] = "sid=abcdef0123456789; lang=en" })
end
${delayMs > 0 ? `function delay() return ${delayMs} end` : ''}
`

/** Connections of which each asks again after this: 50,000 a second take 50 connections at least (wrk walks through all timers). */
const DELAY_MS = 1

export class Web implements AsyncDisposable {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(folder: string): Promise<Web> {
    writeFileSync(join(folder, 'nginx.conf'), NGINX)
    const args = ['-p', folder, '-c', join(folder, 'nginx.conf')]
    return new Web(spawn(programPath('nginx')!, args, { stdio: 'ignore' }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGTERM')
    await closed
  }
}

export interface Load {
  readonly address: string
  /** Requests a second; 0: as fast as it goes. */
  readonly rate: number
  readonly seconds: number
  /** Runs the program where the load comes from. */
  readonly where: (program: string, ...args: readonly string[]) => readonly [string, ...string[]]
}

/** Returns how many requests a second were answered. */
export async function load(folder: string, { address, rate, seconds, where }: Load): Promise<number> {
  const script = join(folder, 'load.lua')
  writeFileSync(script, LUA(rate > 0 ? DELAY_MS : 0))
  const connections = rate > 0 ? Math.max(1, Math.round((rate * DELAY_MS) / 1000)) : 64
  const args = ['-t1', `-c${connections}`, `-d${seconds}`, '-s', script, `http://${address}:${PORT}/`]
  const [program, ...words] = where(programPath('wrk')!, ...args)
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', text => {
    said += text
  })
  await once(child, 'close')
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1] ?? 0)
}

/** What the benchmark needs and is not there. */
export function absent(): readonly string[] {
  const programs = ['nginx', 'wrk', 'tcpdump', 'ip'].filter(name => programPath(name) === null)
  return process.geteuid?.() === 0 ? programs : [...programs, 'root']
}

/** Something that answers there already would be measured in nginx's place. */
export function portTaken(): boolean {
  const { stdout } = spawnSync('ss', ['-Hltn', `sport = :${PORT}`], { encoding: 'utf8' })
  return stdout.trim() !== ''
}
