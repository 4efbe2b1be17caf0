/**
 * MessagePack of plain data. One encoder and one decoder for all: the package's own `encode` makes a new one, with a buffer of
 * 2 KiB, for every call, and a checkpoint makes hundreds of thousands of calls.
 */
import { Decoder, Encoder } from '@msgpack/msgpack'

const encoder = new Encoder()
const decoder = new Decoder()

/** Bytes of their own. */
export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(value)
}

/** Throws when the bytes are no MessagePack. */
export function unpack(bytes: Uint8Array): unknown {
  return decoder.decode(bytes)
}
