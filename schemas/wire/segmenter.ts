/**
 * From captured frames to segment batches, for every producer of packets.
 *
 * Laws
 *  1. For every frame: captured = framing + payload in segments + what was lost by reason (Loss), in the same batch. A frame with a
 *     fragment of an IP packet counts when that packet is complete or let go, with all its frames at once (fragments.ts).
 *  2. Every TCP packet becomes a segment, pure acknowledgements too.
 *  3. Both directions of a flow go to the same partition, in the order of `frame` calls.
 *  4. Before the first frame of a second of capture time, every partition has a tick of that second. Time that goes
 *     back makes no ticks; a jump ahead makes one.
 *
 * What a segment that fragments made whole has of frames is that of the last one: its number and its time.
 */
import type { WireOptions } from '#schemas/config/wire.ts'
import type { Captured } from '#schemas/contracts/producer.ts'
import { ENTRY_HEADER, KIND } from '#schemas/records/segment.ts'
import { dissect } from '#schemas/wire/dissect.ts'
import { FlowHash } from '#schemas/wire/flow-key.ts'
import { Fragments } from '#schemas/wire/fragments.ts'
import { IdentityWriter } from '#schemas/wire/identity.ts'
import { IgnoredIps } from '#schemas/wire/ignored.ts'
import type { Loss } from '#schemas/wire/share.ts'
import { Shares, type SharesOptions } from '#schemas/wire/shares.ts'
import type { Trace } from '#schemas/wire/trace.ts'
import { HELD, SEGMENT, Walk } from '#schemas/wire/walk.ts'

export interface SegmenterOptions extends SharesOptions {
  readonly flowHashKey: Uint8Array
  readonly wire: WireOptions
  /** Is told how every frame is understood. */
  readonly trace?: Trace | undefined
}

/** The year 2243: beyond, a time is damage, and µs would leave the whole numbers soon (2^53 is in 2255). */
const MAX_TIME = 8.64e15

export class Segmenter {
  readonly #hash: FlowHash
  readonly #walk: Walk
  readonly #fragments: Fragments
  readonly #ignored: IgnoredIps | null
  readonly #identity = new IdentityWriter()
  readonly #shares: Shares
  readonly #reasons = new Map<string, number>()
  /** What SegmentWriter reads of a packet: one object for all. Time and number are those of the frame at hand, segment or not. */
  readonly #fields = {
    kind: KIND.packet,
    flags: 0,
    dir: 0 as 0 | 1,
    time: 0,
    key: 0,
    packet: 0,
    seq: 0,
    ack: 0,
    window: 0,
    wireLength: 0,
  }
  #packets = 0
  #segments = 0

  constructor(options: SegmenterOptions) {
    this.#hash = new FlowHash(options.flowHashKey, options.sensor)
    this.#fragments = new Fragments(options.wire.fragments, this.#hash, (why, captured) => this.#lose(why, captured))
    this.#ignored = IgnoredIps.of(options.wire.ignoreIps)
    this.#walk = new Walk(options.wire)
    this.#walk.stamp = this.#fields
    this.#walk.fragments = this.#fragments
    this.#walk.trace = options.trace ?? null
    this.#shares = new Shares(options)
  }

  /** About how many bytes `take` would return; frames without segments count as well. */
  get bytes(): number {
    return this.#shares.bytes
  }

  /** When the next tick is due, µs. */
  get nextTick(): number {
    return this.#shares.nextTick
  }

  /** Highest capture time so far, µs. */
  get time(): number {
    return this.#shares.time
  }

  /**
   * One captured frame, `bytes[start, end)`, `wireLength` bytes on the wire, captured at `time` (µs); `packet` is its
   * number in the source, from 1. Copies what it keeps. `linktype` is one of a capture file, or one of our own (linktype.ts).
   */
  frame(
    linktype: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    wireLength: number,
    time: number,
    packet: number,
  ): void {
    this.#packets++
    this.#shares.bytes += end - start + ENTRY_HEADER
    if (!(time >= 0 && time <= MAX_TIME)) {
      this.#lose('damaged.time', end - start)
      return
    }
    if (time >= this.#shares.nextTick) this.tick(time)
    this.#shares.reach(time)
    const walk = this.#walk
    this.#fields.time = time
    this.#fields.packet = packet
    walk.trace?.frame({ packet, time, captured: end - start })
    const outcome = dissect(walk, linktype, bytes, start, end, wireLength)
    if (outcome === SEGMENT && !this.#isIgnored()) {
      this.#segment()
      walk.trace?.ended(null)
    } else {
      if (outcome !== HELD) this.#lose(walk.why as `${Loss}.${string}`, walk.captured)
      walk.trace?.ended(outcome === HELD ? 'held.fragment' : walk.why)
    }
  }

  /** A frame of `held` once more, after a restart, as `frame`. It fills no batch and is no new packet. */
  again(
    linktype: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    wireLength: number,
    time: number,
    packet: number,
  ): void {
    const filled = this.#shares.bytes
    this.frame(linktype, bytes, start, end, wireLength, time, packet)
    this.#shares.bytes = filled
    this.#packets--
  }

  /**
   * Accounts for a frame of `captured` bytes that the producer itself left out: the configuration says so (`filtered`), or there
   * was no room (`dropped`). Counted by the name `why`.
   */
  leave(fate: 'filtered' | 'dropped', why: string, captured: number): void {
    this.#packets++
    this.#shares.bytes += captured
    this.#account(fate, why, captured)
  }

  /** Says that capture time has reached `time` (µs) without a frame: a tick to every partition when it is due. */
  tick(time: number): void {
    if (time < this.#shares.nextTick) return
    this.#fragments.expire(time)
    this.#shares.tick(time)
  }

  /**
   * Numbers of the frames that are counted nowhere yet: fragments of packets that are not complete. After a restart a source that
   * keeps its data hands them over again; for others they are as lost as what a crash takes from a kernel's buffer.
   */
  held(): readonly number[] {
    return this.#fragments.held()
  }

  /** Says that the source has ended: fragments that wait for others are let go. */
  end(): void {
    this.#fragments.end()
    this.#shares.end()
  }

  /** What came since the last call: at most one batch per partition, each with memory of its own. */
  take(): Captured['batches'] {
    return this.#shares.take()
  }

  /** `packets`, `segments`, `fragments.…`, and what became no segment by reason (`unsupported.…`, `damaged.…`, `filtered.…`, …). */
  stats(): Record<string, number> {
    const fragments = this.#fragments.stats()
    return { packets: this.#packets, segments: this.#segments, ...fragments, ...Object.fromEntries(this.#reasons) }
  }

  #isIgnored(): boolean {
    if (this.#ignored === null || !this.#ignored.matches(this.#walk)) return false
    this.#walk.why = 'filtered.ip'
    return true
  }

  #segment(): void {
    const walk = this.#walk
    const identity = this.#identity
    identity.write(walk)
    const key = this.#hash.of(identity.bytes, identity.length)
    const fields = this.#fields
    fields.flags = walk.flags
    fields.dir = identity.dir
    fields.key = key
    fields.seq = walk.seq
    fields.ack = walk.ack
    fields.window = walk.window
    fields.wireLength = walk.wireEnd - walk.at
    const share = this.#shares.of(key)
    share.captured += walk.captured
    share.framing += walk.captured - (walk.end - walk.at)
    share.writer.add(fields, identity.bytes, walk.bytes, walk.at, walk.end, identity.length)
    this.#segments++
  }

  /** The reason begins with where its bytes go. */
  #lose(why: `${Loss}.${string}`, captured: number): void {
    this.#account(why.slice(0, why.indexOf('.')) as Loss, why, captured)
  }

  /** Frames without a flow are accounted for in partition 0. */
  #account(fate: Loss, why: string, captured: number): void {
    const share = this.#shares.first
    share.captured += captured
    share[fate] += captured
    this.#reasons.set(why, (this.#reasons.get(why) ?? 0) + 1)
  }
}
