/**
 * Writes pcapng (draft-ietf-opsawg-pcapng): one section, one Ethernet interface in microseconds, enhanced packets.
 *
 *   block    u32 type, u32 total length, body padded to 4, u32 total length again; little-endian
 *   option   u16 code, u16 length, value padded to 4; the list ends with code 0
 */
const SECTION = 0x0a0d0d0a
const INTERFACE = 1
const ENHANCED_PACKET = 6
const ETHERNET = 1

const COMMENT = 1
/** Of a section: 2 hardware, 3 operating system, 4 application. Of an interface: 2 name, 3 description, 9 resolution. */
const HARDWARE = 2
const SYSTEM = 3
const APPLICATION = 4
const IF_NAME = 2
const IF_DESCRIPTION = 3
const IF_RESOLUTION = 9

/** Longest text of an option, bytes. */
const MAX_TEXT = 1024

export interface Description {
  readonly hardware: string
  readonly system: string
  readonly application: string
  readonly comment: string
  readonly interfaceName: string
  readonly interfaceDescription: string
}

/** Section header and interface description. */
export function fileHeader(about: Description): Buffer {
  const section = Buffer.alloc(16)
  section.writeUInt32LE(0x1a2b3c4d, 0)
  section.writeUInt16LE(1, 4)
  section.writeBigInt64LE(-1n, 8)
  const described = Buffer.alloc(8)
  described.writeUInt16LE(ETHERNET, 0)
  return Buffer.concat([
    block(
      SECTION,
      section,
      text(COMMENT, about.comment),
      text(HARDWARE, about.hardware),
      text(SYSTEM, about.system),
      text(APPLICATION, about.application),
    ),
    block(
      INTERFACE,
      described,
      text(IF_NAME, about.interfaceName),
      text(IF_DESCRIPTION, about.interfaceDescription),
      option(IF_RESOLUTION, Buffer.of(6)),
    ),
  ])
}

/** `time`: µs since 1970. */
export function packetBlock(bytes: Uint8Array, wireLength: number, time: number, comment: string): Buffer {
  const header = Buffer.alloc(20)
  const stamp = BigInt(Math.floor(time))
  header.writeUInt32LE(Number(stamp >> 32n), 4)
  header.writeUInt32LE(Number(stamp & 0xffff_ffffn), 8)
  header.writeUInt32LE(bytes.length, 12)
  header.writeUInt32LE(wireLength, 16)
  return block(ENHANCED_PACKET, Buffer.concat([header, padded(bytes)]), text(COMMENT, comment))
}

function block(type: number, body: Buffer, ...options: readonly Buffer[]): Buffer {
  const total = 12 + body.length + options.reduce((sum, own) => sum + own.length, 0) + 4
  const start = Buffer.alloc(8)
  start.writeUInt32LE(type, 0)
  start.writeUInt32LE(total, 4)
  const end = Buffer.alloc(8) // end of the options, then the length
  end.writeUInt32LE(total, 4)
  return Buffer.concat([start, body, ...options, end])
}

function text(code: number, value: string): Buffer {
  // A cut in the middle of a character leaves no half of it: decoding replaces it, and encoding again is valid.
  const bytes = Buffer.from(value)
  return option(code, bytes.length <= MAX_TEXT ? bytes : Buffer.from(bytes.subarray(0, MAX_TEXT - 3).toString()))
}

function option(code: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4)
  header.writeUInt16LE(code, 0)
  header.writeUInt16LE(value.length, 2)
  return Buffer.concat([header, padded(value)])
}

function padded(bytes: Uint8Array): Uint8Array {
  return bytes.length % 4 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - (bytes.length % 4))])
}
