/**
 * Nanoseconds per segment of the TCP stage: `node test/bench/tcp.bench.ts`.
 *
 *   baseline   walks the same batches with the cursor and does nothing else
 *   in order   64 keep-alive connections, a request and a response of two segments each, every one acknowledged
 *   1 %        the same, every 100th segment swapped with the one after it on its connection and direction
 *
 * All in one process: compare ratios, not machines.
 */
import { Chain } from '#infra/runtime/chain.ts'
import { config } from '#processors/tcp/config.ts'
import { batchOf, identityOf, type Packet } from '#processors/tcp/packets.ts'
import { Tcp } from '#processors/tcp/tcp.ts'
import type { Processor } from '#schemas/contracts/processor.ts'
import { ACK, PSH, Segment, type SegmentBatch, SYN } from '#schemas/records/segment.ts'

const FLOWS = 64
const EXCHANGES = 200
const ROUNDS = 15
/** Segments per batch: about what one poll of a busy interface gives. */
const BATCH = 1000

const request = new Uint8Array(400).fill(97)
const part = new Uint8Array(1400).fill(98)

function load(swap: number): SegmentBatch[] {
  const perFlow = Array.from({ length: FLOWS }, (_, n) => conversation(n))
  if (swap > 0) for (const packets of perFlow) for (let i = 10; i + 2 < packets.length; i += swap) swapNext(packets, i)
  // Round robin, one exchange of each connection after the other, as concurrent clients look.
  const all: Packet[] = []
  for (let at = 0; at < perFlow[0]!.length; at += 6)
    for (const packets of perFlow) all.push(...packets.slice(at, at + 6))
  const timed = all.map((packet, i) => ({ ...packet, time: 1e9 + i * 2, packet: i + 1 }))
  const batches: SegmentBatch[] = []
  for (let at = 0; at < timed.length; at += BATCH) batches.push(batchOf(timed.slice(at, at + BATCH)))
  return batches
}

/** Handshake, then per exchange: request, ACK, two parts of the response, two ACKs. */
function conversation(n: number): Packet[] {
  const next = [1000 + n, 2000 + n] as [number, number]
  const packets: Packet[] = []
  const say = (dir: 0 | 1, flags: number, data?: Uint8Array) => {
    const ack = next[dir === 0 ? 1 : 0]
    packets.push({
      dir,
      flags,
      seq: next[dir],
      ack,
      time: 0,
      key: n + 1,
      identity: identityOf(n),
      ...(data && { data }),
    })
    next[dir] += (data?.length ?? 0) + ((flags & SYN) === 0 ? 0 : 1)
  }
  say(0, SYN)
  say(1, SYN | ACK)
  for (let i = 0; i < 4; i++) say(0, ACK)
  for (let i = 0; i < EXCHANGES; i++) {
    say(0, ACK | PSH, request)
    say(1, ACK)
    say(1, ACK, part)
    say(0, ACK)
    say(1, ACK | PSH, part)
    say(0, ACK)
  }
  return packets
}

function swapNext(packets: Packet[], i: number): void {
  const j = packets.findIndex(({ dir, data }, at) => at > i && dir === 1 && data !== undefined)
  const k = packets.findIndex(({ dir, data }, at) => at > j && dir === 1 && data !== undefined)
  if (k < 0) return
  const swapped = packets[j]!
  packets[j] = packets[k]!
  packets[k] = swapped
}

const BYTES = FLOWS * EXCHANGES * (request.length + 2 * part.length)
const segment = new Segment()

function walk(batches: readonly SegmentBatch[]): number {
  let bytes = 0
  for (const batch of batches) {
    segment.reset(batch)
    while (segment.next()) bytes += segment.length
  }
  return bytes
}

function reassemble(batches: readonly SegmentBatch[]): number {
  let bytes = 0
  const count = { process: (chunk: { bytes: Uint8Array }) => (bytes += chunk.bytes.length) }
  const specs = [
    { name: 'tcp', input: 'segments', outputs: ['chunks'], processor: new Tcp(config.parse({})) },
    { name: 'count', input: 'chunks', outputs: [], processor: count },
  ] as unknown as { name: string; input: string; outputs: string[]; processor: Processor<unknown, unknown> }[]
  const chain = new Chain(specs, new Set(), () => {})
  for (const batch of batches) {
    segment.reset(batch)
    while (segment.next()) chain.process(segment, segment.time)
  }
  return bytes
}

/** Best round, CPU time: other work on the machine changes it less than the clock. */
function measure(
  name: string,
  batches: readonly SegmentBatch[],
  run: (batches: readonly SegmentBatch[]) => number,
): number {
  const segments = batches.reduce((sum, batch) => sum + batch.count, 0)
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage()
    const bytes = run(batches)
    const { user, system } = process.cpuUsage(start)
    if (bytes !== BYTES) throw new Error(`${name} gave ${bytes} of ${BYTES} bytes`)
    best = Math.min(best, ((user + system) * 1000) / segments)
  }
  process.stdout.write(`  ${name.padEnd(28)} ${best.toFixed(0).padStart(6)} ns per segment\n`)
  return best
}

const ordered = load(0)
const walked = measure('baseline: cursor only', ordered, walk)
const calm = measure('tcp, in order', ordered, reassemble)
const swapped = measure('tcp, 1 % reordered', load(100), reassemble)
process.stdout.write(
  `  ratio to the baseline ${(calm / walked).toFixed(1)}, reordered ${(swapped / walked).toFixed(1)}\n`,
)
