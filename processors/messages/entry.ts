/**
 * What the stage keeps under a message's id. Plain data: a snapshot is the thing itself.
 *
 *            a half          the other half
 *     none ─────────► Waiting ─────────────► Met ── linger ──► none
 *                        │                    ▲ │
 *                        │ timeout, eviction, │ │ the half that was missing: an exchange of its own (`message.late`)
 *                        │ end of all sources │ └──► Met
 *                        └────────────────────┘
 *
 * A half that is there already is a duplicate in either state.
 */
import type { RequestHalf, ResponseHalf } from '#schemas/records/message.ts'

/** A half as it is kept: within the stage's limits, with memory of its own. */
export interface Kept<Half extends RequestHalf | ResponseHalf = RequestHalf | ResponseHalf> {
  readonly half: Half
  readonly anomalies: readonly string[]
  /** When it was taken (µs), its number in its source, its offset in the log. */
  readonly time: number
  readonly packet: number
  readonly offset: number
  readonly capture: string
  readonly source: string
  /** Bytes of its segment that are not settled yet. */
  readonly pending: number
  /** Memory it takes, about. */
  readonly cost: number
}

export interface Waiting extends Kept {
  readonly state: 'waiting'
  /** It came again. */
  readonly again: boolean
}

export interface Met {
  readonly state: 'met'
  /** Which halves came. */
  readonly request: boolean
  readonly response: boolean
  /** That one of them came again has been said. */
  readonly said: boolean
}

/** A source that has not ended. Its key begins with `/`, which no id holds. */
export interface Source {
  readonly state: 'source'
}

export type Entry = Waiting | Met | Source

/** What is known of an exchange: one half at least. */
export type Halves =
  | { readonly request: Kept<RequestHalf>; readonly response: Kept<ResponseHalf> | null }
  | { readonly request: null; readonly response: Kept<ResponseHalf> }

/** That half is here already, or was. */
export function came(value: Waiting | Met, half: 'request' | 'response'): boolean {
  return value.state === 'waiting' ? value.half.half === half : value[half]
}

export function met(request: boolean, response: boolean): Met {
  return { state: 'met', request, response, said: false }
}

/** Which is which; `other` null: it did not come. */
export function halves(one: Kept, other: Kept | null): Halves {
  const request = [one, other].find(kept => kept?.half.half === 'request') as Kept<RequestHalf> | undefined
  const response = [one, other].find(kept => kept?.half.half === 'response') as Kept<ResponseHalf> | undefined
  if (request !== undefined) return { request, response: response ?? null }
  return { request: null, response: response! }
}

/** Why the other half is not there. */
export function missing({ half }: Kept): string {
  return half.half === 'request' ? 'message.no-response' : 'message.no-request'
}
