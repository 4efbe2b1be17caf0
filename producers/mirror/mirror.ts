/**
 * The producer of one mirror: a socket, and what came through it since the last `read`.
 *
 *   Listening ── stopped ───────► Stopped  (read: what there is; then it is not called again)
 *       └─────── socket fails ──► Failed   (read: what there is, with an `end` in every partition; then the refusal)
 *
 * A stop is no end of the flows: they go on after a restart, with a gap where nobody listened.
 */
import type { Socket } from 'node:dgram'
import { Refused } from '#schemas/contracts/errors.ts'
import type { Captured, Producer } from '#schemas/contracts/producer.ts'
import type { LivePosition } from '#schemas/wire/live-position.ts'
import type { Segmenter } from '#schemas/wire/segmenter.ts'
import type { WallClock } from '#schemas/wire/wall-clock.ts'
import type { Datagrams } from './datagrams.ts'
import type { KernelDrops } from './kernel-drops.ts'

export interface Parts {
  readonly socket: Socket
  readonly datagrams: Datagrams
  readonly segmenter: Segmenter
  readonly drops: KernelDrops
  readonly clock: WallClock
  /** A batch is given out when it has so many bytes, */
  readonly batchBytes: number
  /** or after so many milliseconds. */
  readonly delayMs: number
}

export class Mirror implements Producer {
  readonly #parts: Parts
  #received = 0
  #failure: Refused | null = null
  #ended = false
  #wake: () => void = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
    const { socket, datagrams, segmenter, clock, batchBytes } = parts
    socket.on('message', (bytes, sender) => {
      this.#received += bytes.length
      datagrams.add(bytes, sender.address, clock.now())
      if (segmenter.bytes >= batchBytes) this.#wake()
    })
    socket.on('error', error => {
      this.#failure = new Refused('mirror-failed', `the socket of the mirror failed: ${error.message}`)
      this.#wake()
    })
  }

  /** Of the socket: what the kernel chose when 0 was asked for. */
  get port(): number {
    return this.#parts.socket.address().port
  }

  async read(signal: AbortSignal): Promise<Captured | null> {
    const { datagrams, segmenter, batchBytes, delayMs } = this.#parts
    if (this.#ended) throw this.#failure
    do {
      if (segmenter.bytes < batchBytes && this.#failure === null) await this.#pause(delayMs, signal)
      await this.#tick()
    } while (segmenter.bytes === 0 && this.#failure === null && !signal.aborted)
    if (segmenter.bytes === 0 && this.#failure === null) signal.throwIfAborted()
    if (this.#failure !== null) {
      segmenter.end()
      this.#ended = true
    }
    const batches = segmenter.take()
    return { batches, position: { packets: datagrams.count, time: segmenter.time } satisfies LivePosition }
  }

  stats(): Readonly<Record<string, number>> {
    const { segmenter, drops } = this.#parts
    return { ...segmenter.stats(), 'drops.kernel': drops.count }
  }

  progress(): { readonly done: number; readonly total: null } {
    return { done: this.#received, total: null }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = Promise.withResolvers<void>()
    this.#parts.socket.close(closed.resolve)
    await closed.promise
  }

  /** Once a second, whatever comes or does not. */
  async #tick(): Promise<void> {
    const { segmenter, drops, clock } = this.#parts
    if (clock.now() < segmenter.nextTick) return
    clock.follow()
    segmenter.tick(clock.now())
    await drops.refresh()
  }

  /** Until a batch is full, the time is over, or the signal says stop. */
  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, milliseconds)
    this.#wake = resolve
    signal.addEventListener('abort', this.#wake, { once: true })
    if (signal.aborted) resolve()
    await promise
    clearTimeout(timer)
    signal.removeEventListener('abort', this.#wake)
  }
}
