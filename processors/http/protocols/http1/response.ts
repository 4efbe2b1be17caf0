/** The response side: what a status line and its fields mean. */
import { add, type Fields } from './fields.ts'
import { responseBody, UNTIL_CLOSE } from './framing.ts'
import type { Head } from './message.ts'
import { codings, upgrade } from './request.ts'
import type { StatusLine } from './start-line.ts'
import { display } from './text.ts'

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
export function responseHead(line: StatusLine, fields: Fields, method: string, anomalies: string[]): Head {
  for (const kind of line.anomalies) add(anomalies, kind)
  return {
    method: '',
    target: '',
    status: line.status,
    reason: display(line.reason),
    version: line.version,
    headers: fields.headers,
    anomalies,
    authority: '',
    codings: codings(fields),
    upgrade: upgrade(fields),
    length: responseBody(fields, line.version, line.status, method, anomalies),
  }
}

/** HTTP/0.9: the answer is the body, until the connection closes. */
export function simpleResponse(): Head {
  return {
    method: '',
    target: '',
    status: 0,
    reason: '',
    version: '0.9',
    headers: [],
    anomalies: [],
    authority: '',
    codings: '',
    upgrade: '',
    length: UNTIL_CLOSE,
  }
}
