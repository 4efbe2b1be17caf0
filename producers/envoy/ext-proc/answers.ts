/**
 * What lets Envoy go on: `ProcessingResponse` with CONTINUE and no change, as gRPC messages.
 *
 *   ProcessingResponse  1 request_headers  2 response_headers  3 request_body  4 response_body  5 request_trailers
 *                       6 response_trailers, each with an empty message
 *
 * Where Envoy keeps nothing of a body (FULL_DUPLEX_STREAMED), what it sent is what it gets:
 *
 *   BodyResponse 1 response: CommonResponse 3 body_mutation: BodyMutation 3 streamed_response: StreamedBodyResponse
 *     1 body: bytes  2 end_of_stream: bool
 */
import { type HttpBody, PART, type Part } from './processing-request.ts'

/** A part's number in the answer is one less than in the request (2, 3, 4, …). */
const numberOf = (part: Part): number => part - 1
const keyOf = (number: number): number => (number << 3) | 2

const UNCHANGED: ReadonlyMap<Part, Buffer> = new Map(
  Object.values(PART).map(part => [part, Buffer.from([0, 0, 0, 0, 2, keyOf(numberOf(part)), 0])]),
)

/** Shared: not to be written to. */
export function unchanged(part: Part): Buffer {
  return UNCHANGED.get(part)!
}

export function sameBody(
  part: typeof PART.requestBody | typeof PART.responseBody,
  { body, endOfStream }: HttpBody,
): Buffer {
  const end = Buffer.from(endOfStream ? [0x10, 1] : [])
  const begin = body.length === 0 ? body : Buffer.concat([header(1, body.length), body])
  let length = begin.length + end.length
  const headers: Buffer[] = []
  for (const number of [3, 3, 1, numberOf(part)]) {
    const outer = header(number, length)
    headers.unshift(outer)
    length += outer.length
  }
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(length, 1)
  return Buffer.concat([prefix, ...headers, begin, end])
}

/** Key and length of a field that holds bytes. */
function header(number: number, length: number): Buffer {
  const bytes = [keyOf(number)]
  let rest = length
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}
