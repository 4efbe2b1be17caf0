/**
 * Live sources: the producer is read on while the log is slow or away.
 *
 *            ┌ fits ──────────────────────► queue ─► log (appending.ts)
 *   round ───┼ queue full ─► oldest rounds of the queue to the spill ─► fits
 *            └ no spill, or it is full ───► dropped, counted, told to the ledger by the next round (losses.ts)
 *
 *   Reading ── source ended ──► Draining: until all is in the log ──────────────► done
 *      │                           │ stopped
 *      └── stopped ─────────────► Flushing: for `flushMs`, then the rest is spilled, or dropped and counted
 *
 * A crash loses what is in memory: the queue. What is spilled is in the log once, whatever crashes (spill.ts).
 */
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { Refused, Retryable } from '#schemas/contracts/errors.ts'
import type { Captured } from '#schemas/contracts/producer.ts'
import type { Intake } from '../intake.ts'
import { Appender } from './appending.ts'
import { Losses } from './losses.ts'
import { RoundQueue } from './queue.ts'
import { readUnless } from './reading.ts'
import { holdsEnd, lossOf, type QueuedRound, sizeOf } from './round.ts'
import type { Spill } from './spill.ts'
import { countDropped } from './stats.ts'

export interface Shedding {
  readonly kind: 'shed'
  /** Most that is kept in memory; one round is, whatever its size. Beyond it, only the round that ends the source. */
  readonly queueBytes: number
  /** About how much goes into one append, or moves to the spill at once. */
  readonly appendBytes: number
  /** How long a stop may take to bring what is queued into the log. */
  readonly flushMs: number
  readonly spill: Spill | null
  /** For tests. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/** As `runIntake`. */
export async function runShed(intake: Intake, shedding: Shedding, signal: AbortSignal): Promise<boolean> {
  const run = new ShedRun(intake, shedding)
  return run.run(signal)
}

class ShedRun {
  readonly #intake: Intake
  readonly #shedding: Shedding
  readonly #queue: RoundQueue
  readonly #losses = new Losses()
  readonly #appender: Appender
  #lastSeq: number

  constructor(intake: Intake, shedding: Shedding) {
    const { bus, backoff, stats } = intake
    const { queueBytes, appendBytes, spill } = shedding
    this.#intake = intake
    this.#shedding = shedding
    this.#queue = new RoundQueue(queueBytes)
    this.#appender = new Appender({ bus, queue: this.#queue, spill, appendBytes, backoff, stats })
    this.#lastSeq = spill?.lastSeq ?? 0
  }

  async run(signal: AbortSignal): Promise<boolean> {
    const { stats } = this.#intake
    const giveUp = new AbortController()
    const broken = new AbortController()
    const over = new AbortController()
    const appending = this.#appender.run(giveUp.signal)
    appending.catch(error => broken.abort(error))
    const giveUpSoon = (): void => void this.#flushTime(over.signal).then(() => giveUp.abort())
    if (signal.aborted) giveUpSoon()
    signal.addEventListener('abort', giveUpSoon, { once: true })
    try {
      const end = await this.#read(AbortSignal.any([signal, broken.signal]))
      // A producer with a bug may not hold up the report of it for as long as the log is away.
      if (end.error !== null && !(end.error instanceof Refused)) giveUpSoon()
      if (!this.#losses.empty) this.#push(this.#losses.alone())
      this.#queue.close()
      const complete = await appending
      if (!complete) await this.#leave()
      if (end.error !== null) throw end.error
      stats.finished = end.finished && complete
      return stats.finished
    } finally {
      over.abort()
      signal.removeEventListener('abort', giveUpSoon)
      this.#appender.observe()
    }
  }

  async #read(stop: AbortSignal): Promise<{ readonly finished: boolean; readonly error: unknown }> {
    try {
      while (!stop.aborted) {
        const captured = await readUnless(this.#intake.producer, stop)
        if (captured === 'aborted') break
        if (captured === null) return { finished: true, error: null }
        await this.#admit(captured)
      }
      return { finished: false, error: null }
    } catch (error) {
      return { finished: false, error }
    }
  }

  async #admit(captured: Captured): Promise<void> {
    const whole = this.#losses.onto(captured)
    if ((await this.#makeRoom(sizeOf(whole))) || holdsEnd(captured)) {
      this.#push(whole)
      return
    }
    this.#losses.add(captured)
    countDropped(this.#intake.stats, this.#shedding.spill === null ? 'queue-full' : 'spill-full', lossOf(captured))
  }

  /** False: nothing more can be kept. */
  async #makeRoom(bytes: number): Promise<boolean> {
    while (!this.#queue.fits(bytes)) {
      if (await this.#spillOldest()) continue
      // A producer that always has something must not keep the log from answering.
      await nextTurn()
      return this.#queue.fits(bytes)
    }
    return true
  }

  async #spillOldest(): Promise<boolean> {
    const { spill, appendBytes } = this.#shedding
    const rounds = this.#queue.oldest(appendBytes)
    if (spill === null || rounds.length === 0) return false
    try {
      await spill.put(rounds)
    } catch (error) {
      if (!(error instanceof Retryable)) throw error
      return false
    }
    this.#queue.forget(rounds.at(-1)!.seq)
    this.#appender.observe()
    return true
  }

  /** What was dropped before is in `captured`. */
  #push(captured: Captured): void {
    const records = this.#intake.encode(captured)
    this.#losses.clear()
    if (records.length === 0) return
    const round: QueuedRound = { seq: ++this.#lastSeq, records, bytes: sizeOf(captured), loss: lossOf(captured) }
    this.#queue.push(round)
    this.#appender.observe()
  }

  /** The log did not take what is left in time. No ledger can tell of what is dropped here: that would be in the log. */
  async #leave(): Promise<void> {
    while (!this.#queue.empty) {
      if (await this.#spillOldest()) continue
      const reason = this.#shedding.spill === null ? 'stopped' : 'spill-full'
      const rest = this.#queue.oldest(Number.POSITIVE_INFINITY)
      for (const { loss } of rest) countDropped(this.#intake.stats, reason, loss)
      this.#queue.forget(rest.at(-1)!.seq)
    }
  }

  /** Resolves also when `over` is aborted: then it no longer matters. */
  async #flushTime(over: AbortSignal): Promise<void> {
    const { flushMs, sleep = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }) } = this.#shedding
    await sleep(flushMs, over).catch(() => {})
  }
}
