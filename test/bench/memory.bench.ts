/**
 * What an attacker, or a busy hour, can make the chain keep: memory of each case against the limits of the configuration, the
 * counters that were hit, and where the bytes went. Every case runs in a process of its own, through the stages without a log.
 *
 *   infra/tapwire bench memory
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadComponents } from '#infra/cli/components.ts'
import { chainFactory, eachSegment, PUBLISHED } from '#infra/cli/pipeline.ts'
import { WIRE_DEFAULTS } from '#schemas/config/wire.ts'
import { ACK, PSH, Segment } from '#schemas/records/segment.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import { Clock, frameOf, type Packet, Talk } from '#test/driver/packets.ts'

const ETHERNET = 1
const ROUND_BYTES = 2 * 1024 ** 2
const MIB = 1024 ** 2
const GIB = 1024 ** 3
/** Payload of one packet, as offload makes it. */
const PART = 32_768
const REQUEST = 'GET /items/1 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n'
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"items":[1]}'
const HALF = REQUEST.slice(0, 60)
const POST = 'POST / HTTP/1.1\r\nHost: shop.example\r\n'
const CHUNK = `400\r\n${'x'.repeat(1024)}\r\n`

/** A frame and its capture time, µs. The same bytes may be changed and handed on again. */
type Frames = Generator<readonly [frame: Uint8Array, time: number]>

const SERVER = { ip: '10.0.0.2', port: 80 }
const START = 1_795_253_435_000_000
/** µs between packets of one connection */
const STEP = 5
/** Clients are 11.0.0.0/8. */
const CLIENTS = 0x0b000000

/** Ethernet, IPv4, TCP without options: where the fields stand. */
const SOURCE = 26
const TARGET = 30
const SOURCE_PORT = 34
const TARGET_PORT = 36
const SEQUENCE = 38

/** What one connection says: made once, and played for as many clients as are wanted. */
class Script {
  readonly #steps: readonly { readonly frame: Uint8Array; readonly view: DataView; readonly fromClient: boolean }[]

  constructor(...packets: readonly (readonly Packet[])[]) {
    this.#steps = packets.flat().map(packet => {
      const frame = frameOf(packet)
      return { frame, view: new DataView(frame.buffer), fromClient: packet.to.port === SERVER.port }
    })
  }

  /** As client number `client` says it, from `time` on; `seq` is added to the client's sequence numbers. */
  *play(client: number, time: number, seq = 0): Frames {
    for (const { frame, view, fromClient } of this.#steps) {
      view.setUint32(fromClient ? SOURCE : TARGET, CLIENTS + client)
      view.setUint16(fromClient ? SOURCE_PORT : TARGET_PORT, 40_000 + (client % 20_000))
      const before = view.getUint32(SEQUENCE)
      if (fromClient) view.setUint32(SEQUENCE, before + seq)
      yield [frame, time]
      view.setUint32(SEQUENCE, before)
      time += STEP
    }
  }
}

const talk = (): Talk => new Talk(new Clock(START), { server: SERVER })

/** Connections that have had an exchange and half of the next request. */
function* openFlows(count: number): Frames {
  const one = talk()
  const script = new Script(one.open(), one.client(REQUEST), one.server(RESPONSE), one.client(HALF))
  for (let i = 0; i < count; i++) yield* script.play(i, START + i * 50)
}

/** The same packet from many clients. */
function* flood(packet: Packet, count: number): Frames {
  const script = new Script([packet])
  for (let i = 0; i < count; i++) yield* script.play(i, START + i)
}

/** The same packet from many ports of sixteen addresses, which are no client's. */
function* siege(packet: Packet, count: number, from: number): Frames {
  const frame = frameOf(packet)
  const view = new DataView(frame.buffer)
  for (let i = 0; i < count; i++) {
    view.setUint32(SOURCE, CLIENTS + 0x800000 + (i % 16))
    view.setUint16(SOURCE_PORT, 1024 + (i >> 4))
    yield [frame, from + i]
  }
}

/** One direction of one connection: `head`, and then bytes without end. */
function* endless(head: string, filler: string, total: number): Frames {
  const one = talk()
  yield* new Script(one.open(), one.client(head)).play(0, START)
  const more = one.client(filler.repeat(Math.floor(1400 / filler.length)))
  const script = new Script(more)
  const { length } = more[0]!.payload
  for (let sent = 0; sent < total; sent += length) yield* script.play(0, START + sent / 100, sent)
}

/** Connections that send a megabyte of a body each, in turns, and never end it. */
function* manyBodies(connections: number): Frames {
  const one = talk()
  const head = 'POST /upload HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 4000000000\r\n\r\n'
  const beginning = new Script(one.open(), one.client(head))
  const part = new Script(one.client('x'.repeat(PART)))
  for (let i = 0; i < connections; i++) yield* beginning.play(i, START + i * 50)
  for (let round = 0; round < MIB / PART; round++) {
    const time = START + (round + 1) * 100_000
    for (let i = 0; i < connections; i++) yield* part.play(i, time + i * STEP, round * PART)
  }
}

/** Connections with a hole at the start and half a megabyte behind it, which must wait. */
function* holes(connections: number): Frames {
  const one = talk()
  const beginning = new Script(one.open())
  one.client('lost')
  const part = new Script(one.client('x'.repeat(PART)))
  for (let i = 0; i < connections; i++) {
    const time = START + i * 100
    yield* beginning.play(i, time)
    for (let n = 0; n < MIB / 2 / PART; n++) yield* part.play(i, time + 20, n * PART)
  }
}

/** Honest connections that ask before, and are answered after somebody else opens a million. */
function* besieged(honest: number): Frames {
  const one = talk()
  const asks = new Script(one.open(), one.client(REQUEST))
  const answers = new Script(one.server(RESPONSE))
  for (let i = 0; i < honest; i++) yield* asks.play(i, START + i * 50)
  yield* siege(SYN_ONLY, 1_000_000, START + 1_000_000)
  for (let i = 0; i < honest; i++) yield* answers.play(i, START + 3_000_000 + i * 50)
}

const [SYN_ONLY] = talk().open() as [Packet, ...Packet[]]
const MIDDLE: Packet = { ...SYN_ONLY, flags: PSH | ACK, ack: 1, payload: Buffer.from(HALF) }

interface Case {
  readonly name: string
  /** What bounds it, with its default. */
  readonly limit: string
  frames(): Frames
}
const HALF_OPEN = 'tcp.halfOpenShare: 100,000 connections'
const HEAD = 'http.head: 64 KiB'
const BODY = 'http.body.keep: 1 MiB'
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`

// biome-ignore format: a table
const CASES: readonly Case[] = [
  { name: 'nothing', limit: '', frames: () => openFlows(1) },
  { name: '200,000 open connections', limit: 'tcp.openFlows: 200,000, http.memory: 256 MiB', frames: () => openFlows(200_000) },
  { name: '1,000,000 half-open, an address each', limit: HALF_OPEN, frames: () => flood(SYN_ONLY, 1_000_000) },
  { name: '1,000,000 half-open, 16 addresses', limit: HALF_OPEN, frames: () => siege(SYN_ONLY, 1_000_000, START) },
  { name: '300,000 half requests, no handshake', limit: HALF_OPEN, frames: () => flood(MIDDLE, 300_000) },
  { name: '1,000 exchanges, 1,000,000 half-open meanwhile', limit: HALF_OPEN, frames: () => besieged(1000) },
  { name: 'an endless body, 1 GiB', limit: BODY, frames: () => endless(`${POST}Content-Length: 99999999999\r\n\r\n`, 'x', GIB) },
  { name: 'an endless chunked body, 1 GiB', limit: BODY, frames: () => endless(CHUNKED, CHUNK, GIB) },
  { name: 'the same in chunks of a byte, 256 MiB', limit: BODY, frames: () => endless(CHUNKED, '1\r\na\r\n', GIB / 4) },
  { name: 'an endless header field, 1 GiB', limit: HEAD, frames: () => endless('GET / HTTP/1.1\r\nHost: a\r\nX: ', 'x', GIB) },
  { name: 'header fields without end, 1 GiB', limit: HEAD, frames: () => endless('GET / HTTP/1.1\r\nHost: a\r\n', 'X: y\r\n', GIB) },
  { name: '1,000 connections, 1 MiB of a body each', limit: 'http.memory: 256 MiB', frames: () => manyBodies(1000) },
  { name: '1,000 connections, 0.5 MiB behind a hole each', limit: 'tcp.bufferBytes: 64 MiB', frames: () => holes(1000) },
]

interface Result {
  /** Kept by the stages after collection, and the most that the process had. Bytes. */
  readonly held: number
  readonly peak: number
  readonly packets: number
  readonly seconds: number
  readonly exchanges: number
  readonly counts: Readonly<Record<string, number>>
  readonly ledger: Readonly<Record<string, number>>
}

async function run(frames: Frames): Promise<Result> {
  const components = await loadComponents()
  let exchanges = 0
  const chain = chainFactory(components, {}, PUBLISHED)(topic => void (topic === 'exchanges' && exchanges++))
  const cursor = new Segment()
  const segmenter = new Segmenter({
    sensor: 'bench',
    capture: 'bench',
    source: 'bench',
    partitions: 1,
    flowHashKey: Buffer.from('sixteen bytes ..'),
    batchBytes: ROUND_BYTES,
    time: 0,
    wire: WIRE_DEFAULTS,
  })
  const flush = (): void => {
    for (const { batch } of segmenter.take())
      eachSegment(batch, cursor, chain, (segment, time) => chain.process(segment, time))
  }
  const before = memory()
  const started = performance.now()
  let packets = 0
  for (const [frame, time] of frames) {
    segmenter.frame(ETHERNET, frame, 0, frame.length, frame.length, time, ++packets)
    if (segmenter.bytes >= ROUND_BYTES) flush()
  }
  flush()
  const seconds = (performance.now() - started) / 1000
  const peak = process.resourceUsage().maxRSS * 1024
  const counts = new Map(chain.stages.flatMap(stage => [...stage.counts]))
  const held = memory() - before
  const ledger = { ...chain.ledger.counts(), pending: chain.ledger.pending }
  return { held, peak, packets, seconds, exchanges, counts: Object.fromEntries(counts), ledger }
}

function memory(): number {
  // What typed arrays held is given back by the collection after the one that found them dead.
  for (let i = 0; i < 3; i++) globalThis.gc!()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`
const list = (numbers: Readonly<Record<string, number>>): string =>
  Object.entries(numbers)
    .map(([name, value]) => `${name} ${value.toLocaleString('en')}`)
    .join(', ')

const [, , only] = process.argv
if (only !== undefined) {
  process.stdout.write(JSON.stringify(await run(CASES.find(({ name }) => name === only)!.frames())))
} else {
  for (const { name, limit } of CASES) {
    const args = ['--expose-gc', fileURLToPath(import.meta.url), name]
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: MIB })
    const { held, peak, packets, seconds, exchanges, counts, ledger } = JSON.parse(stdout) as Result
    say(
      `${name.padEnd(50)} held ${mib(held).padStart(10)}, peak RSS ${mib(peak).padStart(10)}, ${packets.toLocaleString('en')} packets in ${seconds.toFixed(1)} s, ${exchanges.toLocaleString('en')} exchanges`,
    )
    if (limit !== '') say(`  limit: ${limit}`)
    say(`  counters: ${list(counts)}`)
    say(`  bytes: ${list(ledger)}`)
  }
}
