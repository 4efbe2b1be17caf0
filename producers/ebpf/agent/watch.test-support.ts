/** An agent as it is, watching this process and what it starts, and all that it says about their connections. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import { missing, needs } from '#test/needs.ts'
import { AGENT } from '../command.ts'
import { type Frame, FrameReader, type Id } from '../frames.ts'
import { type ConnectionBody, MIDSTREAM, readConnection, readOffset, readPair, readTlsKind, TYPE } from '../messages.ts'

export interface Gap {
  readonly offset: number
  readonly length: number
  /** Bits of PROTOCOL.md. */
  readonly why: number
}

/** One direction of a connection. What is missing is left out of `bytes`. */
export class Stream {
  readonly #pieces: Uint8Array[] = []
  readonly gaps: Gap[] = []
  /** Offset behind its last byte or gap. */
  at: number
  ended = false

  constructor(at: number) {
    this.at = at
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  /** Law of the protocol: no holes between frames. */
  take(offset: number, length: number, bytes: Uint8Array | null, why: number): void {
    if (offset !== this.at) throw new Error(`a frame at ${offset}, expected at ${this.at}`)
    this.at += length
    if (bytes === null) this.gaps.push({ offset, length, why })
    else this.#pieces.push(new Uint8Array(bytes))
  }
}

export interface Seen extends ConnectionBody {
  readonly midstream: boolean
  readonly streams: readonly [received: Stream, sent: Stream]
  tls: { readonly kind: number; readonly at: readonly [number, number] }[]
  closed: boolean
  aborted: boolean
}

export type Said = Readonly<Record<string, unknown>>

export const NEEDED = ['CAP_BPF', 'CAP_PERFMON', 'CAP_SYS_PTRACE']

/** `if (!ready(t, 'curl')) return`: the agent is built and may run here, and the programs are there. */
export function ready(t: TestContext, ...programs: readonly string[]): boolean {
  problem ??= problemHere()
  return problem === '' ? programs.every(name => needs(t, name)) : missing(t, problem)
}

/** Found out once: loading the programs takes a while. */
let problem: string | null = null
function problemHere(): string {
  if (!existsSync(AGENT)) return 'the eBPF agent is not built (npm run setup builds it)'
  const { status, stdout } = spawnSync(AGENT, ['--check'], { encoding: 'latin1' })
  return status === 0 ? '' : `the eBPF agent cannot run here: ${stdout.slice(24, 300)}`
}

export class Watch implements AsyncDisposable {
  readonly agent: ChildProcessByStdio<Writable, Readable, null>
  /** All connections, in the order in which they appeared. */
  readonly connections: Seen[] = []
  /** What JSON frames said, by type. */
  readonly said = new Map<number, Said[]>()
  readonly #open = new Map<Id, Seen>()
  readonly #changes = new EventEmitter()
  over = false

  private constructor(args: readonly string[], wrap: readonly string[]) {
    const [program, ...rest] = [...wrap, AGENT, ...args]
    this.agent = spawn(program!, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.agent.stdin.on('error', () => {}) // it is gone: `over` says so
    const reader = new FrameReader()
    this.agent.stdout.on('data', chunk => {
      reader.feed(chunk, frame => this.#take(frame))
      this.#changes.emit('change')
    })
    this.agent.on('close', () => {
      this.over = true
      this.#changes.emit('change')
    })
  }

  /** Starts an agent that watches the processes that this one starts from now on, unless `lines` say otherwise. */
  static async start(args: readonly string[] = [], lines = [`pid ${process.pid} both`, 'apply']): Promise<Watch> {
    const watch = new Watch(args, [])
    watch.say(...lines)
    await watch.until(() => watch.over || watch.of(TYPE.done).length > 0)
    if (watch.over) throw new Error(`the agent ended: ${JSON.stringify(watch.of(TYPE.log))}`)
    return watch
  }

  /** One that is only run, by a program that runs it if need be. */
  static run(args: readonly string[], ...wrap: readonly string[]): Watch {
    return new Watch(args, wrap)
  }

  say(...lines: readonly string[]): void {
    for (const line of lines) this.agent.stdin.write(`${line}\n`)
  }

  /** Says `apply` and waits until what was said before it holds. */
  async apply(...lines: readonly string[]): Promise<void> {
    const before = this.of(TYPE.done).length
    this.say(...lines, 'apply')
    await this.until(() => this.of(TYPE.done).length > before)
  }

  of(type: number): readonly Said[] {
    return this.said.get(type) ?? []
  }

  /** Connections that have this port at one of their ends. */
  at(port: number): readonly Seen[] {
    return this.connections.filter(seen => seen.localPort === port || seen.remotePort === port)
  }

  /** Until so many connections with the port have closed. */
  async closed(port: number, count: number): Promise<readonly Seen[]> {
    await this.until(() => this.at(port).filter(seen => seen.closed).length >= count)
    return this.at(port)
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.over) throw new Error(`the agent ended: ${JSON.stringify([...this.said])}`)
      await once(this.#changes, 'change')
    }
  }

  /** Stops it and returns its last counters. */
  async stop(): Promise<Readonly<Record<string, number>>> {
    this.say('stop')
    while (!this.over) await once(this.#changes, 'change')
    return this.of(TYPE.stats).at(-1) as Readonly<Record<string, number>>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.agent.stdin.end()
    while (!this.over) await once(this.#changes, 'change')
  }

  #take({ type, direction, flags, id, body }: Frame): void {
    if (type === TYPE.connection) {
      const about = readConnection(body)
      const streams = [new Stream(about.received), new Stream(about.sent)] as const
      const seen = { ...about, midstream: (flags & MIDSTREAM) !== 0, streams, tls: [], closed: false, aborted: false }
      this.connections.push(seen)
      this.#open.set(id, seen)
      return
    }
    const seen = this.#open.get(id)
    if (id === 0) {
      const text = Buffer.from(body).toString()
      this.said.set(type, [...this.of(type), JSON.parse(text) as Said])
    } else if (seen === undefined) {
      throw new Error(`a frame of type ${type} for connection ${id}, which is not open`)
    } else if (type === TYPE.data) {
      seen.streams[direction].take(readOffset(body), body.length - 8, body.subarray(8), 0)
    } else if (type === TYPE.gap) {
      const [offset, length] = readPair(body)
      seen.streams[direction].take(offset, length, null, flags)
    } else if (type === TYPE.end) {
      seen.streams[direction].ended = true
    } else if (type === TYPE.tls) {
      seen.tls.push({ kind: readTlsKind(body), at: readPair(body) })
    } else if (type === TYPE.close) {
      Object.assign(seen, { closed: true, aborted: flags === 1 })
      this.#open.delete(id)
    }
  }
}
