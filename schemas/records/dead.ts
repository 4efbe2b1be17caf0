/** What a stage or a sink refused for good: kept with the reason, so that a person can look and feed it in again. */
export interface DeadLetter {
  /** Consumer group that refused it. */
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Number of the value inside its record; -1: the whole record. */
  readonly index: number
  /** The timer that was firing, by stage and entry; null for a value. */
  readonly timer: { readonly stage: number; readonly order: number } | null
  /** Stage whose timer fired; empty for a value. */
  readonly stage: string
  readonly reason: string
  readonly message: string
  /** Capture time of the record, µs. */
  readonly time: number
  readonly value: Uint8Array | null
}
