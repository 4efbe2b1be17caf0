/** Finished messages as records: the handshake's request and response with the message as the body of one of them. */
import { isUtf8 } from 'node:buffer'
import type { Direction, ProtocolExchange, ProtocolLimits, Upgraded } from '#schemas/contracts/protocol.ts'
import type { Message } from '#schemas/records/exchange.ts'
import { readClose } from './close.ts'
import { OPCODE } from './frame.ts'
import type { Inflated, Inflater } from './inflate.ts'
import { add, type Draft, keptBody } from './message.ts'

type Body = Pick<Message, 'bodyBytes' | 'decodedBytes' | 'body' | 'content'>

/** A message without a body. */
export const NOTHING: Body = { bodyBytes: 0, decodedBytes: null, body: null, content: null }

/** `inflater`: null when there is no compression. */
export function recordOf(
  handshake: Upgraded,
  dir: Direction,
  message: Draft,
  inflater: Inflater | null,
  limits: ProtocolLimits,
): ProtocolExchange {
  const { request, response, authority, anomalies } = handshake.exchange
  const close = message.opcode === OPCODE.close ? readClose(keptBody(message)) : null
  const payload = close === null ? bodyOf(message, inflater, limits) : reasonOf(message, close.reason)
  if (close?.anomaly != null) add(message.anomalies, close.anomaly)
  return {
    request: dir === 0 ? { ...request, ...payload } : request,
    response: dir === 0 || response === null ? null : { ...response, ...payload },
    stream: null,
    authority,
    requestSpan: { first: message.first, last: message.last },
    responseSpan: null,
    anomalies: message.anomalies,
    message: {
      from: dir === 0 ? 'client' : 'server',
      kind: close !== null ? 'close' : message.opcode === OPCODE.text ? 'text' : 'binary',
      exchange: handshake.ordinal,
      frames: message.frames,
      code: close === null ? null : close.code,
      handshake: anomalies,
    },
  }
}

/** What there is to read in a close frame is its reason. */
function reasonOf(message: Draft, reason: Uint8Array | null): Body {
  return { bodyBytes: message.bytes, decodedBytes: null, body: reason, content: reason }
}

function bodyOf(message: Draft, inflater: Inflater | null, limits: ProtocolLimits): Body {
  const body = keptBody(message)
  const whole = !message.capped && !message.gap
  if (message.capped) add(message.anomalies, 'websocket.message-cut')
  const { content, anomaly } = message.compressed
    ? inflated(body, whole, inflater, limits)
    : { content: body, anomaly: null }
  if (anomaly !== null) add(message.anomalies, anomaly)
  else if (message.opcode === OPCODE.text && whole && content !== null && !isUtf8(content)) {
    add(message.anomalies, 'websocket.bad-utf8')
  }
  const decoded = content === null || content === body ? null : content
  return { bodyBytes: message.bytes, decodedBytes: decoded?.length ?? null, body, content: decoded ?? body }
}

/** Content is null when nothing of it decodes, or shall be. */
function inflated(
  body: Uint8Array | null,
  whole: boolean,
  inflater: Inflater | null,
  limits: ProtocolLimits,
): Inflated {
  if (inflater === null || body === null || !limits.decodeContent) return { content: null, anomaly: null }
  return inflater.inflate(body, whole, { bytes: limits.decodedBytes, ratio: limits.decodedRatio })
}
