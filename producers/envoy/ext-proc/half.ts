/**
 * One half of an exchange while its parts come in.
 *
 *   AwaitingHeaders ── headers ──► AwaitingEnd ── end_of_stream, trailers ──────────────────► Ended: complete
 *                                       ├── the other half switched protocols ──────────────► Ended: upgraded
 *                                       └── the stream has gone ──┬ a body was to be sent ──► Ended: aborted
 *                                                                 └ none ───────────────────► Ended: complete
 */
import type { MessageHeader } from '#schemas/records/message.ts'
import type { Budget } from '../budget.ts'
import { Growing } from '../growing.ts'
import type { HttpBody } from './processing-request.ts'

export type Finish = 'complete' | 'aborted' | 'upgraded'

export class Half {
  headers: readonly MessageHeader[] = []
  trailers: readonly MessageHeader[] = []
  /** The first bytes, `mostBytes` of them at most. */
  readonly body: Growing
  bodyBytes = 0
  start = 0
  /** Null: not yet. */
  finish: Finish | null = null
  begun = false
  /** Its message was made. */
  given = false
  /** Bytes that were to be kept, and for which there was no memory. */
  unkept = 0
  readonly #mostBytes: number

  constructor(mostBytes: number, kept: Budget) {
    this.#mostBytes = mostBytes
    this.body = new Growing(kept)
  }

  /** True while there is something to wait for. */
  get open(): boolean {
    return this.begun && this.finish === null
  }

  begin(headers: readonly MessageHeader[], time: number): void {
    this.headers = headers
    this.start = time
    this.begun = true
  }

  add({ body, endOfStream }: HttpBody): void {
    if (!this.open) return
    this.bodyBytes += body.length
    const room = this.unkept > 0 ? 0 : this.#mostBytes - this.body.length
    const part = body.subarray(0, Math.max(0, room))
    if (part.length > 0 && !this.body.add(part)) this.unkept += part.length
    if (endOfStream) this.finish = 'complete'
  }

  end(trailers: readonly MessageHeader[]): void {
    if (!this.open) return
    this.trailers = trailers
    this.finish = 'complete'
  }

  /** Its stream has gone. `bodySent`: Envoy sends bodies of this half. Null: it does not say. */
  cut(bodySent: boolean | null): void {
    if (this.open) this.finish = (bodySent ?? this.bodyBytes > 0) ? 'aborted' : 'complete'
  }

  upgrade(): void {
    if (this.open) this.finish = 'upgraded'
  }
}
