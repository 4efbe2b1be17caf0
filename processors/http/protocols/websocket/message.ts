/** A message, or the payload of a control frame, while its bytes come. Plain data: a snapshot is the thing itself. */
import type { Place } from '#schemas/contracts/protocol.ts'
import type { Frame } from './frame.ts'

export interface Draft {
  /** Of its first frame. */
  readonly opcode: number
  /** Its payload is compressed (RFC 7692 §6). */
  readonly compressed: boolean
  frames: number
  /** Payload bytes of its frames. */
  bytes: number
  /** What is kept of them, unmasked, is the first `kept` of `body`. */
  body: Uint8Array
  kept: number
  /** Bytes of it are missing: what follows them is not kept. */
  gap: boolean
  /** Bytes went beyond the limit. */
  capped: boolean
  readonly anomalies: string[]
  readonly first: Place
  last: Place
}

const EMPTY = new Uint8Array(0)

export function draft(opcode: number, compressed: boolean, first: Place): Draft {
  return {
    opcode,
    compressed,
    frames: 0,
    bytes: 0,
    body: EMPTY,
    kept: 0,
    gap: false,
    capped: false,
    anomalies: [],
    first,
    last: first,
  }
}

/** Takes payload bytes [from, to), the first of them being number `position` of the frame; returns how many were kept. */
export function addPayload(
  message: Draft,
  bytes: Uint8Array,
  from: number,
  to: number,
  key: Frame['key'],
  position: number,
  limit: number,
): number {
  message.bytes += to - from
  if (message.gap) return 0
  const take = Math.min(to - from, limit - message.kept)
  if (take < to - from) message.capped = true
  if (take <= 0) return 0
  const { kept } = message
  if (kept + take > message.body.length) {
    const grown = new Uint8Array(Math.min(limit, kept === 0 ? take : Math.max(2 * message.body.length, kept + take)))
    grown.set(message.body.subarray(0, kept))
    message.body = grown
  }
  const { body } = message
  if (key === null) body.set(bytes.subarray(from, from + take), kept)
  else for (let i = 0; i < take; i++) body[kept + i] = bytes[from + i]! ^ key[(position + i) & 3]!
  message.kept += take
  return take
}

/** What is kept, without the spare room behind it; null when there is nothing. */
export function keptBody(message: Draft): Uint8Array | null {
  if (message.kept === 0) return null
  return message.kept === message.body.length ? message.body : message.body.slice(0, message.kept)
}

/** Each name once. */
export function add(anomalies: string[], kind: string): void {
  if (!anomalies.includes(kind)) anomalies.push(kind)
}

/** Memory it takes, about. */
export function sizeOf(message: Draft | null): number {
  return message === null ? 0 : 256 + message.body.length
}

/** A draft out of a snapshot, whose bytes are a view of the encoded whole. */
export function ownDraft(message: Draft): Draft {
  return { ...message, anomalies: [...message.anomalies], body: message.body.slice(0, message.kept) }
}
