/**
 * What was accepted and is not taken yet: halves of exchanges as segments, and a sample of what was malformed. Bounded by
 * `pendingBytes`: whoever finds it full answers 503, or drops and counts.
 */
import type { Refused } from '#schemas/contracts/errors.ts'
import type { Captured, Rejected } from '#schemas/contracts/producer.ts'
import type { MessageLimits } from '#schemas/message/message.ts'
import type { MessageSegmenter } from '#schemas/message/segmenter.ts'
import type { MessageHalf } from '#schemas/records/message.ts'
import type { WallClock } from '#schemas/wire/wall-clock.ts'
import type { Limits } from './config.ts'
import type { Counts } from './counts.ts'
import { FilterCounts } from './filter-counts.ts'

/** Of a malformed message, in `dead`. */
const SHOWN_BYTES = 64 * 1024
const SECOND = 1_000_000

export interface InboxParts {
  readonly segmenter: MessageSegmenter
  readonly clock: WallClock
  readonly counts: Counts
  readonly limits: Pick<Limits, 'pendingBytes' | 'deadPerSecond' | 'messageBytes' | 'messageText' | 'messageValues'>
}

export class Inbox {
  readonly #parts: InboxParts
  readonly limits: MessageLimits
  readonly counts: Counts
  #rejected: Rejected[] = []
  #rejectedBytes = 0
  #received = 0
  /** When the last one was malformed (µs), and how many more may be kept within the second that began then. */
  #sampleTime = 0
  #sampleEnd = 0
  #samplesLeft = 0
  #closed = false
  readonly #filters: FilterCounts
  onAdded: () => void = () => {}

  constructor(parts: InboxParts) {
    const { messageBytes, messageText, messageValues } = parts.limits
    this.#parts = parts
    this.counts = parts.counts
    this.#filters = new FilterCounts(parts.counts)
    this.limits = { bytes: messageBytes, text: messageText, values: messageValues }
  }

  /** About how many bytes wait to be taken. */
  get bytes(): number {
    return this.#parts.segmenter.bytes + this.#rejectedBytes
  }

  /** Bytes of all messages so far. */
  get received(): number {
    return this.#received
  }

  /** Nothing more can be accepted, for now or for good. */
  get full(): boolean {
    return this.#closed || this.bytes >= this.#parts.limits.pendingBytes
  }

  /** What is taken from now on is the last. */
  close(): void {
    this.#closed = true
  }

  /** `bytes` hold `half`, encoded and checked. */
  add(half: MessageHalf, bytes: Uint8Array): void {
    const { segmenter, clock, counts } = this.#parts
    counts.add(half.half === 'request' ? 'messages.request' : 'messages.response')
    if (half.finish === 'aborted') counts.add('messages.aborted')
    if (half.dropped !== undefined) this.#filters.add(half.dropped)
    this.#received += bytes.length
    segmenter.message(half, bytes, clock.now())
    this.onAdded()
  }

  /** A half for which there is no room: `bytes`, about. */
  drop(bytes: number): void {
    this.#parts.counts.add('drops.pending')
    this.#parts.segmenter.leave('dropped', bytes)
  }

  /** Counts what is no message, and keeps some of it for `dead`. */
  reject(error: Refused, bytes: Uint8Array): void {
    const { segmenter, clock, counts, limits } = this.#parts
    // message-malformed, message-too-large, …
    counts.add(error.reason.replace('message-', 'messages.'))
    this.#received += bytes.length
    segmenter.leave('damaged', bytes.length)
    const now = clock.now()
    if (now >= this.#sampleEnd) {
      this.#sampleEnd = now + SECOND
      this.#samplesLeft = limits.deadPerSecond
    }
    if (this.#samplesLeft === 0 || this.#closed) return
    this.#samplesLeft--
    this.#sampleTime = Math.max(now, this.#sampleTime + 1)
    const shown = bytes.slice(0, SHOWN_BYTES)
    this.#rejectedBytes += shown.length
    this.#rejected.push({ reason: error.reason, message: error.message, time: this.#sampleTime, value: shown })
  }

  /** What came since the last call. */
  take(): Omit<Captured, 'position'> {
    const batches = this.#parts.segmenter.take()
    const rejected = this.#rejected
    this.#rejected = []
    this.#rejectedBytes = 0
    return rejected.length === 0 ? { batches } : { batches, rejected }
  }
}
