/**
 * Values that made a processor throw. A value is named by the offset of its record and its number in it; a timer by stage
 * and number of its entry, at the value before which it fired (the same entry's timer may have fired well before). What is marked is skipped (a timer's entry is dropped), in live
 * processing and in replay alike, so that both reach the same state.
 */
import type { LogRecord } from '#schemas/contracts/bus.ts'
import type { Chain } from './chain.ts'

/** `index` -1: the record as a whole could not be decoded. `timer`: the entry that was firing, dropped instead. */
export interface PoisonMark {
  readonly offset: number
  readonly index: number
  readonly timer: { readonly stage: number; readonly order: number } | null
}

/** What goes to `dead`. */
export interface Letter extends PoisonMark {
  readonly reason: string
  readonly message: string
  /** The stage whose timer fired; empty for a value. */
  readonly stage: string
  /** Capture time of the record, µs. */
  readonly time: number
  /** The value alone if it can be cut out of its record, else the record's value; null for a timer. */
  readonly value: Uint8Array | null
}

export class Poison {
  #marks: readonly PoisonMark[] = []
  #named = new Set<string>()
  #record: LogRecord | null = null
  #index = -1
  /** A value is being worked on, not the decoding of its record. */
  #within = false
  #value: unknown = null

  /** A record comes. `skipRecord`: it is marked as a whole. */
  begin(record: LogRecord): { readonly skipRecord: boolean } {
    this.#record = record
    this.#index = -1
    this.#within = false
    this.#value = null
    return { skipRecord: this.#named.has(`${record.offset}:-1`) }
  }

  /** Its next value comes; true: skip it. */
  next(value: unknown): boolean {
    this.#index++
    this.#within = true
    this.#value = value
    return this.#marks.length > 0 && this.#named.has(`${this.#record!.offset}:${this.#index}`)
  }

  /** The value is done: what throws before the next one is the decoding of the record. */
  passed(): void {
    this.#within = false
  }

  done(): void {
    this.#record = null
  }

  /** True when this timer threw here before: its entry is to be dropped, not fired. */
  dropsTimer(stage: number, order: number): boolean {
    if (this.#marks.length === 0 || this.#record === null) return false
    return this.#named.has(nameOf({ offset: this.#record.offset, index: this.#index, timer: { stage, order } }))
  }

  mark(chain: Chain, error: unknown, bytesOf: (value: unknown) => Uint8Array | null): Letter {
    const { firing } = chain
    const record = this.#record
    const mark: PoisonMark = {
      offset: record?.offset ?? -1,
      index: this.#within ? this.#index : -1,
      timer: firing === null ? null : { stage: firing.stage, order: firing.order },
    }
    this.#add(mark)
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return {
      ...mark,
      reason: mark.index < 0 && firing === null ? 'undecodable' : 'threw',
      message: message.slice(0, 1000),
      stage: firing === null ? '' : chain.stages[firing.stage]!.name,
      time: record?.time ?? 0,
      value:
        firing !== null
          ? null
          : mark.index < 0
            ? copyOf(record?.value)
            : (bytesOf(this.#value) ?? copyOf(record?.value)),
    }
  }

  /** Marks that a replay from `offset` still needs. */
  since(offset: number): PoisonMark[] {
    return this.#marks.filter(mark => mark.offset >= offset)
  }

  /** No replay begins before `offset` any more. */
  forget(offset: number): void {
    if (this.#marks.length === 0) return
    this.#marks = this.since(offset)
    this.#named = new Set(this.#marks.map(nameOf))
  }

  restore(marks: readonly PoisonMark[]): void {
    for (const mark of marks) if (!this.#named.has(nameOf(mark))) this.#add(mark)
  }

  #add(mark: PoisonMark): void {
    this.#marks = [...this.#marks, mark]
    this.#named.add(nameOf(mark))
  }
}

function nameOf({ offset, index, timer }: PoisonMark): string {
  return timer === null ? `${offset}:${index}` : `timer ${timer.stage}:${timer.order} at ${offset}:${index}`
}

/** Bytes of the log's buffers do not outlive the poll. */
function copyOf(bytes: Uint8Array | null | undefined): Uint8Array | null {
  return bytes == null ? null : Uint8Array.from(bytes)
}
