/**
 * The right to work on one partition: a transactor of its own (whoever opens it fences the former owner), and fetches from
 * the position on, one ahead of the task.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { positionOf } from '#infra/bus/unit.ts'
import type { Batch, Lease, LogRecord, Unit } from '#schemas/contracts/bus.ts'
import { Fenced, Retryable } from '#schemas/contracts/errors.ts'
import type { Joined } from './parts.ts'
import type { PartitionReader } from './reader.ts'
import type { KafkaStats } from './stats.ts'
import type { Transactor } from './transactor.ts'

export interface LeaseOf {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

const DEFAULT_WAIT_MS = 100
const LONGEST_WAIT_MS = 500
const ERROR_WAIT_MS = 100
/** Polls in a row that failed, until the operator hears of it (again). */
const WARN_EVERY = 50

export class KafkaLease implements Lease {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly committed: number
  readonly #transactor: Transactor
  readonly #reader: PartitionReader
  readonly #stats: KafkaStats
  readonly #warn: (message: string) => void
  readonly #control = new AbortController()
  /** What was fetched and not handed out yet, and where to go on behind it. */
  #fetched: readonly LogRecord[] = []
  #given = 0
  #next: number
  #ahead: Promise<Joined | Error> | null = null
  #failures = 0
  #ended = false
  /** The position that was committed last. */
  position: number

  /** `reader`: from `committed` on. */
  constructor(
    of: LeaseOf,
    committed: number,
    transactor: Transactor,
    reader: PartitionReader,
    stats: KafkaStats,
    warn: (message: string) => void,
  ) {
    this.group = of.group
    this.topic = of.topic
    this.partition = of.partition
    this.committed = committed
    this.position = committed
    this.#next = committed
    this.#transactor = transactor
    this.#reader = reader
    this.#stats = stats
    this.#warn = warn
  }

  get signal(): AbortSignal {
    return this.#control.signal
  }

  async poll(maxBytes: number, waitMs = DEFAULT_WAIT_MS): Promise<Batch | null> {
    const deadline = performance.now() + waitMs
    while (!this.signal.aborted) {
      if (this.#given < this.#fetched.length) return this.#take(maxBytes)
      const left = deadline - performance.now()
      const joined = await this.#receive(maxBytes, Math.max(0, Math.min(left, LONGEST_WAIT_MS)))
      if (joined !== null) {
        this.#fetched = joined.records
        this.#given = 0
        this.#next = joined.next
        // The broker works on the next ones while the task works on these.
        if (this.#fetched.length > 0) this.#ahead = this.#request(maxBytes, LONGEST_WAIT_MS)
      }
      if (this.#given >= this.#fetched.length && performance.now() >= deadline) return null
    }
    return null
  }

  async commit(unit: Unit): Promise<void> {
    if (this.#ended) throw new Fenced(`lease of ${this.topic}/${this.partition} for ${this.group} was given back`)
    if (this.signal.aborted) throw this.signal.reason
    const { next, replayFrom } = positionOf(unit)
    const records = recordsOf(unit)
    try {
      await this.#transactor.commit(records, { next, replayFrom })
    } catch (error) {
      if (error instanceof Fenced) this.abort(error.message)
      throw error
    }
    this.position = next
  }

  abort(reason: string): void {
    this.#control.abort(new Fenced(`${this.group} on ${this.topic}/${this.partition}: ${reason}`))
  }

  end(): void {
    this.#ended = true
    this.abort('the lease was given back')
  }

  /** At least one record, about `maxBytes`. */
  #take(maxBytes: number): Batch {
    const from = this.#given
    let bytes = 0
    let to = from
    for (; to < this.#fetched.length; to++) {
      const size = sizeOf(this.#fetched[to]!)
      if (to > from && bytes + size > maxBytes) break
      bytes += size
    }
    this.#given = to
    const records = this.#fetched.slice(from, to)
    const next = to < this.#fetched.length ? this.#fetched[to]!.offset : this.#next
    return { topic: this.topic, partition: this.partition, records, next, bytes }
  }

  /** Null: nothing for now. */
  async #receive(maxBytes: number, waitMs: number): Promise<Joined | null> {
    const request = this.#ahead ?? this.#request(maxBytes, waitMs)
    // A request that was sent ahead may wait longer than this poll: it stays for the next one.
    this.#ahead = request
    const answer = await within(request, waitMs, this.signal)
    if (answer === null) return null
    this.#ahead = null
    if (!(answer instanceof Error)) {
      this.#failures = 0
      return answer
    }
    if (!(answer instanceof Retryable)) throw answer
    this.#stats.fetchErrors++
    if (++this.#failures % WARN_EVERY === 0) this.#warn(`${this.group} cannot read yet: ${answer.message}`)
    await pause(Math.max(waitMs, ERROR_WAIT_MS), this.signal)
    return null
  }

  #request(maxBytes: number, waitMs: number): Promise<Joined | Error> {
    return this.#reader
      .fetch(maxBytes, waitMs)
      .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
  }
}

/** One list per unit, the same for every try: the transactor knows a transaction in doubt by it. */
const lists = new WeakMap<Unit, Unit['outputs']>()

function recordsOf(unit: Unit): Unit['outputs'] {
  const known = lists.get(unit)
  if (known !== undefined) return known
  const records = [...unit.outputs, ...unit.state]
  lists.set(unit, records)
  return records
}

function sizeOf({ key, value }: LogRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0)
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}

/** Null: not within `ms`, or aborted. Leaves nothing behind, neither a timer nor a listener. `promise` does not reject. */
function within<T>(promise: Promise<T>, ms: number, signal: AbortSignal): Promise<T | null> {
  return new Promise(resolve => {
    const end = (value: T | null): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
      resolve(value)
    }
    const over = (): void => end(null)
    const timer = setTimeout(over, ms)
    signal.addEventListener('abort', over)
    if (signal.aborted) over()
    else void promise.then(end)
  })
}
