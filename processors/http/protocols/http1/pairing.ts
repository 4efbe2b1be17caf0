/**
 * Which request does this response answer? RFC 9112 §9.3.2: responses come in the order of their requests. Bytes that
 * were never captured can swallow requests and responses; a wrong pair is worse than none, so:
 *
 *   sure ── bytes missing where a message may have begun ──► doubtful
 *   doubtful ── next response, client waits for each answer ──► sure      (it answers the newest request)
 *   doubtful ── next response, client pipelines ──► lost                  (nobody can tell which it answers)
 *   lost ── a request after QUIET without a response byte ──► sure        (everything before was answered or never will be)
 */
import type { Draft } from './message.ts'

/** µs of silence from the server after which a new request cannot be behind an unanswered one, for all we can tell. */
const QUIET = 1_000_000

export interface Waiting {
  request: Draft
  /** All bytes of the request are read. */
  complete: boolean
  response: Draft | null
  answer: 'awaited' | 'coming' | 'done'
  /** It was reported without its response: a late one is consumed in its place. */
  ghost: boolean
  /** Response bytes seen on the connection before it began. */
  heard: number
  /** Memory it takes, about. */
  size: number
}

export type Certainty = 'sure' | 'doubtful' | 'lost'

export class Pairing {
  queue: Waiting[] = []
  certainty: Certainty = 'sure'
  /** The client sends requests before earlier ones are answered: seen on clean exchanges. */
  pipelines = false
  /** Response bytes so far, and when the last of them came. */
  heard = 0
  heardAt = 0

  hear(bytes: number, time: number): void {
    this.heard += bytes
    this.heardAt = time
  }

  /** A request began. */
  push(request: Draft): Waiting {
    if (this.certainty === 'lost' && request.first.time - this.heardAt >= QUIET) this.certainty = 'sure'
    const { heard } = this
    const waiting: Waiting = {
      request,
      complete: false,
      response: null,
      answer: 'awaited',
      ghost: false,
      heard,
      size: 0,
    }
    this.queue.push(waiting)
    return waiting
  }

  /** The oldest request that no response has begun to answer. */
  get next(): Waiting | undefined {
    const { queue } = this
    if (queue.length === 0 || queue[0]!.answer === 'awaited') return queue[0]
    return queue.find(waiting => waiting.answer === 'awaited')
  }

  /**
   * The request that a response beginning at `time` (µs) answers; undefined when it was not seen. `skipped` takes those
   * whose response went missing.
   */
  pick(time: number, skipped: (waiting: Waiting) => void): Waiting | undefined {
    const next = this.next
    if (next === undefined || this.certainty === 'lost') return undefined
    if (this.certainty === 'sure') return next
    // Directions are not read in step: a request that came later is no candidate.
    const open = this.queue.filter(({ answer, request }) => answer === 'awaited' && request.first.time <= time)
    if (this.pipelines || sentTogether(open)) {
      this.certainty = 'lost'
      for (const waiting of open) skipped(waiting)
      return undefined
    }
    const newest = open.at(-1)
    if (newest === undefined) return undefined
    this.certainty = 'sure'
    for (const waiting of open) {
      if (waiting === newest) break
      skipped(waiting)
    }
    return newest
  }

  /** A response was read without a gap, as the answer to `waiting`: tells whether the client waits for answers. */
  answered(waiting: Waiting, response: Draft): void {
    const after = this.queue[this.queue.indexOf(waiting) + 1]
    if (after !== undefined && after.request.first.time < response.last.time) this.pipelines = true
  }

  /** Messages may be missing on the side of the requests (0) or of the responses (1). */
  lost(dir: 0 | 1): void {
    if (this.certainty === 'sure' && (dir === 0 || this.next !== undefined)) this.certainty = 'doubtful'
  }
}

/** Two requests without a single response byte between them, as far as that was seen. */
function sentTogether(open: readonly Waiting[]): boolean {
  for (let i = 1; i < open.length; i++) if (open[i]!.heard === open[i - 1]!.heard) return true
  return false
}
