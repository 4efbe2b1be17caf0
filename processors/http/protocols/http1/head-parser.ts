/** Heads and trailers out of text: the part of a reader that knows no states. */
import type { Place, ProtocolLimits } from '#schemas/contracts/protocol.ts'
import { add } from '../../message/anomalies.ts'
import type { Draft } from '../../message/message.ts'
import { asBuffer, isPlain, latin1, oddities } from '../../message/text.ts'
import { Fields, parseFields } from './fields.ts'
import { ofResponse } from './framing.ts'
import type { Side } from './states.ts'

export class HeadParser<Start> {
  /** Anomalies for the next message: what was skipped before it. */
  pending: string[] = []
  /** Length of the head or trailer section that was read last. */
  length = 0
  readonly #side: Side<Start>
  readonly #limits: ProtocolLimits

  constructor(side: Side<Start>, limits: ProtocolLimits) {
    this.#side = side
    this.#limits = limits
  }

  /** Makes a message of a head: `fieldsAt` is where its second line begins. Null when it was an interim response. */
  begin(text: string, start: Start, fieldsAt: number, first: Place, last: Place): Draft | null {
    const simple = this.#side.isSimple(start)
    const anomalies = this.pending
    this.pending = []
    const fields = new Fields()
    this.length = fieldsAt
    if (fieldsAt >= 2 && text.charCodeAt(fieldsAt - 1) === 10 && text.charCodeAt(fieldsAt - 2) !== 13) {
      add(anomalies, 'http1.bare-lf')
    }
    if (fieldsAt > 2 && text.lastIndexOf('\r', fieldsAt - 3) >= 0) add(anomalies, 'http1.bare-cr')
    if (!simple) this.#fields(text, fieldsAt, fields, anomalies)
    return this.#begin(start, fields, anomalies, this.length, first, last)
  }

  /** The same for a head that `scanPlainHead` has just found. */
  beginPlain(start: Start, fields: Fields, length: number, first: Place, last: Place): Draft | null {
    const anomalies = this.pending
    this.pending = []
    fields.ascii = true
    return this.#begin(start, fields, anomalies, length, first, last)
  }

  #begin(
    start: Start,
    fields: Fields,
    anomalies: string[],
    headLength: number,
    first: Place,
    last: Place,
  ): Draft | null {
    const message = this.#side.head(start, fields, anomalies, first)
    message.headLength = headLength
    message.last = last
    return this.#side.began(message) ? message : null
  }

  trailers(text: string, message: Draft): void {
    const fields = new Fields()
    this.#fields(text, 0, fields, message.anomalies)
    message.trailers = fields.headers
    const { contentLength, transferEncoding, host, hidesFraming } = fields
    // RFC 9110 §6.5.1: who merges trailers into the head reads another message.
    if (contentLength !== null || transferEncoding !== null || host !== null || hidesFraming) {
      const kind = 'http1.framing-field-in-trailers'
      add(message.anomalies, message.status > 0 ? ofResponse(kind) : kind)
    }
  }

  #fields(text: string, at: number, fields: Fields, anomalies: string[]): void {
    const plain = isPlain(text)
    if (!plain) for (const kind of oddities(text)) add(anomalies, kind)
    this.length = parseFields(text, at, plain, this.#limits.headers, fields, anomalies)
  }
}

const EMPTY_LINE = Buffer.from('\n\r\n')

/** Index after the first empty line, searching from `from`; negative when it is not within the bytes before `limit`. */
export function findHeadEnd(bytes: Uint8Array, from: number, limit: number): number {
  const buffer = asBuffer(bytes)
  const crlf = buffer.indexOf(EMPTY_LINE, from)
  if (crlf >= 0 && crlf + 3 <= limit) return crlf + 3 // an earlier "\n\n" is seen by sectionText
  const lf = buffer.indexOf('\n\n', from, 'latin1')
  return lf >= 0 && lf + 2 <= limit ? lf + 2 : -1
}

/** The bytes up to `end` (from `findHeadEnd`), or up to an empty line that ends with bare LF before it. */
export function sectionText(bytes: Uint8Array, at: number, end: number): string {
  const text = latin1(bytes, at, end)
  const bare = text.indexOf('\n\n')
  return bare < 0 ? text : text.slice(0, bare + 2)
}

/** End of the line that `nl` ends (or the text's end), without its CR. */
export function lineEnd(text: string, nl: number): number {
  const end = nl < 0 ? text.length : nl
  return end > 0 && text.charCodeAt(end - 1) === 13 ? end - 1 : end
}
