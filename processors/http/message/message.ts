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
    message.body = passing ? fromSlab(take) : new Uint8Array(take)
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

/**
 * Room for a body that is handed on at once: a view of a shared slab costs a fifth of an allocation of its own. Not for
 * bodies that wait: a small one would keep its whole slab alive.
 */
function fromSlab(length: number): Uint8Array {
  if (length > SLAB / 8) return new Uint8Array(length)
  if (slabUsed + length > SLAB) {
    slab = new ArrayBuffer(SLAB)
    slabUsed = 0
  }
  const room = new Uint8Array(slab, slabUsed, length)
  slabUsed += length
  return room
}

const SLAB = 16_384
let slab = new ArrayBuffer(SLAB)
let slabUsed = 0

/** Kept body without the spare room behind it; null when there is none. */
export function keptBody(message: Draft): Uint8Array | null {
  if (message.kept === 0) return null
  return message.kept === message.body.length ? message.body : message.body.slice(0, message.kept)
}

/** Memory it takes, about: what a budget counts. */
export function sizeOf(message: Draft): number {
  return 256 + message.body.length + message.headLength + 32 * message.headers.length
}

/** A draft out of a snapshot, whose bytes are a view of the encoded whole. */
export function ownDraft(message: Draft): Draft {
  return { ...message, body: message.body.slice(0, message.kept) }
}
