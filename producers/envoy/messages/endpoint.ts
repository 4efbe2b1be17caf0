/**
 * POST /v1/messages: one or several MessagePack maps (schemas/records/message.ts), one after another.
 *
 *   202  all are accepted: they are in the bounded queue       413  longer than limits.requestBytes
 *   400  some are malformed; the others are accepted           415  another content type, or compressed
 *   405  not a POST                                            503  no room: try again later (Retry-After)
 *   408  too slow
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Budget } from '../budget.ts'
import type { Inbox } from '../inbox.ts'
import type { Answer, Call } from '../listener/call.ts'
import { type BodyLimits, readBody } from './body.ts'
import { Taking } from './taking.ts'

export const MESSAGES_PATH = '/v1/messages'

const TYPES = new Set(['application/x-msgpack', 'application/msgpack', 'application/vnd.msgpack'])
/** Of one body before everybody else has a turn: a millisecond or two. */
const AT_ONCE = 64

const ACCEPTED: Answer = { status: 202, text: '' }
const NOT_POST: Answer = { status: 405, text: 'only POST\n', headers: { allow: 'POST' } }
const WRONG_TYPE: Answer = { status: 415, text: 'content-type: expected application/x-msgpack, not compressed\n' }
const EMPTY: Answer = { status: 400, text: 'the body is empty: expected MessagePack maps\n' }
const BUG: Answer = { status: 500, text: 'this is a bug of Tapwire\n' }
export const OVERLOADED: Answer = {
  status: 503,
  text: 'nobody takes messages fast enough (limits.pendingBytes): try again later\n',
  headers: { 'retry-after': '1' },
}

export class MessagesEndpoint {
  readonly #inbox: Inbox
  readonly #limits: BodyLimits
  readonly #held: Budget
  #underWay = 0
  #idle: () => void = () => {}

  constructor(inbox: Inbox, limits: BodyLimits, held: Budget) {
    this.#inbox = inbox
    this.#limits = limits
    this.#held = held
  }

  /** Requests whose answer is not decided. */
  get underWay(): number {
    return this.#underWay
  }

  /** Resolves when no request is under way, or after `ms` milliseconds. */
  async idle(ms: number): Promise<void> {
    if (this.#underWay === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const patience = setTimeout(resolve, ms)
    this.#idle = resolve
    await promise
    clearTimeout(patience)
  }

  handle(call: Call): void {
    const refused = this.#refusal(call)
    if (refused === null) this.#read(call)
    else this.#refuse(call, refused)
  }

  #read(call: Call): void {
    this.#underWay++
    readBody(call, this.#limits, this.#held, body => {
      if ('why' in body) {
        this.#inbox.counts.add(`requests.${body.why}`)
        this.#answer(call, body.answer)
        return
      }
      const answered = (answer: Answer): void => {
        body.release()
        this.#answer(call, answer)
      }
      this.#take(body.bytes).then(answered, () => answered(BUG))
    })
  }

  #refusal({ method, headers }: Call): Answer | null {
    if (method !== 'POST') return NOT_POST
    const type = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()
    if (!TYPES.has(type) || (headers['content-encoding'] ?? 'identity') !== 'identity') return WRONG_TYPE
    return this.#inbox.full ? OVERLOADED : null
  }

  #refuse(call: Call, answer: Answer): void {
    this.#inbox.counts.add(answer === OVERLOADED ? 'requests.overload' : 'requests.not-understood')
    call.answer(answer)
  }

  async #take(body: Uint8Array): Promise<Answer> {
    if (body.length === 0) {
      this.#inbox.counts.add('requests.not-understood')
      return EMPTY
    }
    if (this.#inbox.full) {
      this.#inbox.counts.add('requests.overload')
      return OVERLOADED
    }
    const taking = new Taking(this.#inbox, body)
    while (!taking.take(AT_ONCE)) await nextTurn()
    const { taken, rejected, problem } = taking
    if (problem === null) {
      this.#inbox.counts.add('requests.accepted')
      return ACCEPTED
    }
    this.#inbox.counts.add('requests.malformed')
    const text = `message ${problem.number}: ${problem.text} (${rejected} malformed, ${taken} accepted)\n`
    return { status: 400, text }
  }

  #answer(call: Call, answer: Answer | null): void {
    if (answer !== null) call.answer(answer)
    this.#underWay--
    if (this.#underWay === 0) this.#idle()
  }
}
