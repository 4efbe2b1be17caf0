/**
 * The producer of one interface.
 *
 *   Capturing ──interface gone──► Ended (read: null)
 *      └──────engine hopeless───► Failed (read: throws)
 *
 * Both come after a batch with an `end` in every partition. Capture time is wall-clock time: while nothing is captured,
 * ticks follow the clock at a distance, because what was captured already may still be on its way.
 */
import { Refused, Usage } from '#schemas/contracts/errors.ts'
import type { Captured, Producer, ProducerHost } from '#schemas/contracts/producer.ts'
import type { LivePosition } from '#schemas/wire/live-position.ts'
import { Segmenter } from '#schemas/wire/segmenter.ts'
import type { Engine } from './engine.ts'
import type { CaptureOptions } from './options.ts'
import { BrokenStream, PcapStream } from './pcap-stream.ts'
import { type Machine, Succession } from './succession.ts'

/** Longer than an engine keeps a packet: tcpdump may for a second. */
export const TICK_LAG_MS = 2000

export class LiveCapture implements Producer {
  readonly #options: CaptureOptions
  readonly #machine: Machine
  readonly #batchBytes: number
  readonly #segmenter: Segmenter
  readonly #engines: Succession
  readonly #lostBefore: number
  #stream = new PcapStream()
  #number: number
  #bytes = 0
  #state: 'capturing' | 'ended' | Refused | Usage = 'capturing'

  constructor(engine: Engine, options: CaptureOptions, host: ProducerHost, position: LivePosition, machine: Machine) {
    this.#options = options
    this.#machine = machine
    this.#batchBytes = host.batchBytes
    this.#engines = new Succession(engine, options, machine)
    this.#segmenter = new Segmenter({
      sensor: host.sensor,
      capture: 'pcap',
      source: options.interface,
      partitions: host.partitions,
      flowHashKey: host.flowHashKey,
      batchBytes: host.batchBytes,
      time: position.time,
      wire: host.wire,
    })
    this.#number = position.packets
    this.#lostBefore = machine.lost(options.interface)
  }

  async read(signal: AbortSignal): Promise<Captured | null> {
    signal.throwIfAborted()
    if (this.#state === 'ended') return null
    if (this.#state !== 'capturing') throw this.#state
    await this.#capture(signal)
    if (this.#segmenter.bytes === 0) throw signal.reason
    const batches = this.#segmenter.take()
    return { batches, position: { packets: this.#number, time: this.#segmenter.time } satisfies LivePosition }
  }

  /**
   * Beside those of the segmenter: `received`, packets that passed the filter by the kernel's count, and `drops.kernel`,
   * those of them that found its buffer full; both are missing where the engine cannot tell. `drops.interface`: lost by the
   * card. `restarts` of the engine.
   */
  stats(): Readonly<Record<string, number>> {
    const { received, dropped, restarts } = this.#engines
    return {
      ...this.#segmenter.stats(),
      ...(received === null ? {} : { received }),
      ...(dropped === null ? {} : { 'drops.kernel': dropped }),
      'drops.interface': Math.max(0, this.#machine.lost(this.#options.interface) - this.#lostBefore),
      restarts,
    }
  }

  progress(): { readonly done: number; readonly total: null } {
    return { done: this.#bytes, total: null }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engines[Symbol.asyncDispose]()
  }

  /** Until a batch is full, its first packet has waited long enough, a tick is due, or `signal` aborts. */
  async #capture(signal: AbortSignal): Promise<void> {
    const segmenter = this.#segmenter
    let due = Number.POSITIVE_INFINITY
    while (segmenter.bytes < this.#batchBytes && !signal.aborted && this.#state === 'capturing') {
      const engine = this.#engines.current
      const chunk = engine.read()
      const now = this.#machine.now()
      if (chunk !== null) {
        if (!this.#take(chunk)) await this.#renew(signal)
        if (segmenter.bytes > 0) due = Math.min(due, now + this.#options.delayMs)
        if (now >= due) return
        continue
      }
      if (engine.over) {
        await this.#renew(signal)
        continue
      }
      segmenter.tick((now - TICK_LAG_MS) * 1000)
      const onlyTick = due === Number.POSITIVE_INFINITY && segmenter.bytes > 0
      if (onlyTick || now >= due) return
      const nextTick = segmenter.nextTick / 1000 + TICK_LAG_MS
      await engine.wait(Math.max(1, Math.min(due, nextTick) - now), signal)
    }
  }

  /** False when the engine is no longer understood. */
  #take(chunk: Uint8Array): boolean {
    try {
      this.#stream.feed(chunk, this.#onFrame)
      return true
    } catch (error) {
      if (error instanceof BrokenStream) return false
      throw error
    }
  }

  readonly #onFrame = (
    linktype: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    wireLength: number,
    time: number,
  ): void => {
    this.#bytes += end - start
    this.#engines.worked()
    this.#segmenter.frame(linktype, bytes, start, end, wireLength, time, ++this.#number)
  }

  async #renew(signal: AbortSignal): Promise<void> {
    try {
      const outcome = await this.#engines.renew(signal)
      this.#stream = new PcapStream()
      if (outcome === 'gone') this.#end('ended')
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Usage)) throw error
      this.#end(error)
    }
  }

  #end(state: 'ended' | Refused | Usage): void {
    this.#segmenter.end()
    this.#state = state
  }
}
