/**
 * Cheap to send, dear to serve: what exhausts servers when it comes in masses (CVE-2019-9511 to 9518, CVE-2023-44487,
 * CVE-2024-27316 and its like, CVE-2025-8671). Counted per connection and kind in windows of stream time: the window of a
 * kind begins with the first event after the last one ended; the event that reaches the limit is told, once per window.
 */
import type { Http2Limits } from '#schemas/contracts/protocol.ts'

export const FLOODS = [
  /** Streams that the client opened and reset before their response was complete. */
  'rapid-reset',
  /** Streams that the server reset because of what the client sent on them. */
  'made-you-reset',
  'settings',
  'ping',
  /** DATA, HEADERS and CONTINUATION without a byte and without an end. */
  'empty-frames',
  'priority',
  /** WINDOW_UPDATE of a few bytes. */
  'window-update',
] as const
export type Flood = (typeof FLOODS)[number]

/** Plain data: per kind, in the order of `FLOODS`, the count and when its window began. */
export type FloodsSnapshot = readonly (readonly [count: number, since: number])[]

export class Floods {
  readonly #limits: Http2Limits
  readonly #counts = new Map<Flood, { count: number; since: number }>()

  constructor(limits: Http2Limits) {
    this.#limits = limits
  }

  /** Counts an event at `time`, µs. True when it reaches the limit. */
  count(kind: Flood, time: number): boolean {
    const { flood } = this.#limits
    let counter = this.#counts.get(kind)
    if (counter === undefined) this.#counts.set(kind, (counter = { count: 0, since: time }))
    if (time - counter.since >= flood.window) {
      counter.count = 0
      counter.since = time
    }
    return ++counter.count === flood.limits[kind]
  }

  snapshot(): FloodsSnapshot {
    return FLOODS.map(kind => {
      const { count, since } = this.#counts.get(kind) ?? { count: 0, since: 0 }
      return [count, since]
    })
  }

  restore(from: FloodsSnapshot): void {
    for (const [i, [count, since]] of from.entries()) if (count > 0) this.#counts.set(FLOODS[i]!, { count, since })
  }
}
