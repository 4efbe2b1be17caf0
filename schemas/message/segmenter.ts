/**
 * From checked messages to segment batches, for whoever takes them from a proxy.
 *
 * A segment of kind `message`: payload = the message's bytes; dir = 0 for a request, 1 for a response; key = keyed hash of the
 * id; identity = source and local address as a flow; packet = its number in the source, from 1; time = when it was taken, by
 * this machine's clock (those of proxies differ, and stream time must not jump with them).
 *
 * Laws
 *  1. captured = the message's bytes + body bytes that the filter saw and cut off (`cap`). The former are settled in
 *     processing, the latter here.
 *  2. Both halves of an exchange go to the same partition, whichever sensor takes them: no name of a sensor is in the key.
 *  3. Ticks as in schemas/wire/segmenter.ts, law 4.
 */
import type { Captured } from '#schemas/contracts/producer.ts'
import type { MessageHalf } from '#schemas/records/message.ts'
import { ENTRY_HEADER, KIND } from '#schemas/records/segment.ts'
import { FlowHash } from '#schemas/wire/flow-key.ts'
import { Share } from '#schemas/wire/share.ts'
import { MessageIdentity } from './identity.ts'

export interface MessageSegmenterOptions {
  readonly sensor: string
  readonly capture: string
  readonly source: string
  readonly partitions: number
  readonly flowHashKey: Uint8Array
  /** About how many bytes are added between two calls of `take`: what the arenas start with. */
  readonly batchBytes: number
  /** Stream time reached before a restart, or 0; number of the last message then, or 0. */
  readonly time: number
  readonly number: number
}

const SECOND = 1_000_000
/** In the place of a sensor's name. */
const ANY_SENSOR = 'message'

export class MessageSegmenter {
  readonly #options: MessageSegmenterOptions
  readonly #hash: FlowHash
  readonly #identity = new MessageIdentity()
  readonly #shares: readonly Share[]
  readonly #id = new Uint8Array(64)
  #time: number
  #nextTick: number
  #number: number
  #bytes = 0

  constructor(options: MessageSegmenterOptions) {
    this.#options = options
    this.#hash = new FlowHash(options.flowHashKey, ANY_SENSOR)
    const initial = Math.max(4096, Math.ceil((1.25 * options.batchBytes) / options.partitions))
    this.#shares = Array.from({ length: options.partitions }, () => new Share(initial))
    this.#time = options.time
    this.#nextTick = options.time > 0 ? secondAfter(options.time) : 0
    this.#number = options.number
  }

  /** About how many bytes `take` would return. */
  get bytes(): number {
    return this.#bytes
  }

  /** Highest time so far, µs. */
  get time(): number {
    return this.#time
  }

  /** Number of the last message. */
  get number(): number {
    return this.#number
  }

  /** `bytes`: of the message that `checkMessage` made `half` of; copied. Taken at `time` (µs). */
  message(half: MessageHalf, bytes: Uint8Array, time: number): void {
    this.tick(time)
    if (time > this.#time) this.#time = time
    this.#identity.write(half.source, half.local)
    const key = this.#keyOf(half.id)
    const cut = half.bodyBytes - half.body.length
    const share = this.#shares[key % this.#shares.length]!
    share.captured += bytes.length + cut
    share.cap += cut
    share.writer.add(
      {
        kind: KIND.message,
        flags: 0,
        dir: half.half === 'request' ? 0 : 1,
        time,
        key,
        packet: ++this.#number,
        seq: 0,
        ack: 0,
        window: 0,
        // A body may be longer than the field can say.
        wireLength: Math.min(0xffff_ffff, bytes.length + cut),
      },
      this.#identity.bytes,
      bytes,
      0,
      bytes.length,
      this.#identity.length,
    )
    this.#bytes += bytes.length + ENTRY_HEADER
  }

  /** Accounts for `bytes` of messages that became no segment: refused (`damaged`), or left out as the configuration says. */
  leave(fate: 'damaged' | 'filtered' | 'dropped', bytes: number): void {
    const share = this.#shares[0]!
    share.captured += bytes
    share[fate] += bytes
    this.#bytes += bytes
  }

  /** Says that time has reached `time` (µs): a tick to every partition when it is due. */
  tick(time: number): void {
    if (time < this.#nextTick) return
    this.#nextTick = secondAfter(time)
    if (time > this.#time) this.#time = time
    this.#mark(KIND.tick, this.#nextTick - SECOND)
  }

  end(): void {
    this.#mark(KIND.end, this.#time)
  }

  /** What came since the last call: at most one batch per partition. */
  take(): Captured['batches'] {
    const { sensor, capture, source } = this.#options
    this.#bytes = 0
    return this.#shares.flatMap((share, partition) =>
      share.empty ? [] : [{ partition, batch: share.take(sensor, capture, source) }],
    )
  }

  #keyOf(id: string): number {
    for (let i = 0; i < id.length; i++) this.#id[i] = id.charCodeAt(i)
    return this.#hash.of(this.#id, id.length)
  }

  #mark(kind: typeof KIND.tick | typeof KIND.end, time: number): void {
    for (const share of this.#shares) share.writer.mark(kind, time)
    this.#bytes += ENTRY_HEADER * this.#shares.length
  }
}

function secondAfter(time: number): number {
  return (Math.floor(time / SECOND) + 1) * SECOND
}
