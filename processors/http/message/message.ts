/** A message while it is read: plain data, so that a snapshot is the thing itself. */
import type { Place, ProtocolLimits } from '#schemas/contracts/protocol.ts'
import type { Header } from '#schemas/records/exchange.ts'
import type { BodyLength } from './length.ts'

/** A request's `status` is 0, a response's `method` and `target` are empty. */
export interface Draft {
  method: string
  target: string
  status: number
  reason: string
  version: string
  headers: readonly Header[]
  anomalies: string[]
  /** Who the request is for (RFC 9112 §3.3), as sent. */
  authority: string
  /** Codings of the content, in the order they were applied; empty when there are none. */
  codings: string
  /** Value of Upgrade where Connection names it; empty otherwise. */
  upgrade: string
  length: BodyLength
  /** Length of the header section, for `sizeOf`. */
  headLength: number
  trailers: readonly Header[]
  bodyBytes: number
  /** Kept body bytes are the first `kept` of `body`. */
  body: Uint8Array
  kept: number
  /** Bytes of the body are missing: what follows them is not kept. */
  gap: boolean
  /** Body bytes went beyond `bodyKeep`. */
  capped: boolean
  first: Place
  last: Place
}

const EMPTY = new Uint8Array(0)
const NO_HEADERS: readonly Header[] = []

/** A message of which nothing is known, also what stands for a request that was never seen. */
export function draft(first: Place, anomalies: string[] = []): Draft {
  return {
    method: '',
    target: '',
    status: 0,
    reason: '',
    version: '',
    headers: NO_HEADERS,
    anomalies,
    authority: '',
    codings: '',
    upgrade: '',
    length: 0,
    headLength: 0,
    trailers: NO_HEADERS,
    bodyBytes: 0,
    body: EMPTY,
    kept: 0,
    gap: false,
    capped: false,
    first,
    last: first,
  }
}

/**
 * Adds body bytes [from, to) and keeps a copy up to the limit; returns how many of them were kept. `passing`: it is a whole
 * body that is handed on at once.
 */
export function addBody(
  message: Draft,
  bytes: Uint8Array,
  from: number,
  to: number,
  limits: ProtocolLimits,
  passing: boolean,
): number {
  message.bodyBytes += to - from
  if (message.gap) return 0
  const take = Math.min(to - from, limits.bodyKeep - message.kept)
  if (take < to - from) message.capped = true
  if (take <= 0) return 0
  if (message.kept === 0) {
    // Most bodies are in one chunk: an exact copy is all there is to do.
    message.body = (passing ? PASSING : WAITING).room(take)
  } else if (message.kept + take > message.body.length) {
    const grown = new Uint8Array(Math.min(limits.bodyKeep, Math.max(2 * message.body.length, message.kept + take)))
    grown.set(message.body.subarray(0, message.kept))
    message.body = grown
  }
  const { body, kept } = message
  body.set(from === 0 && take === bytes.length ? bytes : bytes.subarray(from, from + take), kept)
  message.kept += take
  return take
}

/** Room for small bodies is a view of a slab that they share: it costs a fifth of an allocation of its own. */
class Slabs {
  readonly #size: number
  readonly #largest: number
  #slab = new ArrayBuffer(0)
  #used = 0

  constructor(size: number, largest: number) {
    this.#size = size
    this.#largest = largest
  }

  room(length: number): Uint8Array {
    if (length > this.#largest) return new Uint8Array(length)
    if (this.#used + length > this.#slab.byteLength) {
      this.#slab = new ArrayBuffer(this.#size)
      this.#used = 0
    }
    const room = new Uint8Array(this.#slab, this.#used, length)
    this.#used += length
    return room
  }
}

/** For bodies that are handed on at once. */
const PASSING = new Slabs(16_384, 2048)
/** For those that wait. Each may be the last one to keep its slab: `sizeOf` counts all of it. */
const WAITING_SLAB = 2048
const SMALL = 256
const WAITING = new Slabs(WAITING_SLAB, SMALL)

/** Kept body without the spare room behind it; null when there is none. */
export function keptBody(message: Draft): Uint8Array | null {
  if (message.kept === 0) return null
  return message.kept === message.body.length ? message.body : message.body.slice(0, message.kept)
}

/** Memory it takes, about: what a budget counts. */
export function sizeOf(message: Draft): number {
  const { length } = message.body
  const body = length > 0 && length <= SMALL ? WAITING_SLAB : length
  return 256 + body + message.headLength + 32 * message.headers.length
}

/** A draft out of a snapshot, whose bytes are a view of the encoded whole. */
export function ownDraft(message: Draft): Draft {
  return { ...message, body: message.body.slice(0, message.kept) }
}
