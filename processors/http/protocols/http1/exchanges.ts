/**
 * What waits to become an exchange: requests in the order they came, each until it and its response are complete, and
 * responses whose request was not seen, yet. Everything leaves through `#report`, once.
 */
import type { ProtocolLimits, ProtocolOut, Upgraded } from '#schemas/contracts/protocol.ts'
import { exchangeOf } from './exchange.ts'
import { type Draft, draft, ownDraft, sizeOf } from './message.ts'
import { Pairing, type Waiting } from './pairing.ts'

export interface ExchangesSnapshot {
  readonly queue: Pairing['queue']
  readonly orphans: readonly Draft[]
  readonly certainty: Pairing['certainty']
  readonly pipelines: boolean
  readonly heard: number
  readonly heardAt: number
}

export class Exchanges {
  readonly pairing = new Pairing()
  readonly #out: ProtocolOut
  readonly #limits: ProtocolLimits
  #orphans: Draft[] = []
  /** Memory of requests that wait and of orphans. */
  size = 0
  /** The exchange that switched protocols, once it was handed on: nothing is read after it. */
  upgraded: Upgraded | null = null

  constructor(out: ProtocolOut, limits: ProtocolLimits) {
    this.#out = out
    this.#limits = limits
  }

  /** Hands on what is complete, oldest request first. */
  handOn(): void {
    const { queue } = this.pairing
    for (let waiting = queue[0]; waiting?.answer === 'done' && waiting.complete; waiting = queue[0]) {
      queue.shift()
      this.size -= waiting.size
      if (waiting.ghost) this.#out.anomaly('http1.late-response', waiting.response!.last)
      else this.#report(waiting.request, waiting.response, [])
    }
  }

  /** A request is complete. */
  keep(waiting: Waiting): void {
    waiting.complete = true
    waiting.size = sizeOf(waiting.request)
    this.size += waiting.size
  }

  /** Takes a request out of the queue and reports it without a response. */
  unanswered(waiting: Waiting, why: string): void {
    this.pairing.queue.splice(this.pairing.queue.indexOf(waiting), 1)
    this.size -= waiting.size
    if (!waiting.ghost) this.#report(waiting.request, waiting.response, waiting.response === null ? [why] : [])
  }

  /** A finished response whose request was not seen. `atOnce`: none will come. */
  orphan(response: Draft, atOnce: boolean): void {
    this.#orphans.push(response)
    this.size += sizeOf(response)
    if (atOnce || this.#orphans.length > this.#limits.pipeline || this.pairing.certainty === 'lost')
      this.#reportOrphan()
  }

  /** The orphan that may answer a request that began at `time`: what began before that answers something else. */
  adopt(time: number): Draft | null {
    while (this.#orphans.length > 0 && this.#orphans[0]!.first.time < time) this.#reportOrphan()
    return this.#orphans[0] ?? null
  }

  /** The orphan found by `adopt` has its request. */
  adopted(): Draft {
    const response = this.#orphans.shift()!
    this.size -= sizeOf(response)
    return response
  }

  /** Reports what has waited for too long. */
  expire(now: number): void {
    const timeout = this.#limits.responseTimeout
    if (this.pairing.queue[0]?.answer === 'awaited') {
      for (const waiting of [...this.pairing.queue]) {
        if (waiting.ghost || !waiting.complete || waiting.request.last.time + timeout > now) continue
        this.#report(waiting.request, null, ['http.no-response.timeout'])
        this.#haunt(waiting)
      }
    }
    while (this.#orphans.length > 0 && this.#orphans[0]!.last.time + timeout <= now) this.#reportOrphan()
  }

  /** When `expire` is due next, µs. */
  get due(): number {
    const first = this.pairing.queue[0]
    let at = Number.POSITIVE_INFINITY
    if (first !== undefined && first.answer === 'awaited') {
      const due = this.pairing.queue.find(waiting => !waiting.ghost && waiting.complete)
      if (due !== undefined) at = due.request.last.time + this.#limits.responseTimeout
    }
    if (this.#orphans.length > 0) at = Math.min(at, this.#orphans[0]!.last.time + this.#limits.responseTimeout)
    return at
  }

  /** Too many requests wait: all that have no response yet are reported, and pairing starts anew. */
  overflow(): void {
    const oneWay = this.pairing.heard === 0
    const why = oneWay ? 'http.no-response.one-way' : 'http.no-response.pipeline-limit'
    for (const waiting of [...this.pairing.queue]) {
      if (waiting.answer === 'awaited' && waiting.complete) this.unanswered(waiting, why)
    }
    this.pairing.certainty = oneWay ? 'doubtful' : 'lost'
  }

  /** Nothing more will come: reports everything that waits. */
  finish(why: string): void {
    for (const waiting of [...this.pairing.queue]) this.unanswered(waiting, why)
    while (this.#orphans.length > 0) this.#reportOrphan()
  }

  snapshot(): ExchangesSnapshot {
    const { queue, certainty, pipelines, heard, heardAt } = this.pairing
    return { queue, orphans: this.#orphans, certainty, pipelines, heard, heardAt }
  }

  restore(from: ExchangesSnapshot): void {
    const { pairing } = this
    pairing.queue = from.queue.map(waiting => ({
      ...waiting,
      request: ownDraft(waiting.request),
      response: waiting.response === null ? null : ownDraft(waiting.response),
    }))
    pairing.certainty = from.certainty
    pairing.pipelines = from.pipelines
    pairing.heard = from.heard
    pairing.heardAt = from.heardAt
    this.#orphans = from.orphans.map(ownDraft)
    for (const waiting of pairing.queue) this.size += waiting.size
    for (const orphan of this.#orphans) this.size += sizeOf(orphan)
  }

  #report(request: Draft, response: Draft | null, why: readonly string[]): void {
    const exchange = exchangeOf(request, response, why, this.#limits)
    const ordinal = this.#out.exchange(exchange)
    if (response?.status === 101) this.upgraded = { ordinal, exchange }
  }

  #reportOrphan(): void {
    const response = this.#orphans.shift()!
    this.size -= sizeOf(response)
    const why = ['http1.response-without-request']
    if (this.pairing.certainty === 'lost') why.push('http1.pairing-lost')
    this.#report(draft(response.first), response, why)
  }

  /** Leaves of a reported request what a late response needs: which it is, and how its response is framed. */
  #haunt(waiting: Waiting): void {
    waiting.ghost = true
    this.size -= waiting.size
    const { method, version, upgrade, first } = waiting.request
    waiting.request = { ...draft(first), method, version, upgrade }
    waiting.size = sizeOf(waiting.request)
    this.size += waiting.size
  }
}
