/**
 * HTTP/1 on one connection: a reader for each direction, and what their messages become (exchanges.ts).
 *
 * An exchange is handed on when its request and its response are complete, in the order of the requests. A response
 * whose request was not seen waits a while (directions can be captured out of order), then is handed on with an empty
 * request.
 */
import type { Direction, Place, ProtocolLimits, ProtocolOut, Session } from '#schemas/contracts/protocol.ts'
import type { EndReason } from '#schemas/records/chunk.ts'
import { add } from '../../message/anomalies.ts'
import { type Draft, sizeOf } from '../../message/message.ts'
import { noResponse } from '../../message/no-response.ts'
import { Exchanges } from './exchanges.ts'
import type { PairingSnapshot, Waiting } from './pairing.ts'
import { Reader } from './reader.ts'
import { holdsRequest } from './request.ts'
import { lookAtResponse } from './response.ts'
import { type RequestOwner, RequestSide, type ResponseOwner, ResponseSide } from './sides.ts'
import type { RequestLine, StatusLine } from './start-line.ts'
import { type ReaderSnapshot, State } from './states.ts'
import { becomesAfter } from './upgrade.ts'

interface End {
  readonly reason: EndReason
  readonly place: Place
}

interface Snapshot extends PairingSnapshot {
  readonly requests: ReaderSnapshot
  readonly responses: ReaderSnapshot
  readonly ends: readonly [End | null, End | null]
  readonly alarm: number
  readonly patient: boolean
  readonly toHead: boolean
}

export class Http1Session implements Session, RequestOwner, ResponseOwner {
  readonly #out: ProtocolOut
  readonly #limits: ProtocolLimits
  readonly #requests: Reader<RequestLine>
  readonly #responses: Reader<StatusLine>
  readonly #exchanges: Exchanges
  /** The request that the response in progress answers; undefined when there is none or it was not seen. */
  #answering: Waiting | undefined
  /** The response in progress is read as the answer to HEAD. */
  #toHead = false
  #ends: [End | null, End | null] = [null, null]
  #alarm = Number.POSITIVE_INFINITY
  /** Waits behind CONNECT and Upgrade; not any more once too much came meanwhile. */
  #patient = true
  /** What the connection becomes after the response that was just read, and what the next protocol is told. */
  #becomes: string | null = null

  constructor(out: ProtocolOut, limits: ProtocolLimits) {
    this.#out = out
    this.#limits = limits
    this.#exchanges = new Exchanges(out, limits)
    this.#requests = new Reader(new RequestSide(this), out, limits)
    this.#responses = new Reader(new ResponseSide(this), out, limits)
  }

  get held(): number {
    const { message: request } = this.#requests
    const { message: response } = this.#responses
    return (
      this.#requests.held.size +
      this.#responses.held.size +
      this.#exchanges.size +
      (request === null ? 0 : sizeOf(request)) +
      (response === null ? 0 : sizeOf(response))
    )
  }

  data(dir: Direction, bytes: Uint8Array, place: Place): void {
    if (dir === 0) this.#requests.data(bytes, place)
    else {
      this.#exchanges.pairing.hear(bytes.length, place.time)
      this.#responses.data(bytes, place)
    }
    this.#settleUp()
  }

  gap(dir: Direction, missing: number, place: Place): void {
    if (dir === 0) this.#requests.gap(missing, place)
    else {
      this.#exchanges.pairing.hear(missing, place.time)
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
    this.#exchanges.expire(now)
    this.#settleUp()
  }

  note(dir: Direction, anomaly: string): boolean {
    const { queue } = this.#exchanges.pairing
    const reader = dir === 0 ? this.#requests : this.#responses
    const waiting = dir === 0 ? queue.at(-1) : queue[0]
    const message = reader.message ?? (waiting === undefined || waiting.reported > 0 ? null : waiting.request)
    if (message === null) return false
    add(message.anomalies, anomaly)
    return true
  }

  requestBegan(message: Draft): boolean {
    const { pairing } = this.#exchanges
    if (pairing.queue.length >= this.#limits.pipeline) this.#exchanges.overflow()
    const { before } = this.#requests
    pairing.push(message, before > 0 && before === message.first.packet)
    // Here, not when all bytes at hand are read: the outcome must not depend on how they were cut.
    this.#exchanges.resolve(0)
    return true
  }

  requestComplete(message: Draft): State {
    const waiting = this.#exchanges.pairing.queue.at(-1)!
    this.#exchanges.keep(waiting)
    const { response } = waiting
    if (response !== null && waiting.answer === 'done' && response.last.time < message.last.time) {
      add(message.anomalies, 'http1.early-response')
    }
    if (message.kept > 0 && holdsRequest(message)) add(message.anomalies, 'http1.request-in-body')
    if (this.#exchanges.pairing.certainty === 'lost') {
      this.#exchanges.giveUp(waiting, 'http.no-response.pairing-lost')
      return State.AwaitingHead
    }
    this.#exchanges.handOn()
    const pauses =
      this.#patient && waiting.answer !== 'done' && (message.method === 'CONNECT' || message.upgrade !== '')
    return pauses ? State.Paused : State.AwaitingHead
  }

  lookAtResponse(bytes: Uint8Array, at: number): 'message' | 'garbage' | 'more' | 'simple' {
    const look = lookAtResponse(bytes, at)
    if (look !== 'garbage' || this.#exchanges.pairing.certainty !== 'sure') return look
    const { next } = this.#exchanges.pairing
    return next?.complete === true && next.request.version === '0.9' ? 'simple' : 'garbage'
  }

  /** Method of the request that a response with this status, which begins at `time`, answers; empty when that is not known. */
  answeredMethod(status: number, time: number): string {
    const interim = status < 200 && status !== 101
    if (interim) this.#answering = undefined
    const method = interim ? '' : (this.#claim(time)?.request.method ?? '')
    this.#toHead = method === 'HEAD'
    return method
  }

  lost(dir: Direction): void {
    this.#exchanges.pairing.lost(dir)
  }

  /** Whom a response that begins at `time` answers: surely (`#answering`), or at least it seems so. */
  #claim(time: number): Waiting | undefined {
    const { pairing } = this.#exchanges
    this.#answering = pairing.claim
    return this.#answering ?? pairing.likely(time)
  }

  responseBegan(message: Draft): boolean {
    if (message.status < 200 && message.status !== 101 && message.version !== '0.9') return false
    if (this.#answering !== undefined) this.#answer(this.#answering, message)
    return true
  }

  #answer(waiting: Waiting, response: Draft): void {
    waiting.response = response
    waiting.answer = 'coming'
    this.#answering = waiting
  }

  responseComplete(message: Draft): State {
    const waiting = this.#answering
    this.#answering = undefined
    const becomes = becomesAfter(waiting?.request, message)
    if (waiting === undefined) {
      this.#exchanges.unclaimed(message, this.#toHead, becomes !== null)
    } else {
      if (!waiting.complete) this.#requests.finishUnframed()
      waiting.answer = 'done'
      this.#exchanges.pairing.answered(waiting, message)
      if (becomes !== null) this.#requests.finish()
      this.#exchanges.handOn()
    }
    if (becomes === null) {
      if (this.#requests.state === State.Paused && this.#exchanges.pairing.next === undefined) this.#resume()
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

  /** Both directions have ended. */
  #finish(server: End): void {
    const { heard, doubted } = this.#exchanges.pairing
    this.#exchanges.finish(heard > 0 && doubted ? 'http.no-response.gap' : noResponse(heard > 0, server.reason))
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
    const at = this.#exchanges.due
    if (at === this.#alarm) return
    this.#alarm = at
    this.#out.alarm(at)
  }

  #handOver(): void {
    this.#exchanges.finish('http.no-response.tunnel')
    const rest = [this.#requests.rest(), this.#responses.rest()] as const
    const { upgraded } = this.#exchanges
    if (upgraded === null) this.#out.become(this.#becomes!, rest)
    else this.#out.become(this.#becomes!, rest, upgraded)
  }

  snapshot(): unknown {
    return {
      ...this.#exchanges.snapshot(),
      requests: this.#requests.snapshot(),
      responses: this.#responses.snapshot(),
      ends: this.#ends,
      alarm: this.#alarm,
      patient: this.#patient,
      toHead: this.#toHead,
    } satisfies Snapshot
  }

  restore(plain: unknown): void {
    const from = plain as Snapshot
    this.#requests.restore(from.requests)
    this.#responses.restore(from.responses)
    this.#exchanges.restore(from)
    const pairing = this.#exchanges.pairing
    // A message in progress is one object, known to its reader and to the pairing.
    const last = pairing.queue.at(-1)
    if (last !== undefined && !last.complete) last.request = this.#requests.message ?? last.request
    this.#answering = pairing.queue.find(waiting => waiting.answer === 'coming')
    if (this.#answering !== undefined) this.#answering.response = this.#responses.message
    this.#ends = [...from.ends]
    this.#alarm = from.alarm
    this.#patient = from.patient
    this.#toHead = from.toHead
  }
}
