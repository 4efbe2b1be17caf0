/** Test support: frames as they are on the wire, and handshakes. */
import { deflateRawSync } from 'node:zlib'

export interface FrameOptions {
  readonly fin?: boolean
  readonly rsv1?: boolean
  /** Null: not masked. */
  readonly key?: readonly number[] | null
}

const KEY = [0x37, 0xfa, 0x21, 0x3d]

/** A frame in the shortest form. */
export function frame(opcode: number, payload: Uint8Array, { fin = true, rsv1 = false, key = null }: FrameOptions = {}): Uint8Array {
  const { length } = payload
  const mask = key === null ? 0 : 128
  const size =
    length < 126
      ? [mask | length]
      : length < 65_536
        ? [mask | 126, length >> 8, length & 255]
        : [mask | 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255]
  const body = key === null ? payload : payload.map((byte, i) => byte ^ key[i % 4]!)
  return Buffer.concat([Uint8Array.of((fin ? 128 : 0) | (rsv1 ? 64 : 0) | opcode, ...size, ...(key ?? [])), body])
}

/** A text as a client sends it. */
export function fromClient(text: string, options: FrameOptions = {}): Uint8Array {
  return frame(1, Buffer.from(text), { key: KEY, ...options })
}

export function fromServer(text: string, options: FrameOptions = {}): Uint8Array {
  return frame(1, Buffer.from(text), options)
}

/** A message as a compressor without earlier messages sends it (RFC 7692 §7.2.1). */
export function deflated(text: string): Uint8Array {
  return deflateRawSync(Buffer.from(text), { finishFlush: 2 }).subarray(0, -4)
}

/** Header lines of the client: all that a handshake needs (the key and its answer are those of RFC 6455 §1.3). */
export function asks(extensions = ''): string {
  const offered = extensions === '' ? '' : `Sec-WebSocket-Extensions: ${extensions}\r\n`
  return `GET /chat?room=1 HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${offered}\r\n`
}

export function agrees(extensions = ''): string {
  const used = extensions === '' ? '' : `Sec-WebSocket-Extensions: ${extensions}\r\n`
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n${used}\r\n`
}
