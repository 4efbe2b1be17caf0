/**
 * HTTP/1 on one connection: a reader for each direction, and the pairing between them.
 *
 * An exchange is handed on when its request and its response are complete, in the order of the requests. A response
 * whose request was not seen waits a while (directions can be captured out of order), then is handed on with an empty
 * request.
 */
import type { Direction, Place, ProtocolLimits, ProtocolOut, Session } from '#schemas/contracts/protocol.ts'
import type { EndReason } from '#schemas/records/chunk.ts'
import { exchangeOf } from './exchange.ts'
import { add, type Fields } from './fields.ts'
import { type Draft, draft, ownDraft, sizeOf } from './message.ts'
import { noResponse } from './no-response.ts'
import { type Certainty, Pairing, type Waiting } from './pairing.ts'
import { Reader } from './reader.ts'
import { lookAtRequest, requestHead } from './request.ts'
import { lookAtResponse, responseHead, simpleResponse } from './response.ts'
import { seekRequest, seekResponse } from './seek.ts'
import { parseRequestLine, parseStatusLine, type RequestLine, type StatusLine } from './start-line.ts'
import { type ReaderSnapshot, State } from './states.ts'
import { becomesAfter } from './upgrade.ts'

interface End {
  readonly reason: EndReason
  readonly place: Place
}

interface Snapshot {
  readonly requests: ReaderSnapshot
  readonly responses: ReaderSnapshot
  readonly queue: readonly Waiting[]
  readonly orphans: readonly Draft[]
  readonly certainty: Certainty
  readonly pipelines: boolean
  readonly heard: number
  readonly heardAt: number
  readonly ends: readonly [End | null, End | null]
  readonly alarm: number
  readonly patient: boolean
}

export class Http1Session implements Session {
  readonly #out: ProtocolOut
  readonly #limits: ProtocolLimits
  readonly #requests: Reader<RequestLine>
  readonly #responses: Reader<StatusLine>
  readonly #pairing = new Pairing()
  /** Finished responses whose request was not seen, yet. */
  #orphans: Draft[] = []
  /** The request that the response in progress answers; undefined when there is none or it was not seen. */
  #answering: Waiting | undefined
  #ends: [End | null, End | null] = [null, null]
  #alarm = Number.POSITIVE_INFINITY
  /** Waits behind CONNECT and Upgrade; not any more once too much came meanwhile. */
  #patient = true
  /** Memory of requests that wait and of orphans. */
  #waitingSize = 0
  /** What the connection becomes after the response that was just read, and what the next protocol is told. */
  #becomes: string | null = null

  constructor(out: ProtocolOut, limits: ProtocolLimits) {
    this.#out = out
    this.#limits = limits
    this.#requests = new Reader<RequestLine>(
      {
        look: (bytes, at) => lookAtRequest(bytes[at]!),
        seek: seekRequest,
        startLine: line => parseRequestLine(line, false),
        isSimple: line => line.version === '0.9',
        head: requestHead,
        simpleHead: draft,
        began: message => this.#requestBegan(message),
        complete: message => this.#requestComplete(message),
        lost: () => this.#pairing.lost(0),
      },
      out,
      limits,
    )
    this.#responses = new Reader<StatusLine>(
      {
        look: (bytes, at) => this.#lookAtResponse(bytes, at),
        seek: seekResponse,
        startLine: line => parseStatusLine(line, false),
        isSimple: () => false,
        head: (line, fields, anomalies, first) => this.#responseHead(line, fields, anomalies, first),
        simpleHead: first => {
          this.#answering = this.#pick(first.time)
          return simpleResponse(first)
        },
        began: message => this.#responseBegan(message),
        complete: message => this.#responseComplete(message),
        lost: () => this.#pairing.lost(1),
      },
      out,
      limits,
    )
  }

  get held(): number {
    const { message: request } = this.#requests
    const { message: response } = this.#responses
    return (
      this.#requests.held.size +
      this.#responses.held.size +
      this.#waitingSize +
      (request === null ? 0 : sizeOf(request)) +
      (response === null ? 0 : sizeOf(response))
    )
  }

  data(dir: Direction, bytes: Uint8Array, place: Place): void {
    if (dir === 0) this.#requests.data(bytes, place)
    else {
      this.#pairing.hear(bytes.length, place.time)
      this.#responses.data(bytes, place)
    }
    this.#settleUp()
  }

  gap(dir: Direction, missing: number, place: Place): void {
    if (dir === 0) this.#requests.gap(missing, place)
    else {
      this.#pairing.hear(missing, place.time)
      this.#responses.gap(missing, place)
    }
    this.#settleUp()
  }

  end(dir: Direction, reason: EndReason, place: Place): void {
    this.#ends[dir] = { reason, place }
    if (dir === 1) this.#responses.end(reason, place)
    const [client, server] = this.#ends
    // Behind CONNECT or Upgrade the client's end is read after the response, as its bytes are.
    const paused = this.#requests.state === State.Paused && server === null
    if (this.#becomes === null && client !== null && !paused) this.#requests.end(client.reason, client.place)
    if (this.#becomes === null && client !== null && server !== null) this.#finish(server)
    this.#settleUp()
  }

  wake(now: number): void {
    this.#alarm = Number.POSITIVE_INFINITY
    const timeout = this.#limits.responseTimeout
    if (this.#pairing.queue[0]?.answer === 'awaited') {
      for (const waiting of [...this.#pairing.queue]) {
        if (waiting.ghost || !waiting.complete || waiting.request.last.time + timeout > now) continue
        this.#report(waiting.request, null, ['http.no-response.timeout'])
        this.#haunt(waiting)
      }
    }
    while (this.#orphans.length > 0 && this.#orphans[0]!.last.time + timeout <= now) this.#reportOrphan()
    this.#settleUp()
  }

  note(dir: Direction, anomaly: string): boolean {
    const { queue } = this.#pairing
    const reader = dir === 0 ? this.#requests : this.#responses
    const waiting = dir === 0 ? queue.at(-1) : queue[0]
    const message = reader.message ?? (waiting === undefined || waiting.ghost ? null : waiting.request)
    if (message === null) return false
    add(message.anomalies, anomaly)
    return true
  }

  #requestBegan(message: Draft): boolean {
    const { queue } = this.#pairing
    // A response that began before this request did answers something else.
    while (this.#orphans.length > 0 && this.#orphans[0]!.first.time < message.first.time) this.#reportOrphan()
    if (queue.length >= this.#limits.pipeline) this.#overflow()
    const waiting = this.#pairing.push(message)
    const response = this.#responses.message
    if (this.#orphans.length > 0) {
      const orphan = this.#orphans.shift()!
      this.#waitingSize -= sizeOf(orphan)
      waiting.response = orphan
      waiting.answer = 'done'
    } else if (response !== null && this.#answering === undefined && this.#pairing.certainty === 'sure') {
      // It began before this request was read; captured later, it may still answer it.
      if (response.first.time >= message.first.time) this.#answer(waiting, response)
    }
    return true
  }

  #requestComplete(message: Draft): State {
    const waiting = this.#pairing.queue.at(-1)!
    waiting.complete = true
    waiting.size = sizeOf(message)
    this.#waitingSize += waiting.size
    if (waiting.answer === 'done') add(message.anomalies, 'http1.early-response')
    if (this.#pairing.certainty === 'lost') {
      this.#unanswered(waiting, 'http.no-response.pairing-lost')
      return State.AwaitingHead
    }
    this.#handOn()
    const pauses =
      this.#patient && waiting.answer !== 'done' && (message.method === 'CONNECT' || message.upgrade !== '')
    return pauses ? State.Paused : State.AwaitingHead
  }

  #lookAtResponse(bytes: Uint8Array, at: number): 'message' | 'garbage' | 'more' | 'simple' {
    const look = lookAtResponse(bytes, at)
    if (look !== 'garbage' || this.#pairing.certainty !== 'sure') return look
    const { next } = this.#pairing
    return next?.complete === true && next.request.version === '0.9' ? 'simple' : 'garbage'
  }

  #responseHead(line: StatusLine, fields: Fields, anomalies: string[], first: Place) {
    const interim = line.status < 200 && line.status !== 101
    this.#answering = interim ? undefined : this.#pick(first.time)
    return responseHead(line, fields, this.#answering?.request.method ?? '', anomalies, first)
  }

  #pick(time: number): Waiting | undefined {
    return this.#pairing.pick(time, waiting => {
      if (waiting.complete) this.#unanswered(waiting, 'http.no-response.gap')
    })
  }

  #responseBegan(message: Draft): boolean {
    if (message.status < 200 && message.status !== 101 && message.version !== '0.9') return false
    if (this.#answering !== undefined) this.#answer(this.#answering, message)
    return true
  }

  #answer(waiting: Waiting, response: Draft): void {
    waiting.response = response
    waiting.answer = 'coming'
    this.#answering = waiting
  }

  #responseComplete(message: Draft): State {
    const waiting = this.#answering
    this.#answering = undefined
    const becomes = becomesAfter(waiting?.request, message)
    if (waiting === undefined) {
      this.#orphans.push(message)
      this.#waitingSize += sizeOf(message)
      const late = this.#orphans.length > this.#limits.pipeline
      if (becomes !== null || late || this.#pairing.certainty === 'lost') this.#reportOrphan()
    } else {
      waiting.answer = 'done'
      if (!message.gap) this.#pairing.answered(waiting, message)
      if (becomes !== null) this.#requests.finish()
      this.#handOn()
    }
    if (becomes === null) {
      if (this.#requests.state === State.Paused && this.#pairing.next === undefined) this.#resume()
      return State.AwaitingHead
    }
    this.#becomes = becomes
    return State.HandedOver
  }

  #resume(): void {
    this.#requests.resume()
    const client = this.#ends[0]
    if (client !== null) this.#requests.end(client.reason, client.place)
  }

  /** Hands on what is complete, oldest request first. */
  #handOn(): void {
    const { queue } = this.#pairing
    for (let waiting = queue[0]; waiting?.answer === 'done' && waiting.complete; waiting = queue[0]) {
      queue.shift()
      this.#waitingSize -= waiting.size
      if (waiting.ghost) this.#out.anomaly('http1.late-response', waiting.response!.last)
      else this.#report(waiting.request, waiting.response, [])
    }
  }

  #report(request: Draft, response: Draft | null, why: readonly string[]): void {
    this.#out.exchange(exchangeOf(request, response, why, this.#limits))
  }

  /** Takes a request out of the queue and reports it without a response. */
  #unanswered(waiting: Waiting, why: string): void {
    this.#pairing.queue.splice(this.#pairing.queue.indexOf(waiting), 1)
    this.#waitingSize -= waiting.size
    if (!waiting.ghost) this.#report(waiting.request, waiting.response, waiting.response === null ? [why] : [])
  }

  #reportOrphan(): void {
    const response = this.#orphans.shift()!
    this.#waitingSize -= sizeOf(response)
    const why = ['http1.response-without-request']
    if (this.#pairing.certainty === 'lost') why.push('http1.pairing-lost')
    this.#report(draft(response.first), response, why)
  }

  /** Leaves of a reported request what a late response needs: which it is, and how its response is framed. */
  #haunt(waiting: Waiting): void {
    waiting.ghost = true
    this.#waitingSize -= waiting.size
    const { method, version, upgrade, first } = waiting.request
    waiting.request = { ...draft(first), method, version, upgrade }
    waiting.size = sizeOf(waiting.request)
    this.#waitingSize += waiting.size
  }

  /** Too many requests wait: all that have no response yet are reported, and pairing starts anew. */
  #overflow(): void {
    const oneWay = this.#pairing.heard === 0
    const why = oneWay ? 'http.no-response.one-way' : 'http.no-response.pipeline-limit'
    for (const waiting of [...this.#pairing.queue]) {
      if (waiting.answer === 'awaited' && waiting.complete) this.#unanswered(waiting, why)
    }
    this.#pairing.certainty = oneWay ? 'doubtful' : 'lost'
  }

  /** Both directions have ended. */
  #finish(server: End): void {
    const why = noResponse(this.#pairing, server.reason)
    for (const waiting of [...this.#pairing.queue]) this.#unanswered(waiting, why)
    while (this.#orphans.length > 0) this.#reportOrphan()
  }

  /** After every call: the alarm, a pause that lasts too long, and the handing over. */
  #settleUp(): void {
    if (this.#becomes !== null) {
      this.#handOver()
      return
    }
    const paused = this.#requests.state === State.Paused
    if (paused && this.#requests.held.length > this.#limits.headBytes) {
      this.#patient = false
      this.#resume()
    }
    const first = this.#pairing.queue[0]
    let at = Number.POSITIVE_INFINITY
    if (first !== undefined && first.answer === 'awaited') {
      const due = this.#pairing.queue.find(waiting => !waiting.ghost && waiting.complete)
      if (due !== undefined) at = due.request.last.time + this.#limits.responseTimeout
    }
    if (this.#orphans.length > 0) at = Math.min(at, this.#orphans[0]!.last.time + this.#limits.responseTimeout)
    if (at === this.#alarm) return
    this.#alarm = at
    this.#out.alarm(at)
  }

  #handOver(): void {
    for (const waiting of [...this.#pairing.queue]) this.#unanswered(waiting, 'http.no-response.tunnel')
    while (this.#orphans.length > 0) this.#reportOrphan()
    this.#out.become(this.#becomes!, [this.#requests.rest(), this.#responses.rest()])
  }

  snapshot(): unknown {
    const { queue, certainty, pipelines, heard, heardAt } = this.#pairing
    return {
      requests: this.#requests.snapshot(),
      responses: this.#responses.snapshot(),
      queue,
      orphans: this.#orphans,
      certainty,
      pipelines,
      heard,
      heardAt,
      ends: this.#ends,
      alarm: this.#alarm,
      patient: this.#patient,
    } satisfies Snapshot
  }

  restore(plain: unknown): void {
    const from = plain as Snapshot
    this.#requests.restore(from.requests)
    this.#responses.restore(from.responses)
    const pairing = this.#pairing
    pairing.queue = from.queue.map(waiting => ({
      ...waiting,
      request: ownDraft(waiting.request),
      response: waiting.response === null ? null : ownDraft(waiting.response),
    }))
    // A message in progress is one object, known to its reader and to the pairing.
    const last = pairing.queue.at(-1)
    if (last !== undefined && !last.complete) last.request = this.#requests.message ?? last.request
    this.#answering = pairing.queue.find(waiting => waiting.answer === 'coming')
    if (this.#answering !== undefined) this.#answering.response = this.#responses.message
    pairing.certainty = from.certainty
    pairing.pipelines = from.pipelines
    pairing.heard = from.heard
    pairing.heardAt = from.heardAt
    this.#orphans = from.orphans.map(ownDraft)
    this.#ends = [...from.ends]
    this.#alarm = from.alarm
    this.#patient = from.patient
    for (const waiting of pairing.queue) this.#waitingSize += waiting.size
    for (const orphan of this.#orphans) this.#waitingSize += sizeOf(orphan)
  }
}
