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
import { Shares, type SharesOptions } from '#schemas/wire/shares.ts'
import { MessageIdentity } from './identity.ts'

export interface MessageSegmenterOptions extends SharesOptions {
  readonly flowHashKey: Uint8Array
  /** Number of the last message before a restart, or 0. */
  readonly number: number
}

/** In the place of a sensor's name. */
const ANY_SENSOR = 'message'

export class MessageSegmenter {
  readonly #hash: FlowHash
  readonly #identity = new MessageIdentity()
  readonly #shares: Shares
  readonly #id = new Uint8Array(64)
  #number: number

  constructor(options: MessageSegmenterOptions) {
    this.#hash = new FlowHash(options.flowHashKey, ANY_SENSOR)
    this.#shares = new Shares(options)
    this.#number = options.number
  }

  /** About how many bytes `take` would return. */
  get bytes(): number {
    return this.#shares.bytes
  }

  /** Highest time so far, µs. */
  get time(): number {
    return this.#shares.time
  }

  /** Number of the last message. */
  get number(): number {
    return this.#number
  }

  /** `bytes`: of the message that `checkMessage` made `half` of; copied. Taken at `time` (µs). */
  message(half: MessageHalf, bytes: Uint8Array, time: number): void {
    this.#shares.reach(time)
    this.#identity.write(half.source, half.local)
    const key = this.#keyOf(half.id)
    const cut = half.bodyBytes - half.body.length
    const share = this.#shares.of(key)
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
    this.#shares.bytes += bytes.length + ENTRY_HEADER
  }

  /** Accounts for `bytes` of messages that became no segment: refused (`damaged`), or left out as the configuration says. */
  leave(fate: 'damaged' | 'filtered' | 'dropped', bytes: number): void {
    const share = this.#shares.first
    share.captured += bytes
    share[fate] += bytes
    this.#shares.bytes += bytes
  }

  /** Says that time has reached `time` (µs): a tick to every partition when it is due. */
  tick(time: number): void {
    this.#shares.tick(time)
  }

  end(): void {
    this.#shares.end()
  }

  /** What came since the last call: at most one batch per partition. */
  take(): Captured['batches'] {
    return this.#shares.take()
  }

  #keyOf(id: string): number {
    for (let i = 0; i < id.length; i++) this.#id[i] = id.charCodeAt(i)
    return this.#hash.of(this.#id, id.length)
  }
}
