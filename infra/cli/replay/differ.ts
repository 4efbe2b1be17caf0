/**
 * What two configurations find in the same traffic. Detections are compared by id, in which rule and point stand; of those
 * that only one side has, two at the same exchange and point with the same attack are one that changed.
 *
 *   was  ──┐   same id: equal, or changed (severity, evidence)         found: only now
 *          ├─►                                                         lost: only before
 *   now  ──┘   else, same exchange, point and attack: changed (rule)
 */
import type { Detection } from '#schemas/records/detection.ts'

export type Difference =
  | { readonly change: 'found'; readonly now: Detection; readonly was: null }
  | { readonly change: 'lost'; readonly now: null; readonly was: Detection }
  | { readonly change: 'changed'; readonly now: Detection; readonly was: Detection }

export class Differ {
  readonly #out: (difference: Difference) => void
  readonly #limit: number
  readonly #was = new Map<string, Detection>()
  readonly #now = new Map<string, Detection>()
  /** Detections that both sides have, in every field. */
  same = 0

  /** `limit`: detections that wait for the other side. Both see the same input, so they wait for a moment only. */
  constructor(out: (difference: Difference) => void, limit = 100_000) {
    this.#out = out
    this.#limit = limit
  }

  was(detection: Detection): void {
    this.#take(detection, this.#was, this.#now)
  }

  now(detection: Detection): void {
    this.#take(detection, this.#now, this.#was)
  }

  /** To be called when both sides are through with the same input: decides what waits if it is too much. */
  between(): void {
    if (this.#was.size + this.#now.size > this.#limit) this.end()
  }

  /** Decides all that waits: in the order of their coming, what is gone first. */
  end(): void {
    const places = new Map<string, Detection[]>()
    for (const now of this.#now.values()) {
      const place = placeOf(now)
      const others = places.get(place)
      if (others === undefined) places.set(place, [now])
      else others.push(now)
    }
    for (const was of this.#was.values()) {
      const now = places.get(placeOf(was))?.shift()
      if (now === undefined) {
        this.#out({ change: 'lost', was, now: null })
        continue
      }
      this.#now.delete(now.id)
      this.#out({ change: 'changed', was, now })
    }
    for (const now of this.#now.values()) this.#out({ change: 'found', was: null, now })
    this.#was.clear()
    this.#now.clear()
  }

  #take(detection: Detection, own: Map<string, Detection>, others: Map<string, Detection>): void {
    const other = others.get(detection.id)
    if (other === undefined) {
      own.set(detection.id, detection)
      return
    }
    others.delete(detection.id)
    if (other.severity === detection.severity && other.evidence === detection.evidence) this.same++
    else if (own === this.#now) this.#out({ change: 'changed', was: other, now: detection })
    else this.#out({ change: 'changed', was: detection, now: other })
  }
}

function placeOf({ exchange, point, attack }: Detection): string {
  return JSON.stringify([exchange, point, attack])
}
