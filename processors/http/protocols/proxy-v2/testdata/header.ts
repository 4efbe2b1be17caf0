/** Test support: binary PROXY headers. */
import { crc32c } from '../crc32c.ts'

export const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
/** 203.0.113.7:56324 to 192.0.2.1:443. */
export const INET = Buffer.from('cb007107c0000201dc0401bb', 'hex')
/** [2001:db8::7]:1 to [2001:db8::1]:2. */
export const INET6 = Buffer.from('20010db8000000000000000000000007' + '20010db8000000000000000000000001' + '00010002', 'hex')

/** `command`: version and command; `family`: family and transport. */
export function header(command: number, family: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts)
  return Buffer.concat([SIGNATURE, Uint8Array.of(command, family, body.length >> 8, body.length & 255), body])
}

export function tlv(type: number, value: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(value)
  return Buffer.concat([Uint8Array.of(type, bytes.length >> 8, bytes.length & 255), bytes])
}

/** The header with a right checksum at its end. */
export function checked(command: number, family: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.from(header(command, family, ...parts, tlv(3, new Uint8Array(4))))
  bytes.writeUInt32BE(crc32c(bytes), bytes.length - 4)
  return bytes
}
