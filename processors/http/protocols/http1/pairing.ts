/**
 * Which request does this response answer? RFC 9112 §9.3.2: responses come in the order of their requests. Bytes that
 * were never captured can swallow requests and responses; a wrong pair is worse than none, so:
 *
 *   sure ── a message of either side that others may be missing before ──► doubtful
 *   doubtful ── next response, client waits for each answer ──► sure      (it answers the newest request)
 *   doubtful ── next response, client pipelines ──► lost                  (nobody can tell which it answers)
 *   lost ── a request after QUIET without a response byte ──► sure        (everything before was answered or never will be)
 *   lost ── some turns of a client that was never seen to pipeline ──► sure
 *
 * The directions are not read in step: behind a hole one of them comes seconds late. So while pairing is sure a response
 * without a request waits for it, and while it is doubtful every response waits until all requests are known that can
 * have begun before it. Then capture times tell.
 */
import type { Draft } from '../../message/message.ts'

/** µs of silence from the server after which a new request cannot be behind an unanswered one, for all we can tell. */
const QUIET = 1_000_000
/** µs after which no request that began earlier will turn up: longer than a hole in a stream waits to be filled. */
const LATEST = 2_000_000
/** Turns in a row that show a client to wait for each answer. */
const TURNS = 3

export interface Waiting {
  request: Draft
  /** All bytes of the request are read. */
  complete: boolean
  response: Draft | null
  answer: 'awaited' | 'coming' | 'done'
  /** Ordinal of the exchange it was reported as, without its response: a late one is consumed in its place. 0: not reported. */
  reported: number
  /** Requests may be missing before it. */
  afterGap: boolean
  /** Memory it takes, about. */
  size: number
}

/** A whole response that has no request yet. */
export interface Unclaimed {
  readonly response: Draft
  /** Responses may be missing before it. */
  readonly afterGap: boolean
  /** It was read as the answer to HEAD: without a body. */
  readonly toHead: boolean
}

export type Certainty = 'sure' | 'doubtful' | 'lost'

/** What becomes of messages that are taken out. */
export interface Verdicts {
  paired(waiting: Waiting, response: Draft): void
  /** The response to this request went missing. */
  unanswered(waiting: Waiting): void
  /** The request of this response went missing. */
  orphaned(response: Draft): void
}

/** Plain data. */
export interface PairingSnapshot {
  readonly queue: readonly Waiting[]
  readonly unclaimed: readonly Unclaimed[]
  readonly certainty: Certainty
  readonly pipelines: boolean
  readonly turns: number
  readonly answers: number
  readonly answeredAt: number
  readonly gaps: readonly [boolean, boolean]
  readonly known: number
  readonly heard: number
  readonly heardAt: number
}

export class Pairing {
  queue: Waiting[] = []
  /** In the order of the stream. */
  unclaimed: Unclaimed[] = []
  certainty: Certainty = 'sure'
  /** The client sends requests before earlier ones are answered: it was seen to. */
  pipelines = false
  /** Requests in a row that came after one whole answer to the one before. */
  #turns = 0
  /** Whole responses since the last request, and when the last one ended, µs. */
  #answers = 0
  #answeredAt = 0
  /** Messages may be missing before the next request, the next response. */
  #gaps: [boolean, boolean] = [false, false]
  /** Requests that began before this are known, µs. */
  known = 0
  /** Response bytes so far, and when the last of them came. */
  heard = 0
  heardAt = 0

  hear(bytes: number, time: number): void {
    this.heard += bytes
    this.heardAt = time
  }

  /** Messages may be missing on the side of the requests (0) or of the responses (1). */
  lost(dir: 0 | 1): void {
    this.#gaps[dir] = true
  }

  /** No response can be told from another's. */
  lose(): void {
    this.certainty = 'lost'
    this.#turns = 0
  }

  /** It is not certain which request the next response answers. */
  get doubted(): boolean {
    return this.certainty !== 'sure' || this.#gaps[0] || this.#gaps[1]
  }

  /** A request began. `follows`: in the segment in which another one ended, so it was sent before that was answered. */
  push(request: Draft, follows: boolean): Waiting {
    const { time } = request.first
    if (follows) this.pipelines = true
    this.#turns = this.#answers === 1 && this.#answeredAt <= time ? this.#turns + 1 : this.#turns
    this.#answers = 0
    const quiet = time - this.heardAt >= QUIET
    if (this.certainty === 'lost' && (quiet || (!this.pipelines && this.#turns >= TURNS))) {
      this.certainty = 'sure'
      this.#gaps = [false, false]
    }
    const afterGap = this.#gaps[0]
    this.#gaps[0] = false
    if (time > this.known) this.known = time
    const waiting: Waiting = {
      request,
      complete: false,
      response: null,
      answer: 'awaited',
      reported: 0,
      afterGap,
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

  /** The request that a response which begins now answers; undefined when it was not seen, or that is not certain. */
  get claim(): Waiting | undefined {
    const { next } = this
    if (this.certainty !== 'sure' || this.#gaps[1] || this.unclaimed.length > 0) return undefined
    return next?.afterGap === false ? next : undefined
  }

  /** The request that a response beginning at `time` (µs) seems to answer: how it is framed may depend on it. */
  likely(time: number): Waiting | undefined {
    return this.#open(time).at(-1)
  }

  /** A response that nobody claimed is whole: it waits for `resolve`. */
  keep(response: Draft, toHead: boolean): void {
    this.unclaimed.push({ response, afterGap: this.#gaps[1], toHead })
    this.#gaps[1] = false
    this.#answered(response)
  }

  /** The response that `waiting` claimed is whole. */
  answered(waiting: Waiting, response: Draft): void {
    this.#answered(response)
    this.#learn(waiting, response)
  }

  /** Judges the responses that wait, in order, as far as that is possible at `now` (µs of stream time). */
  resolve(now: number, verdicts: Verdicts): void {
    for (let first = this.unclaimed[0]; first !== undefined; first = this.unclaimed[0]) {
      const { response, toHead } = first
      const verdict = this.#judge(first, now, verdicts)
      if (verdict === 'wait') return
      this.unclaimed.shift()
      if (verdict === 'nobody') {
        verdicts.orphaned(response)
        continue
      }
      this.#learn(verdict, response)
      // Read with or without a body that it has not: what followed was not read right.
      if (toHead !== (verdict.request.method === 'HEAD') && (toHead || response.bodyBytes > 0)) this.lose()
      verdicts.paired(verdict, response)
    }
  }

  /** When a response that waits in doubt is due, µs. */
  get due(): number {
    const [first] = this.unclaimed
    if (first === undefined || !this.#doubts(first)) return Number.POSITIVE_INFINITY
    return first.response.first.time + LATEST
  }

  #doubts({ afterGap }: Unclaimed): boolean {
    return afterGap || this.certainty !== 'sure' || this.next?.afterGap === true
  }

  #judge(first: Unclaimed, now: number, verdicts: Verdicts): Waiting | 'wait' | 'nobody' {
    if (this.certainty === 'lost') return 'nobody'
    const { time } = first.response.first
    if (!this.#doubts(first)) {
      const { next } = this
      if (next !== undefined) return next.request.first.time <= time ? next : 'nobody'
      return this.known > time ? 'nobody' : 'wait'
    }
    this.certainty = 'doubtful'
    const open = this.#open(time)
    if (this.pipelines || (open.length > 1 && this.#turns === 0)) {
      this.lose()
      for (const waiting of open) verdicts.unanswered(waiting)
      return 'nobody'
    }
    if (Math.max(this.known, now - LATEST) <= time) return 'wait'
    const newest = open.at(-1)
    // Where both sides have a hole, this may be the answer to a request that is missing, too.
    const told = newest !== undefined && !(first.afterGap && this.#gapAfter(newest))
    for (const waiting of open) if (!told || waiting !== newest) verdicts.unanswered(waiting)
    if (!told) return 'nobody'
    this.certainty = 'sure'
    newest.afterGap = false
    return newest
  }

  /** Requests may be missing behind this one. */
  #gapAfter(waiting: Waiting): boolean {
    return this.queue[this.queue.indexOf(waiting) + 1]?.afterGap ?? this.#gaps[0]
  }

  /** Requests without an answer that began until `time`. */
  #open(time: number): Waiting[] {
    return this.queue.filter(({ answer, request }) => answer === 'awaited' && request.first.time <= time)
  }

  #answered(response: Draft): void {
    this.#answers++
    this.#answeredAt = response.last.time
  }

  /** Of a pair: does the client send the next request before it has the answer? */
  #learn(waiting: Waiting, response: Draft): void {
    if (this.queue.length === 1) return
    const after = this.queue[this.queue.indexOf(waiting) + 1]
    if (!response.gap && after !== undefined && after.request.first.time < response.last.time) this.pipelines = true
  }

  snapshot(): PairingSnapshot {
    const { queue, unclaimed, certainty, pipelines, known, heard, heardAt } = this
    const [turns, answers, answeredAt, gaps] = [this.#turns, this.#answers, this.#answeredAt, this.#gaps]
    return { queue, unclaimed, certainty, pipelines, turns, answers, answeredAt, gaps, known, heard, heardAt }
  }

  /** The drafts in `from` become this one's own. */
  restore(from: PairingSnapshot): void {
    this.queue = [...from.queue]
    this.unclaimed = [...from.unclaimed]
    this.certainty = from.certainty
    this.pipelines = from.pipelines
    this.#turns = from.turns
    this.#answers = from.answers
    this.#answeredAt = from.answeredAt
    this.#gaps = [...from.gaps]
    this.known = from.known
    this.heard = from.heard
    this.heardAt = from.heardAt
  }
}
