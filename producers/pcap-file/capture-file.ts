/**
 * The producer of one capture file.
 *
 *   unopened ──read──► Reading ──end of file──► Finished (read: null)
 *                         └──────damage───────► Failed   (read: throws the refusal)
 *
 * Both ends come after a batch that holds everything readable and an `end` in every partition. What is not recognized
 * as a capture at all goes to Failed at once.
 */
import { Refused } from '#schemas/contracts/errors.ts'
import type { Captured, Producer, ProducerHost } from '#schemas/contracts/producer.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import { Damage, type Limits, type Packet } from './format.ts'
import { type Opened, type Started, start } from './opening.ts'
import { type Clock, Pace } from './pace.ts'
import { isSought, type Position } from './position.ts'

export interface CaptureOptions {
  readonly path: string
  readonly speed: number
  readonly limits: Limits
}

/** How long a stream may keep what was read of it waiting for more, in milliseconds. */
const PATIENCE = 20
const FULL = 0
const NOT_DUE = -1

export class CaptureFile implements Producer {
  readonly #opened: Opened
  readonly #limits: Limits
  readonly #batchBytes: number
  readonly #segmenter: Segmenter
  readonly #pace: Pace
  readonly #packet: Packet = { linktype: 0, start: 0, end: 0, wireLength: 0, time: 0, offset: 0 }
  /** The packet in #packet was read from the window but is not due yet. */
  #held = false
  #started: Started | null = null
  #number = 0
  /** Packets up to here were handed out before a restart; a file that is not sought in is read again from its start. */
  readonly #skip: number
  /** But these of them are handed over again. */
  readonly #again: ReadonlySet<number>
  #finished: boolean
  #failure: Refused | null

  constructor(opened: Opened, options: CaptureOptions, host: ProducerHost, clock: Clock) {
    const position = opened.position
    this.#opened = opened
    this.#limits = options.limits
    this.#batchBytes = host.batchBytes
    this.#pace = new Pace(options.speed, clock)
    this.#segmenter = new Segmenter({
      sensor: host.sensor,
      capture: 'pcap-file',
      source: options.path,
      partitions: host.partitions,
      flowHashKey: host.flowHashKey,
      batchBytes: host.batchBytes,
      time: position?.time ?? 0,
      wire: host.wire,
      trace: host.trace,
    })
    const grown = position?.file?.size !== opened.file?.size
    this.#skip = position?.packet ?? 0
    this.#again = new Set(position?.held)
    this.#number = position !== null && isSought(position) ? position.packet : 0
    this.#finished = position?.finished === true && !grown
    this.#failure = position?.failure && !grown ? new Refused(position.failure.reason, position.failure.message) : null
  }

  async read(signal: AbortSignal): Promise<Captured | null> {
    signal.throwIfAborted()
    if (this.#failure !== null) throw this.#failure
    if (this.#finished) return null
    try {
      await this.#capture(signal)
    } catch (error) {
      this.#failure = this.#refusal(error)
      if (this.#started === null) throw this.#failure
      this.#segmenter.end()
    }
    return { batches: this.#segmenter.take(), position: this.#position() }
  }

  stats(): Readonly<Record<string, number>> {
    return this.#segmenter.stats()
  }

  progress(): { readonly done: number; readonly total: number | null } {
    const total = this.#opened.file?.size ?? null
    const behind = this.#started === null || this.#started.gzip ? 0 : this.#started.window.available
    return { done: this.#finished && total !== null ? total : this.#opened.source.consumed - behind, total }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#started?.window ?? this.#opened.source)[Symbol.asyncDispose]()
  }

  /** Fills the segmenter until a batch is full, the next packet is not due, or nothing more comes for the moment. */
  async #capture(signal: AbortSignal): Promise<void> {
    this.#started ??= await start(this.#opened, this.#limits, signal)
    const { window } = this.#started
    for (;;) {
      const need = this.#walk(this.#started)
      if (need === FULL) return
      const idle = this.#segmenter.bytes === 0
      if (need === NOT_DUE) {
        if (!idle) return
        await this.#wait(signal)
        continue
      }
      const filled = await window.fill(need, idle ? Infinity : PATIENCE, signal)
      if (filled === 'later') return
      if (filled === 'ended') return this.#finish(this.#started)
    }
  }

  /** Hands packets over. Returns FULL, NOT_DUE, or how many bytes the next record needs in the window. */
  #walk({ window, format }: Started): number {
    const packet = this.#packet
    const segmenter = this.#segmenter
    while (segmenter.bytes < this.#batchBytes) {
      if (!this.#held) {
        const need = format.next(window, packet)
        if (need > 0) return need
        this.#held = true
      }
      const isNew = this.#number >= this.#skip
      if (isNew && this.#pace.delay(packet.time) > 0) return NOT_DUE
      const { linktype, start, end, wireLength, time } = packet
      const number = this.#number + 1
      if (isNew) segmenter.frame(linktype, window.bytes, start, end, wireLength, time, number)
      else if (this.#again.has(number)) segmenter.again(linktype, window.bytes, start, end, wireLength, time, number)
      this.#number++
      this.#held = false
    }
    return FULL
  }

  /** Sleeps until the held packet is due, or until a tick is. */
  async #wait(signal: AbortSignal): Promise<void> {
    const until = Math.min(this.#packet.time, this.#segmenter.nextTick)
    await this.#pace.until(until, signal)
    // A sleep may end early: then this is asked again.
    if (until < this.#packet.time && this.#pace.delay(until) <= 0) this.#segmenter.tick(until)
  }

  #finish({ window }: Started): void {
    if (window.available > 0) throw new Damage('cut off in the middle of a record', window.offset)
    this.#segmenter.end()
    this.#finished = true
  }

  /** The refusal that `error` amounts to; throws what is none (an abort, a bug). */
  #refusal(error: unknown): Refused {
    const { name } = this.#opened
    if (error instanceof Refused) return named(name, error)
    if (!(error instanceof Damage)) throw error
    const data = this.#started?.gzip ? ' of the decompressed data' : ''
    const place = `at byte ${error.at}${data} (packet ${this.#number + 1})`
    const done = `${this.#number} packets before it were read`
    return new Refused('damaged-capture', `${name}: ${error.message}, ${place}; ${done}; capture or copy it again`)
  }

  #position(): Position {
    const started = this.#started
    return {
      file: this.#opened.file,
      packet: Math.max(this.#number, this.#skip),
      held: this.#number < this.#skip ? [...this.#again] : this.#segmenter.held(),
      offset: started === null ? 0 : this.#held ? this.#packet.offset : started.window.offset,
      gzip: started?.gzip ?? false,
      time: this.#segmenter.time,
      format: started?.format.state() ?? null,
      finished: this.#finished,
      failure: this.#failure && { reason: this.#failure.reason, message: this.#failure.message },
    }
  }
}

/** Sources do not know their name. */
function named(name: string, refused: Refused): Refused {
  return refused.message.startsWith(name) ? refused : new Refused(refused.reason, `${name}: ${refused.message}`)
}
