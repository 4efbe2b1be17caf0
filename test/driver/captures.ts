/** Writers of capture files: the oracle's side of producers/pcap-file, for tests and benchmarks. */

export interface Frame {
  readonly bytes: Uint8Array
  /** µs since 1970 */
  readonly time: number
  readonly wireLength?: number
}

export interface PcapOptions {
  readonly little?: boolean
  readonly nanoseconds?: boolean
  readonly linktype?: number
}

export function pcap(frames: readonly Frame[], options: PcapOptions = {}): Uint8Array<ArrayBuffer> {
  return concat([pcapHeader(options), ...frames.map(frame => pcapRecord(frame, options))])
}

export function pcapHeader({ little = true, nanoseconds = false, linktype = 1 }: PcapOptions): Uint8Array {
  const view = new DataView(new ArrayBuffer(24))
  view.setUint32(0, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, little)
  view.setUint16(4, 2, little)
  view.setUint16(6, 4, little)
  view.setUint32(16, 262_144, little)
  view.setUint32(20, linktype, little)
  return new Uint8Array(view.buffer)
}

export function pcapRecord(frame: Frame, { little = true, nanoseconds = false }: PcapOptions = {}): Uint8Array {
  const { bytes, time, wireLength = bytes.length } = frame
  const view = new DataView(new ArrayBuffer(16 + bytes.length))
  view.setUint32(0, Math.floor(time / 1e6), little)
  view.setUint32(4, (time % 1e6) * (nanoseconds ? 1000 : 1), little)
  view.setUint32(8, bytes.length, little)
  view.setUint32(12, wireLength, little)
  const record = new Uint8Array(view.buffer)
  record.set(bytes, 16)
  return record
}

/** One pcapng block of any type; pads the body. */
export function block(type: number, body: Uint8Array, little = true): Uint8Array {
  const total = 12 + Math.ceil(body.length / 4) * 4
  const view = new DataView(new ArrayBuffer(total))
  view.setUint32(0, type, little)
  view.setUint32(4, total, little)
  view.setUint32(total - 4, total, little)
  const bytes = new Uint8Array(view.buffer)
  bytes.set(body, 8)
  return bytes
}

export function section(little = true): Uint8Array {
  const view = new DataView(new ArrayBuffer(16))
  view.setUint32(0, 0x1a2b3c4d, little)
  view.setUint16(4, 1, little)
  view.setBigInt64(8, -1n, little)
  return block(0x0a0d0d0a, new Uint8Array(view.buffer), little)
}

export interface InterfaceOptions {
  readonly little?: boolean
  readonly linktype?: number
  readonly snaplen?: number
  /** if_tsresol */
  readonly resolution?: number
  /** if_tsoffset, seconds */
  readonly offset?: number
}

export function describedInterface(options: InterfaceOptions = {}): Uint8Array {
  const { little = true, linktype = 1, snaplen = 0, resolution, offset } = options
  const view = new DataView(new ArrayBuffer(8 + 8 + 12 + 4))
  view.setUint16(0, linktype, little)
  view.setUint32(4, snaplen, little)
  let at = 8
  if (resolution !== undefined) {
    view.setUint16(at, 9, little)
    view.setUint16(at + 2, 1, little)
    view.setUint8(at + 4, resolution)
    at += 8
  }
  if (offset !== undefined) {
    view.setUint16(at, 14, little)
    view.setUint16(at + 2, 8, little)
    view.setBigInt64(at + 4, BigInt(offset), little)
    at += 12
  }
  return block(1, new Uint8Array(view.buffer, 0, at + 4), little)
}

/** `stamp`: the time in the interface's units. */
export function enhancedPacket(frame: Frame, stamp: bigint, id = 0, little = true): Uint8Array {
  return block(
    6,
    packetBody(frame, stamp, view => view.setUint32(0, id, little), little),
    little,
  )
}

/** The obsolete packet block. */
export function obsoletePacket(frame: Frame, stamp: bigint, id = 0, little = true): Uint8Array {
  return block(
    2,
    packetBody(frame, stamp, view => view.setUint16(0, id, little), little),
    little,
  )
}

export function simplePacket(frame: Frame, little = true): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 + frame.bytes.length))
  view.setUint32(0, frame.wireLength ?? frame.bytes.length, little)
  const body = new Uint8Array(view.buffer)
  body.set(frame.bytes, 4)
  return block(3, body, little)
}

/** A section with one interface in microseconds and enhanced packets. */
export function pcapng(frames: readonly Frame[], options: InterfaceOptions = {}): Uint8Array<ArrayBuffer> {
  const { little = true } = options
  const packets = frames.map(frame => enhancedPacket(frame, BigInt(frame.time), 0, little))
  return concat([section(little), describedInterface(options), ...packets])
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function packetBody(frame: Frame, stamp: bigint, writeId: (view: DataView) => void, little: boolean): Uint8Array {
  const { bytes, wireLength = bytes.length } = frame
  const view = new DataView(new ArrayBuffer(20 + bytes.length))
  writeId(view)
  view.setUint32(4, Number(stamp >> 32n), little)
  view.setUint32(8, Number(stamp & 0xffffffffn), little)
  view.setUint32(12, bytes.length, little)
  view.setUint32(16, wireLength, little)
  const body = new Uint8Array(view.buffer)
  body.set(bytes, 20)
  return body
}
