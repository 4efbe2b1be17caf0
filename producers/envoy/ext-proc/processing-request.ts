/**
 * `envoy.service.ext_proc.v3.ProcessingRequest`, as much of it as is of interest (numbers are those of the public API):
 *
 *   ProcessingRequest  2 request_headers   3 response_headers: HttpHeaders    4 request_body    5 response_body: HttpBody
 *                      6 request_trailers  7 response_trailers: HttpTrailers  9 attributes: map<string, Struct>
 *                     10 observability_mode: bool                            11 protocol_config: ProtocolConfiguration
 *   HttpHeaders        1 headers: HeaderMap   3 end_of_stream: bool
 *   HttpBody           1 body: bytes          2 end_of_stream: bool
 *   HttpTrailers       1 trailers: HeaderMap
 *   HeaderMap          1 headers: repeated HeaderValue      HeaderValue  1 key  2 value  3 raw_value
 *   ProtocolConfiguration  1 request_body_mode  2 response_body_mode: 0 none, 1 streamed, 2 buffered, 3 buffered_partial,
 *                                                                     4 full_duplex_streamed, 5 grpc
 *
 * Of a field that occurs twice the last one counts.
 */
import { Refused } from '#schemas/contracts/errors.ts'
import type { MessageHeader } from '#schemas/records/message.ts'
import { Fields } from './protobuf.ts'

/** Also the number of its field. */
export const PART = {
  requestHeaders: 2,
  responseHeaders: 3,
  requestBody: 4,
  responseBody: 5,
  requestTrailers: 6,
  responseTrailers: 7,
} as const
export type Part = (typeof PART)[keyof typeof PART]

const FULL_DUPLEX_STREAMED = 4
const GRPC = 5

/** What must be known for an answer: found without looking into the parts. */
export interface Envelope {
  readonly part: Part
  /** The part: a message. */
  readonly content: Buffer
  /** Nobody waits for an answer. */
  readonly observed: boolean
  /** Structs with attributes, each a message. Most often none. */
  readonly attributes: readonly Buffer[]
  /** Comes with the first message of a stream, from Envoy 1.34 on. */
  readonly modes: BodyModes | null
}

/** How bodies are sent, by half. */
export interface BodyModes {
  readonly request: BodyMode
  readonly response: BodyMode
}

/**
 *  - `none`: not at all.
 *  - `answered`: an answer each lets them pass as they are.
 *  - `replaced`: Envoy keeps nothing; what is answered is the body.
 *  - `unknown`: of a newer Envoy, or grpc, which this server does not speak.
 */
export type BodyMode = 'none' | 'answered' | 'replaced' | 'unknown'

/** What an older Envoy does, which does not tell. */
export const UNTOLD: BodyModes = { request: 'answered', response: 'answered' }

const NONE: readonly Buffer[] = []

/** Throws `Refused`. */
export function readEnvelope(bytes: Buffer): Envelope {
  let part: Part | null = null
  let content = bytes
  let observed = false
  let attributes = NONE
  let modes: BodyModes | null = null
  const fields = new Fields(bytes)
  while (fields.next()) {
    const { number } = fields
    if (number >= PART.requestHeaders && number <= PART.responseTrailers) {
      part = number as Part
      content = fields.view()
    } else if (number === 9) attributes = [...attributes, ...attributesIn(fields.message())]
    else if (number === 10) observed = fields.value !== 0
    else if (number === 11) modes = modesIn(fields.message())
  }
  if (part === null) throw new Refused('message-malformed', 'protobuf: a request of a kind that is not known')
  return { part, content, observed, attributes, modes }
}

/** The Struct of a map entry. */
function attributesIn(entry: Fields): Buffer[] {
  const structs: Buffer[] = []
  while (entry.next()) if (entry.number === 2) structs.push(entry.view())
  return structs
}

function modesIn(config: Fields): BodyModes {
  let [request, response]: BodyMode[] = ['none', 'none']
  while (config.next()) {
    if (config.number === 1) request = modeOf(config.value)
    else if (config.number === 2) response = modeOf(config.value)
  }
  return { request: request!, response: response! }
}

function modeOf(code: number): BodyMode {
  if (code === 0) return 'none'
  if (code === FULL_DUPLEX_STREAMED) return 'replaced'
  return code < GRPC ? 'answered' : 'unknown'
}

export interface HttpHeaders {
  readonly headers: readonly MessageHeader[]
  readonly endOfStream: boolean
}

/** Of headers and, where `endOfStream` is false, of trailers. */
export function readHeaders(content: Buffer): HttpHeaders {
  let headers: MessageHeader[] = []
  let endOfStream = false
  const fields = new Fields(content)
  while (fields.next()) {
    if (fields.number === 1) headers = headerMap(fields.message())
    else if (fields.number === 3) endOfStream = fields.value !== 0
  }
  return { headers, endOfStream }
}

function headerMap(map: Fields): MessageHeader[] {
  const headers: MessageHeader[] = []
  while (map.next()) {
    if (map.number !== 1) continue
    let [name, value] = ['', '']
    const header = map.message()
    while (header.next()) {
      if (header.number === 1) name = header.text()
      // Envoy fills one of the two.
      else if (header.number === 2 || header.number === 3) value = header.end > header.start ? header.text() : value
    }
    if (name !== '') headers.push([name, value])
  }
  return headers
}

export interface HttpBody {
  /** A view. */
  readonly body: Buffer
  readonly endOfStream: boolean
}

export function readBodyPart(content: Buffer): HttpBody {
  let body = content.subarray(0, 0)
  let endOfStream = false
  const fields = new Fields(content)
  while (fields.next()) {
    if (fields.number === 1) body = fields.view()
    else if (fields.number === 2) endOfStream = fields.value !== 0
  }
  return { body, endOfStream }
}
