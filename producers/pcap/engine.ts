/**
 * An engine: a child process that captures from one interface and writes a pcap stream.
 *
 *   Starting ──says "listening on"──► Capturing ──exits──► Draining ──all was read──► over
 *      └──exits──► start() throws what it said
 *
 * Nothing is dropped here: what is not read waits in the pipe, then in the kernel's buffer, and what that cannot hold is
 * counted by the kernel.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { Said } from './said.ts'

export interface Engine extends AsyncDisposable {
  /** What came since the last call, or null when there is nothing now. */
  read(): Uint8Array | null
  /** It has exited, and everything was read. */
  readonly over: boolean
  /** Until there is something to read or it is over, `ms` have passed, or `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Packets by its own count; null when it does not know. */
  readonly received: number | null
  readonly dropped: number | null
  /** Its last words, for messages. */
  readonly words: string
}

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  /** It reports its counters when it gets SIGUSR1; else it does by itself. */
  readonly asked: boolean
}

/** It could not be started, or did not begin to capture; the message is its own. */
export class NotStarted extends Error {}

const ASK_MS = 1000
const STOP_MS = 1000

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** No engine outlives this process, whatever ends it (SIGKILL aside: then one ends when it writes). */
const running = new Set<Child>()
function endThem(): void {
  for (const child of running) child.kill('SIGKILL')
}

export class ProcessEngine implements Engine {
  readonly #child: Child
  readonly #said: Said
  readonly #closed: Promise<unknown>
  #exited = false
  #wake: () => void = () => {}
  #asking: NodeJS.Timeout | undefined

  /** Resolves when it captures. Throws `NotStarted`. */
  static async start(command: Command): Promise<ProcessEngine> {
    // A process group of its own: Ctrl-C is for the node, which stops it.
    const child = spawn(command.program, command.args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    child.stdin.on('error', () => {}) // it does not read
    const engine = new ProcessEngine(child)
    await engine.#started()
    if (command.asked) engine.#asking = setInterval(() => child.kill('SIGUSR1'), ASK_MS)
    return engine
  }

  private constructor(child: Child) {
    if (running.size === 0) process.on('exit', endThem)
    running.add(child)
    this.#child = child
    this.#said = new Said(child.stderr)
    const awake = (): void => this.#wake()
    child.stdout.on('readable', awake).on('error', awake)
    this.#closed = once(child, 'close').catch(error => this.#said.add(error.message))
    this.#closed.then(() => {
      running.delete(child)
      if (running.size === 0) process.off('exit', endThem)
      this.#exited = true
      this.#wake()
    })
  }

  get received(): number | null {
    return this.#said.received
  }

  get dropped(): number | null {
    return this.#said.dropped
  }

  get words(): string {
    return this.#said.last
  }

  get over(): boolean {
    return this.#exited && this.#child.stdout.readableLength === 0
  }

  read(): Uint8Array | null {
    return this.#child.stdout.read() as Buffer | null
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#child.stdout.readableLength > 0 || this.#exited) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const awake = (): void => resolve()
    this.#wake = awake
    const timer = setTimeout(awake, ms)
    signal.addEventListener('abort', awake, { once: true })
    await promise
    clearTimeout(timer)
    signal.removeEventListener('abort', awake)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#asking)
    this.#child.kill('SIGTERM')
    this.#child.stdout.destroy() // whoever blocks in writing learns that nobody reads
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS)
    await this.#closed
    clearTimeout(force)
  }

  async #started(): Promise<void> {
    await Promise.race([this.#said.listening, this.#closed])
    if (this.#exited) throw new NotStarted(this.words)
  }
}
