/** Halves of exchanges from and to MessagePack (schemas/records/message.ts). */
import { Encoder } from '@msgpack/msgpack'
import type { z } from 'zod'
import { Refused } from '#schemas/contracts/errors.ts'
import { MESSAGE_VERSION, type MessageHalf } from '#schemas/records/message.ts'
import { boundsOf, type MessageLimits } from './bounds.ts'
import { decodeInto, KeyNames } from './decode.ts'
import { blank, FIELDS, KEYS, shapes } from './shape.ts'

export type { MessageLimits } from './bounds.ts'

const MIB = 1024 ** 2

/** The largest that a processor takes. */
export const MESSAGE_LIMITS: MessageLimits = { bytes: 64 * MIB, text: 8 * MIB, values: 65_536 }

export interface Checked {
  readonly half: MessageHalf
  /** Top-level keys that this version does not know: left out. Most often none. */
  readonly unknown: readonly string[]
}

const encoder = new Encoder({ ignoreUndefined: true })
const keys = new KeyNames(KEYS)

export function encodeMessage(half: MessageHalf): Uint8Array<ArrayBuffer> {
  return encoder.encode(half)
}

/** Where each of several concatenated messages begins and ends. Throws `Refused` at the first that is out of bounds. */
export function* messages(bytes: Uint8Array, limits: MessageLimits): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const { end } = boundsOf(bytes, at, limits)
    yield bytes.subarray(at, end)
    at = end
  }
}

/**
 * One message. `body` is a view of `bytes`. Throws `Refused`: `message-malformed`, `message-too-large`, or `message-version`; its
 * text names the key.
 */
export function checkMessage(bytes: Uint8Array, limits: MessageLimits = MESSAGE_LIMITS): Checked {
  const { end, ascii } = boundsOf(bytes, 0, limits)
  if (end < bytes.length) throw malformed(`${bytes.length - end} bytes behind it`)
  const value = blank()
  const unknown = decodeInto(value, FIELDS, bytes, ascii, keys)
  const { v, half } = value
  if (typeof v === 'number' && v !== MESSAGE_VERSION) {
    throw new Refused('message-version', `message: version ${v}, only ${MESSAGE_VERSION} is known`)
  }
  if (half !== 'request' && half !== 'response') throw malformed('half: expected "request" or "response"')
  const parsed = shapes[half].safeParse(value)
  if (!parsed.success) throw malformed(problem(parsed.error))
  const found: MessageHalf = parsed.data
  if (found.body.length > found.bodyBytes) throw malformed('body: longer than bodyBytes')
  return { half: found, unknown }
}

/** The first thing that is wrong: `tls.peerCertificate.uris.0: …`. */
function problem(error: z.ZodError): string {
  const issue = error.issues[0]!
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`
}

function malformed(what: string): Refused {
  return new Refused('message-malformed', `message: ${what}`)
}
