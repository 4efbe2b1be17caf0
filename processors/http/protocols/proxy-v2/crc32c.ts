/** CRC-32C (Castagnoli): reflected polynomial 0x82f63b78, as in RFC 3720 §B.4. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78
  return crc
})

/** Of `bytes`, those in [zeroFrom, zeroTo) taken for zeros: where the checksum itself stands. */
export function crc32c(bytes: Uint8Array, zeroFrom = 0, zeroTo = 0): number {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) {
    const byte = i >= zeroFrom && i < zeroTo ? 0 : bytes[i]!
    crc = TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8)
  }
  return ~crc >>> 0
}
