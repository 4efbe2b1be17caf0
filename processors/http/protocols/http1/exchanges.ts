/**
 * What waits to become an exchange: requests in the order they came, each until it and its response are complete, and
 * responses whose request was not seen, yet. Everything leaves through `#report`, once.
 */
import type { ProtocolLimits, ProtocolOut, Upgraded } from '#schemas/contracts/protocol.ts'
import { exchangeOf } from '../../message/exchange.ts'
import { type Draft, draft, ownDraft, sizeOf } from '../../message/message.ts'
import { Pairing, type PairingSnapshot, type Verdicts, type Waiting } from './pairing.ts'

export class Exchanges implements Verdicts {
  readonly pairing = new Pairing()
  readonly #out: ProtocolOut
  readonly #limits: ProtocolLimits
  /** Memory of requests that wait and of responses that nobody claimed. */
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
      // A third of the time of `shift`, and nearly always there is one.
      if (queue.length === 1) queue.pop()
      else queue.shift()
      this.size -= waiting.size
      if (waiting.reported > 0) this.#late(waiting, waiting.response!)
      else this.#report(waiting.request, waiting.response, [])
    }
  }

  /** A request is complete. */
  keep(waiting: Waiting): void {
    waiting.complete = true
    waiting.size = sizeOf(waiting.request)
    this.size += waiting.size
  }

  /** A finished response that no request claimed. `atOnce`: none will come. */
  unclaimed(response: Draft, toHead: boolean, atOnce: boolean): void {
    const { pairing } = this
    pairing.keep(response, toHead)
    this.size += sizeOf(response)
    this.resolve(atOnce ? Number.POSITIVE_INFINITY : 0)
    if (atOnce) while (pairing.unclaimed.length > 0) this.#abandon()
    else if (pairing.unclaimed.length > this.#limits.pipeline) this.#abandon()
  }

  /** Pairs what waits, as far as that can be told at `now` (µs of stream time). */
  resolve(now: number): void {
    if (this.pairing.unclaimed.length > 0) this.pairing.resolve(now, this)
  }

  paired(waiting: Waiting, response: Draft): void {
    this.size -= sizeOf(response)
    waiting.response = response
    waiting.answer = 'done'
    this.handOn()
  }

  unanswered(waiting: Waiting): void {
    // One that is not read to its end yet is reported when it is.
    if (waiting.complete) this.giveUp(waiting, 'http.no-response.gap')
  }

  orphaned(response: Draft): void {
    this.size -= sizeOf(response)
    const why = ['http1.response-without-request']
    if (this.pairing.certainty === 'lost') why.push('http1.pairing-lost')
    this.#report(draft(response.first), response, why)
  }

  /** Takes a request out of the queue and reports it without a response. */
  giveUp(waiting: Waiting, why: string): void {
    this.pairing.queue.splice(this.pairing.queue.indexOf(waiting), 1)
    this.size -= waiting.size
    if (waiting.reported === 0) this.#report(waiting.request, waiting.response, waiting.response === null ? [why] : [])
    else if (waiting.response?.status === 101) this.#late(waiting, waiting.response)
  }

  /** Reports what has waited for too long. */
  expire(now: number): void {
    this.resolve(now)
    const timeout = this.#limits.responseTimeout
    const { queue, unclaimed } = this.pairing
    if (queue[0]?.answer === 'awaited') {
      for (const waiting of [...queue]) {
        if (waiting.reported > 0 || !waiting.complete || waiting.request.last.time + timeout > now) continue
        waiting.reported = this.#report(waiting.request, null, ['http.no-response.timeout'])
        this.#shrink(waiting)
      }
    }
    while (unclaimed.length > 0 && unclaimed[0]!.response.last.time + timeout <= now) this.#abandon()
  }

  /** When `expire` is due next, µs. */
  get due(): number {
    const { queue, unclaimed, due } = this.pairing
    const timeout = this.#limits.responseTimeout
    let at = due
    if (queue[0]?.answer === 'awaited') {
      for (const waiting of queue) {
        if (waiting.reported > 0 || !waiting.complete) continue
        at = Math.min(at, waiting.request.last.time + timeout)
        break
      }
    }
    if (unclaimed.length > 0) at = Math.min(at, unclaimed[0]!.response.last.time + timeout)
    return at
  }

  /** Too many requests wait: all that have no response yet are reported, and pairing starts anew. */
  overflow(): void {
    const oneWay = this.pairing.heard === 0
    const why = oneWay ? 'http.no-response.one-way' : 'http.no-response.pipeline-limit'
    for (const waiting of [...this.pairing.queue]) {
      if (waiting.answer === 'awaited' && waiting.complete) this.giveUp(waiting, why)
    }
    if (oneWay) this.pairing.lost(0)
    else this.pairing.lose()
  }

  /** Nothing more will come: reports everything that waits. */
  finish(why: string): void {
    this.resolve(Number.POSITIVE_INFINITY)
    for (const waiting of [...this.pairing.queue]) this.giveUp(waiting, why)
    while (this.pairing.unclaimed.length > 0) this.#abandon()
  }

  snapshot(): PairingSnapshot {
    return this.pairing.snapshot()
  }

  restore(from: PairingSnapshot): void {
    const { pairing } = this
    pairing.restore({
      ...from,
      queue: from.queue.map(waiting => ({
        ...waiting,
        request: ownDraft(waiting.request),
        response: waiting.response === null ? null : ownDraft(waiting.response),
      })),
      unclaimed: from.unclaimed.map(one => ({ ...one, response: ownDraft(one.response) })),
    })
    for (const waiting of pairing.queue) this.size += waiting.size
    for (const { response } of pairing.unclaimed) this.size += sizeOf(response)
  }

  /** The request of the response that waits longest will not come. */
  #abandon(): void {
    this.orphaned(this.pairing.unclaimed.shift()!.response)
  }

  /** Returns the ordinal. */
  #report(request: Draft, response: Draft | null, why: readonly string[]): number {
    const exchange = exchangeOf(request, response, why, this.#limits)
    const ordinal = this.#out.exchange(exchange)
    if (response?.status === 101) this.upgraded = { ordinal, exchange }
    return ordinal
  }

  /** The response to a request that was reported without one. */
  #late({ request, reported }: Waiting, response: Draft): void {
    this.#out.anomaly('http1.late-response', response.last)
    if (response.status !== 101) return
    this.upgraded = { ordinal: reported, exchange: exchangeOf(request, response, [], this.#limits) }
  }

  /** Leaves of a reported request what a late response needs: its framing, and all of it where another protocol may begin. */
  #shrink(waiting: Waiting): void {
    const { method, version, upgrade, first } = waiting.request
    if (upgrade !== '') return
    this.size -= waiting.size
    waiting.request = { ...draft(first), method, version }
    waiting.size = sizeOf(waiting.request)
    this.size += waiting.size
  }
}
