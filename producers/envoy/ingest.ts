/**
 * The producer: listeners, the two endpoints behind them, and what was accepted since the last `read`.
 *
 *   Serving ── stopped ──► Draining: nobody new is let in; requests under way are answered, ext_proc streams end
 *                              └── they are, or PATIENCE_MS are over ──► Drained (read: the last of it)
 *
 * A stop is no end of the source: after a restart it goes on.
 */
import type { Captured, Producer } from '#schemas/contracts/producer.ts'
import type { MessageSegmenter } from '#schemas/message/segmenter.ts'
import type { LivePosition } from '#schemas/wire/live-position.ts'
import type { WallClock } from '#schemas/wire/wall-clock.ts'
import type { ExtProcEndpoint } from './ext-proc/endpoint.ts'
import type { Inbox } from './inbox.ts'
import type { Listener } from './listener/listener.ts'
import type { MessagesEndpoint } from './messages/endpoint.ts'

/** Whoever reads a producer waits a little longer than this for its last word. */
const PATIENCE_MS = 150

export interface Parts {
  readonly listeners: readonly Listener[]
  readonly messages: MessagesEndpoint
  readonly extProc: ExtProcEndpoint
  readonly inbox: Inbox
  readonly segmenter: MessageSegmenter
  readonly clock: WallClock
  /** What was accepted is given out when it has so many bytes, */
  readonly batchBytes: number
  /** or after so many milliseconds. */
  readonly delayMs: number
}

export class Ingest implements Producer {
  readonly #parts: Parts
  #wake: () => void = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
    parts.inbox.onAdded = () => {
      if (parts.inbox.bytes >= parts.batchBytes) this.#wake()
    }
  }

  /** Of the listeners: what the kernel chose where 0 was asked for. */
  get ports(): readonly number[] {
    return this.#parts.listeners.map(({ port }) => port)
  }

  async read(signal: AbortSignal): Promise<Captured> {
    const { inbox, segmenter, clock, batchBytes, delayMs } = this.#parts
    do {
      if (inbox.bytes < batchBytes) await pause(delayMs, signal, wake => (this.#wake = wake))
      clock.follow()
      segmenter.tick(clock.now())
    } while (inbox.bytes === 0 && !signal.aborted)
    if (signal.aborted) await this.#drain()
    if (inbox.bytes === 0) signal.throwIfAborted()
    const position: LivePosition = { packets: segmenter.number, time: segmenter.time }
    return { ...inbox.take(), position }
  }

  stats(): Readonly<Record<string, number>> {
    return this.#parts.inbox.counts.all()
  }

  progress(): { readonly done: number; readonly total: null } {
    return { done: this.#parts.inbox.received, total: null }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const listener of this.#parts.listeners) await listener[Symbol.asyncDispose]()
  }

  async #drain(): Promise<void> {
    const { listeners, messages, extProc, inbox } = this.#parts
    for (const listener of listeners) listener.stop()
    extProc.stop()
    await messages.idle(PATIENCE_MS)
    inbox.close()
  }
}

/** Until the time is over, somebody calls `wake`, or the signal says stop. */
async function pause(ms: number, signal: AbortSignal, hand: (wake: () => void) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  hand(resolve)
  const aborted = (): void => resolve()
  signal.addEventListener('abort', aborted, { once: true })
  if (signal.aborted) resolve()
  await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', aborted)
}
