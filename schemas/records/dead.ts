/** The topic of what a source could not understand: it never was in the log, so nothing can feed it in again. */
export const NO_TOPIC = ''

/**
 * What a stage or a sink refused for good, or a sample of what a source could not understand: kept with the reason, so that a
 * person can look and (not what comes from a source) feed it in again.
 */
export interface DeadLetter {
  /** Consumer group that refused it, or `source.<its name>`. */
  readonly group: string
  /** Or `NO_TOPIC`. */
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
