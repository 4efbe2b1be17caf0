import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { contentType, isGrpc } from '../../text/content-type.ts'
import { ProtobufReader } from '../../text/protobuf.ts'
import { framesOf, isBase64Frames } from './frames.ts'
import { inflated } from './inflated.ts'

/**
 * Messages of gRPC, gRPC-Web and streams of Connect: each one in Protocol Buffers, by field numbers, or in JSON. Of several messages each has its
 * number. The text is one character per byte.
 */
export default {
  name: 'grpc',
  container: true,
  wakes: {},
  fits: (text, point, exchange) =>
    point.length === 1 && point[0] === 'post' && text !== '' && isGrpc(contentType(exchange)),
  decode(text, _point, limits, out) {
    const bytes = Buffer.from(text, 'latin1')
    const frames = framesOf(isBase64Frames(bytes) ? Buffer.from(text, 'base64') : bytes, limits.values)
    for (const [i, { flags, message }] of frames.entries()) {
      const point = frames.length > 1 ? ['grpc', 'array', String(i)] : ['grpc']
      const plain = (flags & COMPRESSED) !== 0 ? inflated(message) : message
      if (plain === null) return 'too-large'
      if ((flags & TRAILERS) !== 0 || isJson(plain)) {
        if (!out(point, plain.toString('utf8'))) return 'whole'
        continue
      }
      const reader = new ProtobufReader(plain, [...point, 'protobuf'], limits, out)
      if (!reader.read()) return 'too-deep'
      if (reader.spent) return 'whole'
    }
    return 'whole'
  },
  // Lengths and tags may be letters: what begins behind one is no word to the sieve.
  crowded: () => true,
} satisfies DecoderSpec

const COMPRESSED = 1

/** gRPC-Web sends trailers as the last message, `name: value` in lines. */
const TRAILERS = 0x80

/** `application/grpc+json`: no message of Protocol Buffers begins like an object (a group of field 15 would). */
function isJson(message: Uint8Array): boolean {
  return message[0] === 123 && message.at(-1) === 125
}
