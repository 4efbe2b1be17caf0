/** What the bodies of frames say (agent/PROTOCOL.md). All lengths are checked; texts are the processes' own words. */
import { z } from 'zod'
import { BrokenStream, whole } from './frames.ts'

export const TYPE = {
  hello: 1,
  connection: 2,
  data: 3,
  gap: 4,
  end: 5,
  close: 6,
  tls: 7,
  process: 8,
  stats: 9,
  log: 10,
  done: 11,
} as const

/** Flags of a connection. */
export const MIDSTREAM = 1
export const INFERRED = 2
/** Flag of a close: aborted. */
export const RESET = 1
/** Bits of a gap's flags, by name. */
export const GAP_REASONS = ['before', 'ring', 'cut', 'memory', 'hidden', 'unseen', 'tls'] as const

/** A socket, seen from the process that owns it. */
export interface ConnectionBody {
  /** Inode number of the network namespace. */
  readonly netns: number
  readonly pid: number
  readonly side: 'server' | 'client'
  readonly family: 4 | 6
  readonly cgroup: bigint
  /** Offsets at which its directions begin. */
  readonly received: number
  readonly sent: number
  readonly localPort: number
  readonly remotePort: number
  /** 4 or 16 bytes. */
  readonly local: Uint8Array
  readonly remote: Uint8Array
  readonly comm: string
}

const CONNECTION = 96

/** Copies what it returns (`slice` of a Buffer would not). */
export function readConnection(body: Uint8Array): ConnectionBody {
  const view = viewOf(body, CONNECTION, 'connection')
  const family = view.getUint8(13)
  if (family !== 4 && family !== 6) throw new BrokenStream(`a connection of family ${family}`)
  const size = family === 4 ? 4 : 16
  return {
    netns: view.getUint32(0, true),
    pid: view.getUint32(4, true),
    side: view.getUint8(12) === 1 ? 'server' : 'client',
    family,
    cgroup: view.getBigUint64(16, true),
    received: whole(view, 24, 'offset'),
    sent: whole(view, 32, 'offset'),
    localPort: view.getUint16(40, true),
    remotePort: view.getUint16(42, true),
    local: new Uint8Array(body.subarray(48, 48 + size)),
    remote: new Uint8Array(body.subarray(64, 64 + size)),
    comm: textOf(body.subarray(80, 96)),
  }
}

/** Offset of a direction: of `data`, `gap` and `end`. */
export function readOffset(body: Uint8Array): number {
  return whole(viewOf(body, 8, 'position'), 0, 'offset')
}

/** Offset and length of a `gap`; offsets received and sent of `close` and `tls`. */
export function readPair(body: Uint8Array): readonly [number, number] {
  const view = viewOf(body, 16, 'pair of positions')
  return [whole(view, 0, 'offset'), whole(view, 8, 'offset')]
}

/** Kind of a `tls`; 0: nobody sees into it. */
export function readTlsKind(body: Uint8Array): number {
  return viewOf(body, 17, 'tls').getUint8(16)
}

const text = z.string().max(4096)
const pid = z.int().min(0)
/** Capped: it comes from what processes call themselves. */
const words = text.transform(value => value.slice(0, 256))

const Hello = z.object({
  version: z.int(),
  agent: words,
  kernel: words,
  capabilities: z.array(words).max(64).default([]),
  probes: z.array(words).max(1024).default([]),
})
export type Hello = z.output<typeof Hello>

const ProcessEvent = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('exec'),
    pid,
    comm: words,
    exe: words.optional(),
    cgroup: z.string().regex(/^\d{1,20}$/),
  }),
  z.object({ event: z.literal('fork'), pid, parent: pid }),
  z.object({ event: z.literal('exit'), pid }),
  z.object({ event: z.literal('probed'), pid, exe: words, library: words, kind: words }),
  z.object({
    event: z.literal('unseen'),
    pid,
    comm: words,
    exe: words.default(''),
    reason: words,
    text: words.optional(),
  }),
])
export type ProcessEvent = z.output<typeof ProcessEvent>

const Stats = z.record(z.string().max(64), z.unknown())
const Log = z.object({ level: z.enum(['info', 'warn', 'fatal']), text })
export type Log = z.output<typeof Log>

export const readHello = (body: Uint8Array): Hello => parse(Hello, body, 'hello')
export const readLog = (body: Uint8Array): Log => parse(Log, body, 'log')

/** Null: an event of a newer agent. */
export function readProcessEvent(body: Uint8Array): ProcessEvent | null {
  return ProcessEvent.safeParse(json(body, 'process')).data ?? null
}

/** The counters among them; others are for people. */
export function readStats(body: Uint8Array): ReadonlyMap<string, number> {
  const entries = Object.entries(parse(Stats, body, 'stats'))
  return new Map(entries.filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1])))
}

function parse<T>(schema: z.ZodType<T>, body: Uint8Array, what: string): T {
  const { data, error } = schema.safeParse(json(body, what))
  if (data === undefined) throw new BrokenStream(`a ${what} that is none: ${error?.issues[0]?.message ?? ''}`)
  return data
}

function json(body: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'))
  } catch {
    throw new BrokenStream(`a ${what} that is no JSON`)
  }
}

function viewOf(body: Uint8Array, least: number, what: string): DataView {
  if (body.length < least) throw new BrokenStream(`a ${what} of ${body.length} bytes`)
  return new DataView(body.buffer, body.byteOffset, body.length)
}

/** Up to the first NUL. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8')
}
