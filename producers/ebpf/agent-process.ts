/**
 * The agent as a child process.
 *
 *   Running ── exits, whatever the reason ──► Draining ── all it wrote was read ──► over
 *
 * Nothing is dropped here: what is not read waits in the pipe, then in the agent's ring buffer, and what that cannot hold
 * the agent counts and says. When this process dies, the agent's standard input ends, and so does the agent; when the agent
 * dies, the kernel takes its probes away.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

export interface Agent extends AsyncDisposable {
  /** What came since the last call, or null when there is nothing now. */
  read(): Uint8Array | null
  /** It has exited, and everything was read. */
  readonly over: boolean
  /** Until there is something to read or it is over, `ms` have passed, or `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Lines of agent/PROTOCOL.md, without their ends. */
  say(lines: readonly string[]): void
  /** How it ended and the last of what it wrote to standard error, for messages. */
  readonly words: string
}

export interface Command {
  readonly program: string
  readonly args: readonly string[]
}

/** What it wrote to standard error, at most. */
const MOST_WORDS = 2000
/** It detaches every probe before it exits. */
const STOP_MS = 5000

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** No agent outlives this process; SIGKILL ends it through its standard input. */
const running = new Set<Child>()
function endThem(): void {
  for (const child of running) child.kill('SIGTERM')
}

export class AgentProcess implements Agent {
  readonly #child: Child
  readonly #closed: Promise<void>
  #exited = false
  #ending = ''
  #words = ''
  #wake: () => void = () => {}

  constructor({ program, args }: Command) {
    // A process group of its own: Ctrl-C is for the node, which stops it.
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    if (running.size === 0) process.on('exit', endThem)
    running.add(child)
    this.#child = child
    child.stdin.on('error', () => {}) // it is gone, and `close` says so
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-MOST_WORDS)
    })
    const awake = (): void => this.#wake()
    child.stdout.on('readable', awake).on('error', awake)
    this.#closed = once(child, 'close').then(
      ([code, signal]) => this.#close(signal === null ? `exit status ${code}` : `signal ${signal}`),
      (error: Error) => this.#close(error.message),
    )
  }

  get words(): string {
    return [this.#ending, ...this.#words.trim().split('\n').slice(-3)].filter(words => words !== '').join('; ')
  }

  get over(): boolean {
    return this.#exited && this.#child.stdout.readableLength === 0
  }

  read(): Uint8Array | null {
    return this.#child.stdout.read() as Buffer | null
  }

  say(lines: readonly string[]): void {
    if (lines.length > 0 && this.#child.stdin.writable) this.#child.stdin.write(`${lines.join('\n')}\n`)
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
    this.say(['stop'])
    this.#child.stdin.end()
    // One that blocks in writing reads no line.
    this.#child.stdout.removeAllListeners('readable').resume()
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS)
    await this.#closed
    clearTimeout(force)
  }

  #close(how: string): void {
    running.delete(this.#child)
    if (running.size === 0) process.off('exit', endThem)
    this.#exited = true
    this.#ending = how
    this.#wake()
  }
}
