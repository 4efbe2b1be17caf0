/**
 *   client = "hello/1" LF *( command LF )      command = verb [ SP key ]
 *   server = *( answer LF )                      answer  = 3DIGIT [ SP text ]
 *
 * Answers come in the order of the commands. Lines hold at most `limits.headBytes`, line feed included.
 *
 *   AwaitingGreeting ──line──► Talking ──gap, or a line too long──► Lost
 *
 * Lost: an answer can no longer be matched to its command, so the rest of the connection is not understood.
 */

import type { Direction, Place, ProtocolLimits, ProtocolOut, Session } from '#schemas/contracts/protocol.ts'
import type { EndReason } from '#schemas/records/chunk.ts'
import { Lines, type Unfinished } from './lines.ts'
import { type Command, exchangeOf } from './messages.ts'

type State = 'awaiting-greeting' | 'talking' | 'lost'

/** A command whose answer has not come. `told`: it took too long and was reported without one. */
interface Waiting extends Command {
  readonly told: boolean
}

export interface Snapshot {
  readonly state: State
  readonly waiting: readonly Waiting[]
  readonly partials: readonly (Unfinished | null)[]
  readonly skipping: readonly boolean[]
  readonly ended: readonly boolean[]
}

const LINE_FEED = 1

export class Conversation implements Session {
  readonly #out: ProtocolOut
  readonly #limits: ProtocolLimits
  readonly #lines: readonly [Lines, Lines]
  #state: State
  #waiting: Waiting[]
  readonly #ended: [boolean, boolean]

  constructor(out: ProtocolOut, limits: ProtocolLimits, from: Snapshot | null) {
    this.#out = out
    this.#limits = limits
    this.#state = from?.state ?? 'awaiting-greeting'
    this.#waiting = [...(from?.waiting ?? [])]
    this.#ended = [from?.ended[0] ?? false, from?.ended[1] ?? false]
    const lines = (dir: Direction): Lines => {
      const line = (bytes: Uint8Array, first: Place, last: Place): void => this.#line(dir, bytes, first, last)
      const lost = (fate: 'cap' | 'gap', bytes: number, place: Place): void => this.#lost(fate, bytes, place)
      return new Lines(limits.headBytes, { line, lost }, from?.partials[dir] ?? null, from?.skipping[dir] ?? false)
    }
    this.#lines = [lines(0), lines(1)]
  }

  data(dir: Direction, bytes: Uint8Array, place: Place): void {
    this.#lines[dir].data(bytes, place)
  }

  gap(dir: Direction, _missing: number, place: Place): void {
    this.#lines[dir].cut(place)
    this.#lose('example.gap', place)
  }

  end(dir: Direction, _reason: EndReason, place: Place): void {
    this.#lines[dir].cut(place)
    this.#ended[dir] = true
    if (this.#ended[1 - dir]) this.#giveUp('example.no-answer')
  }

  /** Commands that waited too long are reported; their place in the order stays, or later answers would be mixed up. */
  wake(now: number): void {
    this.#waiting = this.#waiting.map(waiting => {
      if (waiting.told || this.#deadline(waiting) > now) return waiting
      this.#out.exchange(exchangeOf(waiting, null, ['example.answer-timeout']))
      return { ...waiting, told: true }
    })
    this.#setAlarm()
  }

  note(): boolean {
    return false
  }

  get held(): number {
    const partial = (dir: Direction): number => this.#lines[dir].partial?.bytes.length ?? 0
    return this.#waiting.reduce((sum, { line }) => sum + 2 * line.length, 0) + partial(0) + partial(1)
  }

  snapshot(): Snapshot {
    const [client, server] = this.#lines
    return {
      state: this.#state,
      waiting: [...this.#waiting],
      partials: [client.partial, server.partial],
      skipping: [client.skipping, server.skipping],
      ended: [...this.#ended],
    }
  }

  #line(dir: Direction, bytes: Uint8Array, first: Place, last: Place): void {
    this.#out.settle(this.#state === 'lost' ? 'gap' : 'inspected', bytes.length + LINE_FEED)
    if (this.#state === 'lost') return
    const line = Buffer.from(bytes).toString('latin1')
    if (dir === 1) this.#answer(line, first, last)
    else if (this.#state === 'awaiting-greeting') this.#state = 'talking'
    else this.#command({ line, span: { first, last } })
  }

  #command(command: Command): void {
    if (this.#waiting.length >= this.#limits.pipeline) {
      this.#lose('example.pipeline-full', command.span.last)
      return
    }
    this.#waiting.push({ ...command, told: false })
    this.#setAlarm()
  }

  #answer(line: string, first: Place, last: Place): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) {
      this.#out.anomaly('example.answer-without-command', first)
      return
    }
    if (!waiting.told) this.#out.exchange(exchangeOf(waiting, { line, span: { first, last } }, []))
    this.#setAlarm()
  }

  #lost(fate: 'cap' | 'gap', bytes: number, place: Place): void {
    this.#out.settle(fate, bytes)
    if (fate === 'cap') this.#lose('example.line-too-long', place)
  }

  #lose(anomaly: string, place: Place): void {
    if (this.#state === 'lost') return
    this.#state = 'lost'
    this.#out.anomaly(anomaly, place)
    this.#giveUp(anomaly)
  }

  /** Reports what is still waiting without its answer. */
  #giveUp(anomaly: string): void {
    for (const waiting of this.#waiting) if (!waiting.told) this.#out.exchange(exchangeOf(waiting, null, [anomaly]))
    this.#waiting = []
    this.#setAlarm()
  }

  #setAlarm(): void {
    const next = this.#waiting.find(waiting => !waiting.told)
    this.#out.alarm(next === undefined ? Number.POSITIVE_INFINITY : this.#deadline(next))
  }

  #deadline(waiting: Waiting): number {
    return waiting.span.last.time + this.#limits.responseTimeout
  }
}
