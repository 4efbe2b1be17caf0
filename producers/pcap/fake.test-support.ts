import type { Captured, Producer } from '#schemas/contracts/producer.ts'
import { Ledger } from '#schemas/records/ledger.ts'
import { checkFrame, KIND, Segment } from '#schemas/records/segment.ts'
import { tcpFrame, text } from '#test/driver/frames.ts'
import { producerHost } from '#test/driver/producer-host.ts'
import type { Engine } from './engine.ts'
import type { CaptureOptions } from './options.ts'
import { PcapWriter } from './pcap-writer.ts'
import type { Machine } from './succession.ts'

/** 2023-11-14, ms */
export const START = 1_700_000_000_000

export const OPTIONS: CaptureOptions = {
  interface: 'eth9',
  filter: '',
  snapLength: 65_535,
  promiscuous: true,
  bufferBytes: 1024 ** 2,
  engine: 'cap',
  delayMs: 100,
}

export const host = producerHost

/** `at`: ms after START. */
export type Happening = { readonly at: number } & ({ readonly chunk: Uint8Array } | { readonly over: string })

/** The chunk in which an engine starts, with one frame of each payload, captured `ms` after START. */
export function chunkOf(payloads: readonly string[], ms: number, header = true): Uint8Array {
  const pieces: Uint8Array[] = []
  const writer = new PcapWriter(1, bytes => pieces.push(Uint8Array.from(bytes)))
  for (const [i, payload] of payloads.entries()) {
    const frame = tcpFrame({ seq: i + 1 }, text(payload))
    writer.add(frame, frame.length, frame.length, (START + ms) * 1000)
  }
  writer.flush()
  const bytes = Buffer.concat(pieces)
  return header ? bytes : bytes.subarray(24)
}

export class FakeMachine implements Machine {
  ms = START
  present = true
  cardLost = 5
  started = 0
  /** What `start` does, in turn; the last one again and again. */
  readonly starts: (() => Engine)[] = []

  async start(): Promise<Engine> {
    const turn = this.starts[Math.min(this.started++, this.starts.length - 1)]
    return turn!()
  }

  exists(): boolean {
    return this.present
  }

  lost(): number {
    return this.cardLost
  }

  now(): number {
    return this.ms
  }

  async sleep(ms: number): Promise<void> {
    this.ms += ms
  }
}

export class FakeEngine implements Engine {
  received: number | null = null
  dropped: number | null = null
  words = ''
  disposed = false
  readonly #machine: FakeMachine
  readonly #script: Happening[]

  constructor(machine: FakeMachine, script: readonly Happening[]) {
    this.#machine = machine
    this.#script = [...script]
  }

  get over(): boolean {
    const next = this.#due()
    return next !== null && 'over' in next
  }

  read(): Uint8Array | null {
    const next = this.#due()
    if (next === null || 'over' in next) return null
    this.#script.shift()
    return next.chunk
  }

  async wait(ms: number): Promise<void> {
    const next = this.#script[0]
    const due = next === undefined ? Number.POSITIVE_INFINITY : START + next.at
    this.#machine.ms = Math.max(this.#machine.ms, Math.min(due, this.#machine.ms + ms))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true
  }

  #due(): Happening | null {
    const next = this.#script[0]
    if (next === undefined || START + next.at > this.#machine.ms) return null
    this.words = 'over' in next ? next.over : ''
    return next
  }
}

export interface Seen {
  /** `<number>:<payload>`, `tick@<ms after START>`, `end`; of all partitions. */
  readonly events: string[]
  readonly ledger: Ledger
  readonly position: unknown
}

/** One read, as plain data. The ledger must be exact. */
export function seen({ batches, position }: Captured): Seen {
  const events: string[] = []
  const ledger = new Ledger()
  const cursor = new Segment()
  for (const { batch } of batches) {
    checkFrame(batch.frame, batch.count)
    ledger.merge(batch.ledger)
    for (cursor.reset(batch); cursor.next(); ) {
      ledger.add('inspected', cursor.length)
      if (cursor.kind === KIND.tick) events.push(`tick@${cursor.time / 1000 - START}`)
      else if (cursor.kind === KIND.end) events.push('end')
      else events.push(`${cursor.packet}:${Buffer.from(cursor.payload).toString()}`)
    }
  }
  if (ledger.pending !== 0) throw new Error(`${ledger.pending} bytes have no fate`)
  return { events, ledger, position }
}

export async function reads(producer: Producer, count: number): Promise<readonly Seen[]> {
  const { signal } = new AbortController()
  const all: Seen[] = []
  for (let i = 0; i < count; i++) {
    const captured = await producer.read(signal)
    if (captured === null) break
    all.push(seen(captured))
  }
  return all
}
