/** The response side: what a status line and its fields mean. */

import type { Place } from '#schemas/contracts/protocol.ts'
import { add } from '../../message/anomalies.ts'
import { UNTIL_CLOSE } from '../../message/length.ts'
import { type Draft, draft } from '../../message/message.ts'
import { display } from '../../message/text.ts'
import type { Fields } from './fields.ts'
import { ofResponse, responseBody } from './framing.ts'
import { codings, upgrade } from './request.ts'
import type { StatusLine } from './start-line.ts'

const PREFIX = [72, 84, 84, 80, 47] // HTTP/

/** Compares with `HTTP/`, in any case, as far as there are bytes. */
export function lookAtResponse(bytes: Uint8Array, at: number): 'message' | 'garbage' | 'more' {
  for (let i = 0; i < PREFIX.length; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return 'more'
    if (byte !== PREFIX[i] && byte - 32 !== PREFIX[i]) return 'garbage'
  }
  return 'message'
}

/** `method` of the request that it answers; empty when that was not seen. */
export function responseHead(
  line: StatusLine,
  fields: Fields,
  method: string,
  anomalies: string[],
  first: Place,
): Draft {
  for (const kind of line.anomalies) add(anomalies, kind)
  if (fields.hidesFraming) add(anomalies, ofResponse('http1.hidden-framing-field'))
  const message = draft(first, anomalies)
  message.status = line.status
  message.reason = fields.ascii ? line.reason : display(line.reason)
  message.version = line.version
  message.headers = fields.headers
  message.codings = codings(fields)
  message.upgrade = upgrade(fields)
  message.length = responseBody(fields, line.version, line.status, method, anomalies)
  return message
}

/** HTTP/0.9: the answer is the body, until the connection closes. */
export function simpleResponse(first: Place): Draft {
  const message = draft(first)
  message.version = '0.9'
  message.length = UNTIL_CLOSE
  return message
}
