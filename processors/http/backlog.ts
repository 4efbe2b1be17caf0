/**
 * What came on a connection while nobody read it, in order: replayed to whoever does. Bounded by the stage: it decides
 * when a direction holds `probeBytes`.
 */
import type { Place } from '#schemas/contracts/protocol.ts'
import type { EndReason } from '#schemas/records/chunk.ts'

/** `from`: the endpoint (0: a, 1: b). */
export type Event =
  | { readonly kind: 'data'; readonly from: 0 | 1; readonly bytes: Uint8Array; readonly place: Place }
  | { readonly kind: 'gap'; readonly from: 0 | 1; readonly missing: number; readonly place: Place }
  | { readonly kind: 'end'; readonly from: 0 | 1; readonly reason: EndReason; readonly place: Place }

/** Memory of an event besides its bytes, about. */
const EVENT = 128

export class Backlog {
  #events: Event[] = []
  /** Data bytes by endpoint. */
  readonly length: [number, number] = [0, 0]

  get events(): readonly Event[] {
    return this.#events
  }

  /** Memory it takes, about. */
  get size(): number {
    return this.length[0] + this.length[1] + EVENT * this.#events.length
  }

  /** Bytes are copied. Those of one packet become one event: what is kept does not depend on how it was cut. */
  push(event: Event): void {
    if (event.kind !== 'data') {
      this.#events.push(event)
      return
    }
    const { from, bytes, place } = event
    this.length[from] += bytes.length
    const last = this.#events.at(-1)
    if (last?.kind === 'data' && last.from === from && samePlace(last.place, place)) {
      const both = new Uint8Array(last.bytes.length + bytes.length)
      both.set(last.bytes)
      both.set(bytes, last.bytes.length)
      this.#events[this.#events.length - 1] = { kind: 'data', from, bytes: both, place }
    } else {
      this.#events.push({ kind: 'data', from, bytes: bytes.slice(), place })
    }
  }

  /** Empties it and returns what it held. */
  take(): readonly Event[] {
    const events = this.#events
    this.#events = []
    this.length.fill(0)
    return events
  }

  /** The first bytes of an endpoint, at most `limit`. */
  head(from: 0 | 1, limit: number): Uint8Array {
    const head = new Uint8Array(Math.min(limit, this.length[from]))
    let at = 0
    for (const event of this.#events) {
      if (event.kind !== 'data' || event.from !== from || at === head.length) continue
      const part = event.bytes.subarray(0, head.length - at)
      head.set(part, at)
      at += part.length
    }
    return head
  }

  /** Bytes are missing before the endpoint's first ones. */
  beginsWithGap(from: 0 | 1): boolean {
    const first = this.#events.find(event => event.from === from && event.kind !== 'end')
    return first?.kind === 'gap'
  }
}

function samePlace(a: Place, b: Place): boolean {
  return a.packet === b.packet && a.offset === b.offset && a.time === b.time
}
