/**
 * Decompression of messages (RFC 7692 §7.2.2): a message is a raw DEFLATE stream without its last four bytes, 00 00 ff ff.
 * With context takeover it may refer to the last 32 KiB of the compressed messages before it in its direction. A zlib stream
 * cannot be saved, so those bytes are kept and given to a new one as its dictionary.
 *
 * What refers to bytes that we do not have does not decode: so nothing wrong ever comes out, and a message that refers to
 * nothing decodes also after one that failed. Of a message that fails, what decodes before the error or the limit comes out: an
 * application may have acted on it.
 */
import { constants, inflateRawSync } from 'node:zlib'
import { inflate } from '#schemas/http/inflate.ts'
import { Context, WINDOW } from './context.ts'

const TAIL = Uint8Array.of(0, 0, 0xff, 0xff)
/** So much may come out of any message, whatever its ratio: short texts compress well. */
const ALWAYS = 1_048_576

export interface InflateLimits {
  /** Most bytes that come out. */
  readonly bytes: number
  /** Most bytes that come out per byte of the payload. */
  readonly ratio: number
}

export interface Inflated {
  /** Null when nothing of it decodes. */
  readonly content: Uint8Array | null
  readonly anomaly: string | null
}

/** Plain data. */
export interface InflaterSnapshot {
  readonly context: Uint8Array
  readonly lost: boolean
}

export class Inflater {
  /** What the next message may refer to. */
  readonly #context = new Context()
  /** It may refer to more than that. */
  #lost = false
  readonly #takeover: boolean

  constructor(takeover: boolean) {
    this.#takeover = takeover
  }

  /** Memory it takes, about. */
  get held(): number {
    return this.#context.size
  }

  /** `whole`: nothing of the message is missing. */
  inflate(body: Uint8Array, whole: boolean, limits: InflateLimits): Inflated {
    const context = this.#context.bytes
    const allowed = Math.min(limits.bytes, Math.max(ALWAYS, Math.floor(limits.ratio * body.length)))
    let inflated: { readonly content: Uint8Array; readonly read: number }
    try {
      inflated = inflateRaw(whole ? Buffer.concat([body, TAIL]) : body, context, allowed)
    } catch (error) {
      const anomaly = this.#whyNot(error, allowed < limits.bytes)
      const { output } = inflate(body, 0, allowed, context)
      this.lose()
      return { content: output.length === 0 ? null : output.slice(), anomaly }
    }
    const { content, read } = inflated
    if (!whole) this.lose()
    else if (this.#takeover) {
      this.#context.add(content)
      if (this.#context.bytes.length === WINDOW) this.#lost = false
    }
    return { content, anomaly: hides(body, read) ? 'websocket.data-after-final-block' : null }
  }

  #whyNot(error: unknown, byRatio: boolean): string {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      return byRatio ? 'websocket.decompression-bomb' : 'websocket.decoded-too-large'
    return this.#lost ? 'websocket.context-lost' : 'websocket.bad-deflate'
  }

  /** What was sent is not known: nothing before the next message is. */
  lose(): void {
    this.#context.clear()
    this.#lost = this.#takeover
  }

  snapshot(): InflaterSnapshot {
    return { context: this.#context.bytes.slice(), lost: this.#lost }
  }

  restore({ context, lost }: InflaterSnapshot): void {
    this.#context.add(context)
    this.#lost = lost
  }
}

function inflateRaw(input: Uint8Array, dictionary: Uint8Array, maxOutputLength: number) {
  const result: unknown = inflateRawSync(input, {
    maxOutputLength,
    finishFlush: constants.Z_SYNC_FLUSH,
    info: true,
    ...(dictionary.length === 0 ? {} : { dictionary }),
  })
  const { buffer, engine } = result as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
  return {
    // A copy of its own, not a view that keeps a large slab alive.
    content: new Uint8Array(buffer),
    /** Bytes of the input up to the end of the stream. */
    read: engine.bytesWritten,
  }
}

/** Behind a final block only the zero byte of §7.2.3.4 may stand: whoever reads on there sees something else than we do. */
function hides(body: Uint8Array, read: number): boolean {
  return read < body.length && body.subarray(read).some(byte => byte !== 0)
}
