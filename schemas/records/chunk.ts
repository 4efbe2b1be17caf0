import type { About } from '#schemas/records/about.ts'
import type { Encapsulation, Endpoint } from '#schemas/records/flow.ts'

/**
 * One connection, as the TCP stage names it: from its first packet to its end. Immutable after the first chunk, but for `about`:
 * when more is known, the chunks that follow carry another object.
 */
export interface Connection {
  /** Deterministic: hash of sensor, flow identity and the time of the first packet (schemas/records/id.ts). */
  readonly id: string
  /** Key of keyed state: unique among the open connections of a partition. */
  readonly key: number
  readonly a: Endpoint
  readonly b: Endpoint
  /** Which endpoint opened the connection; null when the handshake was not seen (the protocol stage decides). */
  readonly opener: 0 | 1 | null
  readonly encapsulation: readonly Encapsulation[]
  readonly sensor: string
  readonly capture: string
  readonly source: string
  /** µs */
  readonly since: number
  /** What its producer knows of it; absent: nothing. */
  readonly about?: About
}

/**
 * Reassembled bytes of one direction, in order.
 *
 * Laws
 *  1. Per connection and direction: any number of `data` and `gap`, in stream order, then exactly one `end`.
 *  2. `data` bytes are contiguous with what came before, unless a `gap` stands between.
 *  3. One object is reused for every emission: copy what you keep.
 *  4. `alternative` is another reading of bytes for which segments contradicted each other. It moves no position, and its
 *     bytes are settled already (`duplicate`). `back` 0: of the bytes that come next, as `data`, at once and as many.
 *     Otherwise of the last `back` bytes of the direction, and `bytes` is as long: it takes the place of the `alternative`
 *     before, which it completes, or `contradicts`.
 */
export interface Chunk {
  kind: 'data' | 'alternative' | 'gap' | 'end' | 'anomaly'
  connection: Connection
  /** 0: bytes that endpoint a sent; 1: b. */
  dir: 0 | 1
  /** Capture time of the segment that carried these bytes, µs. */
  time: number
  /** Frame number of that segment in its source; 0 when there is none (a timer ended it). */
  packet: number
  /** Log offset of that segment. */
  offset: number
  /** `data`, `alternative`: a view, valid during the call. Empty otherwise. */
  bytes: Uint8Array
  /** `alternative`: how far before the current position its bytes begin. */
  back: number
  /** `alternative` with `back`: it says something else than the one before, too. */
  contradicts: boolean
  /** `gap`: how many bytes were never seen. */
  missing: number
  /** `end`: how the direction ended. */
  reason: EndReason
  /** `anomaly`: its name, e.g. `tcp.overlap-conflict`. */
  anomaly: string
}

/** A chunk that says nothing yet: for whoever makes chunks to fill in. */
export function blankChunk(connection: Connection): Chunk {
  return {
    kind: 'data',
    connection,
    dir: 0,
    time: 0,
    packet: 0,
    offset: -1,
    bytes: new Uint8Array(0),
    back: 0,
    contradicts: false,
    missing: 0,
    reason: 'fin',
    anomaly: '',
  }
}

/** `fin` in order; `rst`; `idle` timeout; `evicted` by a limit; `reused` by a new connection; `source` ended. */
export type EndReason = 'fin' | 'rst' | 'idle' | 'evicted' | 'reused' | 'source'
