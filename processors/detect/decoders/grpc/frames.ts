/**
 * Length-prefixed messages (gRPC over HTTP/2; PROTOCOL-WEB for browsers):
 *
 *   body = *( flags(8) length(32) message )          flags: 1 compressed, 0x80 trailers (gRPC-Web)
 *
 * In `application/grpc-web-text` the same in base64.
 */
const PREFIX = 5

export interface GrpcFrame {
  readonly flags: number
  readonly message: Buffer
}

/** At most `most` messages; of one that is cut off, what there is; what is no frame is a message of its own. */
export function framesOf(bytes: Buffer, most: number): readonly GrpcFrame[] {
  const frames: GrpcFrame[] = []
  let at = 0
  while (at + PREFIX <= bytes.length && frames.length < most) {
    const flags = bytes[at]!
    if ((flags & 0x7e) !== 0) break
    const end = at + PREFIX + bytes.readUInt32BE(at + 1)
    frames.push({ flags, message: bytes.subarray(at + PREFIX, end) })
    at = end
  }
  if (at < bytes.length) frames.push({ flags: 0, message: bytes.subarray(at) })
  return frames
}

/** Frames in base64 begin with a letter, which flags never are. */
export function isBase64Frames(bytes: Uint8Array): boolean {
  const first = bytes[0]!
  return first !== 0 && first !== 1 && /^[A-Za-z0-9+/]{4}/.test(String.fromCharCode(...bytes.subarray(0, 4)))
}
