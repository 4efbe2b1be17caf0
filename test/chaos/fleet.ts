/**
 * Tapwire processes as a supervisor of the operating system runs them: started, killed, started again; what ends by itself
 * is noticed. On Linux the kernel ends them when this process ends, however it ends (setpriv).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ROOT } from '#infra/cli/components.ts'
import { programPath } from '#infra/setup/program.ts'

export interface FleetOptions {
  /** Standard output and error of process `name` go to `<name>.log` here. */
  readonly logs: string
  /** Arguments of the command line. */
  argsOf(name: string): readonly string[]
  /** Ended without being asked to. */
  onEnd(name: string, how: string, code: number | null): void
}

export class Fleet implements AsyncDisposable {
  readonly #options: FleetOptions
  readonly #running = new Map<string, ChildProcess>()
  #closed = false
  /** Asked to end: by a signal of ours. */
  readonly #ending = new Set<ChildProcess>()
  readonly #onExit = (): void => {
    for (const child of this.#running.values()) child.kill('SIGKILL')
  }

  constructor(options: FleetOptions) {
    this.#options = options
    process.on('exit', this.#onExit)
  }

  get names(): readonly string[] {
    return [...this.#running.keys()]
  }

  /** Does nothing any more once the fleet is disposed of. */
  start(name: string): void {
    if (this.#closed) return
    if (this.#running.has(name)) throw new Error(`${name} runs already`)
    const log = openSync(join(this.#options.logs, `${name}.log`), 'a')
    const words = [join(ROOT, 'infra', 'tapwire'), ...this.#options.argsOf(name)]
    const setpriv = programPath('setpriv')
    const [program, args] =
      setpriv === null ? [process.execPath, words] : [setpriv, ['--pdeathsig', 'KILL', process.execPath, ...words]]
    const child = spawn(program, args, { stdio: ['ignore', log, log] })
    closeSync(log)
    this.#running.set(name, child)
    child.once('exit', (code, signal) => {
      if (this.#running.get(name) === child) this.#running.delete(name)
      if (!this.#ending.delete(child)) this.#options.onEnd(name, signal ?? `code ${code}`, code)
    })
  }

  /** Resolves when it is gone; false when it did not run, or did not end within `patienceMs` and had to be killed. */
  async end(name: string, signal: NodeJS.Signals, patienceMs: number): Promise<boolean> {
    const child = this.#running.get(name)
    if (child === undefined) return false
    this.#ending.add(child)
    const gone = once(child, 'exit')
    child.kill(signal)
    const patience = new AbortController()
    const inTime = await Promise.race([
      gone.then(() => true),
      delay(patienceMs, false, { signal: patience.signal, ref: false }),
    ])
    patience.abort()
    if (!inTime) child.kill('SIGKILL')
    await gone
    return inTime
  }

  /** SIGSTOP and SIGCONT, for instance: it goes on running. */
  signal(name: string, signal: NodeJS.Signals): void {
    this.#running.get(name)?.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all(this.names.map(name => this.end(name, 'SIGKILL', 10_000)))
    process.off('exit', this.#onExit)
  }
}
