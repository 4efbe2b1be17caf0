/** An agent for tests: what it says is written in the test, byte for byte as agent/PROTOCOL.md has it. */
import { decodeAbout } from '#schemas/records/about.ts'
import { Ledger, type LedgerCounts } from '#schemas/records/ledger.ts'
import { checkFrame, FIN, KIND, PSH, RST, Segment, type SegmentBatch, SYN } from '#schemas/records/segment.ts'
import type { Agent } from './agent-process.ts'
import { TYPE } from './messages.ts'

interface Header {
  readonly direction?: 0 | 1
  readonly flags?: number
  readonly time?: number
  readonly id?: number
}

const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

export function frame(type: number, body: Uint8Array, header: Header = {}): Buffer {
  const { direction = 0, flags = 0, time = 1_000_000, id = 1 } = header
  const head = Buffer.alloc(8)
  head.writeUInt32LE(20 + body.length)
  head.writeUInt8(type, 4)
  head.writeUInt8(direction, 5)
  head.writeUInt16LE(flags, 6)
  return Buffer.concat([head, u64(time), u64(id), body])
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

export const hello = (more: object = {}): Buffer =>
  frame(TYPE.hello, json({ version: 1, agent: '0.1.0', kernel: '6.1', pid: 2, probes: ['openssl'], ...more }), {
    id: 0,
  })
export const log = (level: string, text: string): Buffer => frame(TYPE.log, json({ level, text }), { id: 0 })
export const event = (value: object): Buffer => frame(TYPE.process, json(value), { id: 0 })
export const stats = (counters: object): Buffer => frame(TYPE.stats, json(counters), { id: 0 })

export interface Socket {
  readonly side?: 'server' | 'client'
  readonly netns?: number
  readonly pid?: number
  readonly local?: readonly [ip: string, port: number]
  readonly remote?: readonly [ip: string, port: number]
  readonly received?: number
  readonly sent?: number
  readonly comm?: string
}

/** 10.0.0.2:443, accepted from 10.0.0.1:40000, unless said otherwise. IPv4. */
export function connection(socket: Socket = {}, header: Header = {}): Buffer {
  const { side = 'server', netns = 4_026_531_840, pid = 7, received = 0, sent = 0, comm = 'nginx' } = socket
  const { local = ['10.0.0.2', 443], remote = ['10.0.0.1', 40_000] } = socket
  const body = Buffer.alloc(96)
  body.writeUInt32LE(netns, 0)
  body.writeUInt32LE(pid, 4)
  body.writeUInt8(side === 'server' ? 1 : 2, 12)
  body.writeUInt8(4, 13)
  u64(received).copy(body, 24)
  u64(sent).copy(body, 32)
  body.writeUInt16LE(local[1], 40)
  body.writeUInt16LE(remote[1], 42)
  Buffer.from(local[0].split('.').map(Number)).copy(body, 48)
  Buffer.from(remote[0].split('.').map(Number)).copy(body, 64)
  body.write(comm, 80, 16)
  return frame(TYPE.connection, body, header)
}

export const data = (direction: 0 | 1, offset: number, text: string, header: Header = {}): Buffer =>
  frame(TYPE.data, Buffer.concat([u64(offset), Buffer.from(text)]), { direction, ...header })
export const gap = (direction: 0 | 1, offset: number, length: number, header: Header = {}): Buffer =>
  frame(TYPE.gap, Buffer.concat([u64(offset), u64(length)]), { direction, ...header })
export const end = (direction: 0 | 1, offset: number, header: Header = {}): Buffer =>
  frame(TYPE.end, u64(offset), { direction, ...header })
export const close = (received: number, sent: number, header: Header = {}): Buffer =>
  frame(TYPE.close, Buffer.concat([u64(received), u64(sent)]), header)
export const tls = (received: number, sent: number, kind = 1, header: Header = {}): Buffer =>
  frame(TYPE.tls, Buffer.concat([u64(received), u64(sent), Buffer.of(kind)]), header)

/** Says what it was made with, then what the test adds; keeps what it is told. */
export class FakeAgent implements Agent {
  readonly told: string[] = []
  disposed = false
  words = 'exit status 1'
  readonly #chunks: Uint8Array[]
  #over: boolean

  constructor(chunks: readonly Uint8Array[], over = false) {
    this.#chunks = [...chunks]
    this.#over = over
  }

  add(...chunks: readonly Uint8Array[]): void {
    this.#chunks.push(...chunks)
  }

  /** Ends once everything was read. */
  die(): void {
    this.#over = true
  }

  get over(): boolean {
    return this.#over && this.#chunks.length === 0
  }

  read(): Uint8Array | null {
    return this.#chunks.shift() ?? null
  }

  async wait(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
  }

  say(lines: readonly string[]): void {
    this.told.push(...lines)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true
    this.#over = true
  }
}

const MARKS = [
  [FIN, 'FIN'],
  [SYN, 'SYN'],
  [RST, 'RST'],
  [PSH, 'PSH'],
] as const

/** Entries in short: `0 abc @0`, `1 [5] @3`, `0 FIN @8`, `about SYN 0 {…}`; ticks and ends left out. */
export function said(batches: readonly { readonly batch: SegmentBatch }[]): string[] {
  const segment = new Segment()
  const found: string[] = []
  for (const { batch } of batches) {
    checkFrame(batch.frame, batch.count)
    for (segment.reset(batch); segment.next(); ) if (segment.ofFlow) found.push(entry(segment))
  }
  return found
}

function entry({ kind, flags, dir, seq, length, wireLength, payload }: Segment): string {
  const marks = MARKS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name)
  if (kind === KIND.about) return ['about', ...marks, dir, JSON.stringify(decodeAbout(payload))].join(' ')
  const text = length > 0 ? Buffer.from(payload).toString('latin1') : wireLength > 0 ? `[${wireLength}]` : ''
  return [dir, ...marks, text, `@${seq}`].filter(part => part !== '').join(' ')
}

/** Sums of all ledgers. */
export function ledgerOf(batches: readonly { readonly batch: SegmentBatch }[]): LedgerCounts {
  const ledger = new Ledger()
  for (const { batch } of batches) ledger.merge(batch.ledger)
  return ledger.counts()
}
