import type { DecoderSpec } from '#schemas/contracts/detector.ts'
import { contentType, isProtobuf } from '../../text/content-type.ts'
import { ProtobufReader } from '../../text/protobuf.ts'

/** A body of Protocol Buffers, by field numbers. Its text is one character per byte. */
export default {
  name: 'protobuf',
  container: true,
  wakes: {},
  fits: (text, point, exchange) =>
    point.length === 1 && point[0] === 'post' && text !== '' && isProtobuf(contentType(exchange)),
  decode(text, _point, limits, out) {
    return new ProtobufReader(Buffer.from(text, 'latin1'), ['protobuf'], limits, out).read() ? 'whole' : 'too-deep'
  },
  // Lengths and tags may be letters: what begins behind one is no word to the sieve.
  crowded: () => true,
} satisfies DecoderSpec
