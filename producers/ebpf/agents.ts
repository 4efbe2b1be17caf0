/**
 * One agent after another: what one of them says, frame by frame, and another one when it is over.
 *
 *   Starting ── hello ──► Speaking ── over, or not understood ──► Pausing ── 1 s, 2 s, … 30 s ──► Starting
 *      └── fatal, over, silent, another version: start() throws; later, too often in a row: `renew` throws
 *
 * Between two agents nothing is seen: that is a gap of unknown length in every connection, and counted.
 */
import { Refused } from '#schemas/contracts/errors.ts'
import type { Agent } from './agent-process.ts'
import { BrokenStream, type Frame, FrameReader } from './frames.ts'
import { type Hello, readHello, readLog, TYPE } from './messages.ts'

/** What supervision needs of the machine: tests bring their own. */
export interface Machine {
  start(): Agent
  /** ms since 1970 */
  now(): number
  /** Returns early when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

const PROTOCOL = 1
/** Attaching probes to a machine with many processes takes a while. */
const HELLO_MS = 60_000
const PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000
const MOST_IN_A_ROW = 20
/** An agent that lived so long was no failure to start. */
const LIVED_MS = 60_000

interface Speaking {
  readonly agent: Agent
  readonly reader: FrameReader
  readonly hello: Hello
  readonly since: number
}

export class Agents implements AsyncDisposable {
  readonly #machine: Machine
  readonly #take: (frame: Frame) => void
  #current: Speaking | null = null
  #restarts = 0
  #inARow = 0
  #ending = ''
  /** Why the current one is given up although it has not ended. */
  #broken: string | null = null

  /** `take`: is handed every frame behind hello. */
  constructor(machine: Machine, take: (frame: Frame) => void) {
    this.#machine = machine
    this.#take = take
  }

  get restarts(): number {
    return this.#restarts
  }

  /** Why the last one ended. */
  get ending(): string {
    return this.#ending
  }

  get hello(): Hello | null {
    return this.#current?.hello ?? null
  }

  /** The first agent. Throws `Refused` with the agent's own reason. */
  async start(): Promise<void> {
    this.#current = await this.#begin(new AbortController().signal)
  }

  say(lines: readonly string[]): void {
    this.#current?.agent.say(lines)
  }

  /**
   * Hands over what has come. `nothing`: there is none now. `over`: this agent is, or it is not understood; `renew` brings
   * the next one.
   */
  read(): 'some' | 'nothing' | 'over' {
    const current = this.#current
    if (current === null) return 'over'
    const chunk = current.agent.read()
    if (chunk === null) return current.agent.over ? 'over' : 'nothing'
    try {
      current.reader.feed(chunk, this.#take)
      return 'some'
    } catch (error) {
      if (!(error instanceof BrokenStream)) throw error
      this.#broken = `it says what cannot be understood: ${error.message}`
      return 'over'
    }
  }

  /** Until there is something to read, or as in `Agent.wait`. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    await this.#current?.agent.wait(ms, signal)
  }

  /** After `read` said `over`. Throws `Refused` when agents end again and again. */
  async renew(signal: AbortSignal): Promise<'renewed' | 'stopped'> {
    await this.#discard()
    while (this.#inARow < MOST_IN_A_ROW) {
      await this.#machine.sleep(Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** this.#inARow), signal)
      if (signal.aborted) return 'stopped'
      this.#inARow++
      try {
        this.#current = await this.#begin(signal)
        this.#restarts++
        return 'renewed'
      } catch (error) {
        if (signal.aborted) return 'stopped'
        if (!(error instanceof Refused)) throw error
        this.#ending = error.message
      }
    }
    throw new Refused('agent-ends', `the eBPF agent ends again and again (${this.#ending})`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#discard()
  }

  async #discard(): Promise<void> {
    const current = this.#current
    this.#current = null
    if (current === null) return
    await current.agent[Symbol.asyncDispose]()
    this.#ending = this.#broken ?? current.agent.words
    this.#broken = null
    if (this.#machine.now() - current.since >= LIVED_MS) this.#inARow = 0
  }

  /** Starts one and waits until it captures. */
  async #begin(signal: AbortSignal): Promise<Speaking> {
    const agent = this.#machine.start()
    try {
      return await this.#greeted(agent, signal)
    } catch (error) {
      await agent[Symbol.asyncDispose]()
      if (!(error instanceof BrokenStream)) throw error
      throw new Refused('agent-unknown', `the eBPF agent says what cannot be understood: ${error.message}`)
    }
  }

  async #greeted(agent: Agent, signal: AbortSignal): Promise<Speaking> {
    const reader = new FrameReader()
    const since = this.#machine.now()
    const greeting = new Greeting(this.#take)
    for (;;) {
      const chunk = agent.read()
      if (chunk !== null) reader.feed(chunk, greeting.take)
      if (greeting.hello !== null) return { agent, reader, hello: greeting.hello, since }
      if (chunk !== null) continue
      if (agent.over) throw new Refused('agent-refused', greeting.fatal ?? `the eBPF agent ended: ${agent.words}`)
      if (this.#machine.now() - since > HELLO_MS) throw new Refused('agent-silent', 'the eBPF agent does not begin')
      signal.throwIfAborted()
      await agent.wait(1000, signal)
    }
  }
}

/** Frames up to hello; those behind it go on to who takes them. */
class Greeting {
  hello: Hello | null = null
  /** Why there will be none, in the agent's words. */
  fatal: string | null = null
  readonly #take: (frame: Frame) => void

  constructor(take: (frame: Frame) => void) {
    this.#take = take
  }

  readonly take = (frame: Frame): void => {
    if (this.hello !== null) this.#take(frame)
    else if (frame.type === TYPE.hello) this.hello = understood(readHello(frame.body))
    else if (frame.type === TYPE.log) this.#log(frame)
    else throw new BrokenStream(`a frame of type ${frame.type} before hello`)
  }

  #log({ body }: Frame): void {
    const { level, text } = readLog(body)
    if (level === 'fatal') this.fatal = text
  }
}

function understood(hello: Hello): Hello {
  if (hello.version === PROTOCOL) return hello
  throw new BrokenStream(`protocol version ${hello.version}, not ${PROTOCOL}: build the agent of this release`)
}
