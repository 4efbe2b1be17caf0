/** Writes HTTP/2: frames (RFC 9113 §4.1), and header blocks (RFC 7541) by a deliberately simple encoder. */
import { CODES } from '#processors/http/protocols/http2/hpack/huffman-code.ts'
import { STATIC } from '#processors/http/protocols/http2/hpack/static-table.ts'
import type { Header } from '#schemas/records/exchange.ts'

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(0),
): Buffer<ArrayBuffer> {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(6 * pairs.length)
  for (const [i, [id, value]] of pairs.entries()) {
    payload.writeUInt16BE(id, 6 * i)
    payload.writeUInt32BE(value, 6 * i + 2)
  }
  return frame(4, 0, 0, payload)
}

export const SETTINGS_ACK = frame(4, 1, 0)

export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function integer(value: number, prefix: number, first: number): number[] {
  const most = 2 ** prefix - 1
  if (value < most) return [first | value]
  const octets = [first | most]
  let rest = value - most
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 128)
  return [...octets, rest]
}

const BY_SYMBOL = new Map(CODES.map(code => [code.symbol, code]))

export function huffman(text: Uint8Array): Buffer {
  let bits = ''
  for (const byte of text) {
    const { code, bits: length } = BY_SYMBOL.get(byte)!
    bits += code.toString(2).padStart(length, '0')
  }
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1')
  return Buffer.from(
    Array.from({ length: bits.length / 8 }, (_, i) => Number.parseInt(bits.slice(8 * i, 8 * i + 8), 2)),
  )
}

/** How a field is written. `index`: by its table entry where there is one. */
export type Style = 'index' | 'insert' | 'plain' | 'never'

/** Keeps the table as the RFC tells it, with nothing left out and nothing fast. */
export class Encoder {
  #entries: { readonly name: string; readonly value: string }[] = []
  #max = 4096

  get entries(): number {
    return this.#entries.length
  }

  /** `style`: of each field; `coded`: its strings in the Huffman code. */
  block(headers: readonly Header[], style: (i: number) => Style, coded: (i: number) => boolean): Buffer {
    return Buffer.concat(headers.map(([name, value], i) => this.#field(name, value, style(i), coded(i))))
  }

  /** A dynamic table size update. */
  resize(max: number): Buffer {
    this.#max = max
    this.#evict(0)
    return Buffer.from(integer(max, 5, 0x20))
  }

  #field(name: string, value: string, style: Style, coded: boolean): Buffer {
    const whole = this.#find(entry => entry.name === name && entry.value === value)
    if (style === 'index' && whole > 0) return Buffer.from(integer(whole, 7, 0x80))
    const insert = style === 'insert' || style === 'index'
    const named = this.#find(entry => entry.name === name)
    const [prefix, first] = insert ? [6, 0x40] : [4, style === 'never' ? 0x10 : 0]
    const parts: Uint8Array[] = [Buffer.from(integer(named, prefix, first))]
    if (named === 0) parts.push(string(name, coded))
    parts.push(string(value, coded))
    if (insert) this.#insert(name, value)
    return Buffer.concat(parts)
  }

  /** Index of the first entry that fits; 0 when there is none. */
  #find(fits: (entry: { readonly name: string; readonly value: string }) => boolean): number {
    const own = STATIC.findIndex((field, i) => i > 0 && fits({ name: field.header[0], value: field.header[1] }))
    if (own > 0) return own
    const at = this.#entries.findIndex(fits)
    return at < 0 ? 0 : STATIC.length + at
  }

  #insert(name: string, value: string): void {
    const size = name.length + value.length + 32
    this.#evict(size)
    if (size <= this.#max) this.#entries.unshift({ name, value })
  }

  #evict(room: number): void {
    const size = () => this.#entries.reduce((sum, { name, value }) => sum + name.length + value.length + 32, 0)
    while (this.#entries.length > 0 && size() + room > this.#max) this.#entries.pop()
  }
}

function string(text: string, coded: boolean): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  const sent = coded ? huffman(bytes) : bytes
  return Buffer.concat([Buffer.from(integer(sent.length, 7, coded ? 0x80 : 0)), sent])
}

/** One end of a connection that writes plainly: every field indexed where it can be, in the Huffman code. */
export class Peer {
  readonly encoder = new Encoder()

  /** HEADERS; `parts`: how many frames the block is cut into. */
  headers(stream: number, headers: readonly Header[], options: { end?: boolean; parts?: number } = {}): Buffer {
    const block = this.encoder.block(
      headers,
      () => 'index',
      () => true,
    )
    return blockFrames(1, stream, block, options.end === true ? 1 : 0, options.parts ?? 1)
  }

  promise(stream: number, promised: number, headers: readonly Header[]): Buffer {
    const block = this.encoder.block(
      headers,
      () => 'index',
      () => true,
    )
    return frame(5, 4, stream, Buffer.concat([word(promised), block]))
  }
}

/** HEADERS and CONTINUATION. */
export function blockFrames(
  type: number,
  stream: number,
  block: Uint8Array,
  flags: number,
  parts: number,
): Buffer<ArrayBuffer> {
  const size = Math.max(1, Math.ceil(block.length / parts))
  const frames: Buffer<ArrayBuffer>[] = []
  for (let at = 0; at < block.length || frames.length === 0; at += size) {
    const last = at + size >= block.length
    const piece = block.subarray(at, at + size)
    frames.push(
      frame(frames.length === 0 ? type : 9, (frames.length === 0 ? flags : 0) | (last ? 4 : 0), stream, piece),
    )
  }
  return Buffer.concat(frames)
}

export function data(stream: number, body: string | Uint8Array, end: boolean, padding?: number): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body
  if (padding === undefined) return frame(0, end ? 1 : 0, stream, bytes)
  return frame(0, end ? 9 : 8, stream, Buffer.concat([Buffer.from([padding]), bytes, Buffer.alloc(padding)]))
}

/** A request's pseudo-headers, and other fields. */
export function request(method: string, path: string, ...others: readonly Header[]): Header[] {
  return [[':method', method], [':scheme', 'http'], [':path', path], [':authority', 'shop.example'], ...others]
}

export function response(status: number, ...others: readonly Header[]): Header[] {
  return [[':status', String(status)], ...others]
}
