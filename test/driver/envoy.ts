/** A real Envoy as a child process: started with a bootstrap of the test, ready by its admin interface, stopped by its id. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ENVOY_PROGRAM, envoyPresent } from '#infra/setup/envoy.ts'
import { missing } from '#test/needs.ts'

const READY_WITHIN_MS = 30_000

/** A bootstrap without `admin`, or with one: it is replaced. An object, as in Envoy's JSON. */
export type Bootstrap = Readonly<Record<string, unknown>>

export interface EnvoyOptions {
  /** Worker threads. */
  readonly concurrency?: number
  /** Added to this process's environment; `LUA_PATH` says where `require` looks. */
  readonly env?: Readonly<Record<string, string>>
  /** Envoy's own level: trace, debug, info, warning, error. */
  readonly logLevel?: string
}

export interface Envoy extends AsyncDisposable {
  readonly pid: number
  /** `http://127.0.0.1:<port>` of the admin interface. */
  readonly admin: string
  /** The port that a listener of the bootstrap got (give them port 0). */
  port(listener: string): number
  /** Counters and gauges whose name matches the expression (Envoy's own: RE2, unanchored). */
  stats(filter?: string): Promise<ReadonlyMap<string, number>>
  /** What it wrote to stderr so far. */
  log(): string
}

/** `if (!needsEnvoy(t)) return`: true when the executable is there. */
export function needsEnvoy(t: TestContext): boolean {
  return envoyPresent() || missing(t, 'Envoy is not here (npm run setup fetches it)')
}

/** Resolves when Envoy answers /ready. Throws with its log when it does not come up. */
export async function startEnvoy(bootstrap: Bootstrap, options: EnvoyOptions = {}): Promise<Envoy> {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-envoy-'))
  const addressFile = join(folder, 'admin')
  const words = ['--disable-hot-restart', '--concurrency', String(options.concurrency ?? 1)]
  const child = spawn(
    ENVOY_PROGRAM,
    [
      '-c',
      write(folder, bootstrap),
      '--admin-address-path',
      addressFile,
      '-l',
      options.logLevel ?? 'warning',
      ...words,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...options.env } },
  )
  let log = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    log += text
  })
  try {
    const admin = await ready(child, addressFile)
    const ports = await listenerPorts(admin)
    return {
      pid: child.pid!,
      admin,
      port(listener) {
        const port = ports.get(listener)
        if (port === undefined) throw new Error(`no listener ${listener}; there are ${[...ports.keys()].join(', ')}`)
        return port
      },
      stats: filter => readStats(admin, filter),
      log: () => log,
      async [Symbol.asyncDispose]() {
        await stop(child)
        rmSync(folder, { recursive: true })
      },
    }
  } catch (error) {
    await stop(child)
    rmSync(folder, { recursive: true })
    throw new Error(`Envoy did not start: ${log.slice(-3000)}`, { cause: error })
  }
}

/** Null when Envoy accepts the bootstrap (`--mode validate`), else what it says. */
export function rejectionOf(bootstrap: Bootstrap, env: Readonly<Record<string, string>> = {}): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'tapwire-envoy-'))
  try {
    const words = ['--mode', 'validate', '-l', 'error', '-c', write(folder, bootstrap)]
    const { status, stderr } = spawnSync(ENVOY_PROGRAM, words, { encoding: 'utf8', env: { ...process.env, ...env } })
    return status === 0 ? null : stderr
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function write(folder: string, bootstrap: Bootstrap): string {
  const file = join(folder, 'bootstrap.json')
  const admin = { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } }
  writeFileSync(file, JSON.stringify({ ...bootstrap, admin }))
  return file
}

async function ready(child: ChildProcess, addressFile: string): Promise<string> {
  const deadline = performance.now() + READY_WITHIN_MS
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    const address = existsSync(addressFile) ? readFileSync(addressFile, 'utf8').trim() : ''
    if (address !== '' && (await answersReady(`http://${address}`))) return `http://${address}`
    await sleep(50)
  }
  throw new Error(`not ready within ${READY_WITHIN_MS} ms`)
}

async function answersReady(admin: string): Promise<boolean> {
  try {
    const answer = await fetch(`${admin}/ready`)
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false // the file is written before the socket listens
  }
}

interface Listeners {
  readonly listener_statuses?: readonly {
    readonly name: string
    readonly local_address: { readonly socket_address?: { readonly port_value: number } }
  }[]
}

async function listenerPorts(admin: string): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`${admin}/listeners?format=json`)
  const { listener_statuses: statuses = [] } = (await answer.json()) as Listeners
  return new Map(statuses.map(status => [status.name, status.local_address.socket_address?.port_value ?? 0]))
}

async function readStats(admin: string, filter = ''): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`${admin}/stats?filter=${encodeURIComponent(filter)}`)
  const lines = (await answer.text()).split('\n').map(line => /^(.+): (\d+)$/.exec(line))
  return new Map(lines.flatMap(match => (match === null ? [] : [[match[1]!, Number(match[2])]])))
}

/** SIGTERM ends Envoy at once, its open streams with it; SIGKILL only if that did not help. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 5000)
  await closed
  clearTimeout(late)
}
