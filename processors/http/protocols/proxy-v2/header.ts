/**
 * The PROXY protocol's binary header (proxy-protocol.txt §2.2):
 *
 *    0  0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
 *   12  version u4 (2) · command u4                      0 LOCAL: the proxy itself connects, 1 PROXY
 *   13  family u4 · transport u4                         0 UNSPEC, 1 INET, 2 INET6, 3 UNIX · 0 UNSPEC, 1 STREAM, 2 DGRAM
 *   14  length u16be of what follows
 *   16  source address · destination address             4, 16 or 108 bytes each
 *    .  source port u16be · destination port u16be       not of UNIX
 *    .  TLVs up to the length                            tlvs.ts
 */
import { canonicalAddress } from '#schemas/config/address.ts'
import type { ProtocolLimits } from '#schemas/contracts/protocol.ts'
import type { Hop, ProxyDetails } from '#schemas/records/exchange.ts'
import { type Endpoint, formatIp } from '#schemas/records/flow.ts'
import type { Reading } from '../../preamble.ts'
import { crc32c } from './crc32c.ts'
import { textOf } from './text.ts'
import { readTlvs } from './tlvs.ts'

const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a)
const FIXED = 16
/** Length of addresses and ports by family. */
const ADDRESSES = [0, 12, 36, 216] as const
const NAME = 'proxy-v2'

export function startsLikeIt(head: Uint8Array): 'yes' | 'no' | 'more' {
  const there = Math.min(head.length, SIGNATURE.length)
  for (let i = 0; i < there; i++) if (head[i] !== SIGNATURE[i]) return 'no'
  return there < SIGNATURE.length ? 'more' : 'yes'
}

export function readHeader(head: Uint8Array, limits: ProtocolLimits): Reading {
  if (startsLikeIt(head) === 'no') return { kind: 'none' }
  if (head.length < FIXED) return { kind: 'more', total: null }
  const length = FIXED + ((head[14]! << 8) | head[15]!)
  const wrong = wrongIn(head, length)
  if (wrong !== null) return { kind: 'skip', length, fate: 'unsupported', anomaly: wrong }
  if (length > limits.headBytes) return { kind: 'skip', length, fate: 'cap', anomaly: 'proxy.v2-too-long' }
  if (head.length < length) return { kind: 'more', total: length }
  return read(head.subarray(0, length))
}

/** What the first 16 bytes have that receivers must not accept. */
function wrongIn(head: Uint8Array, length: number): string | null {
  const family = head[13]! >> 4
  if (head[12]! >> 4 !== 2) return 'proxy.v2-bad-version'
  if ((head[12]! & 15) > 1) return 'proxy.v2-bad-command'
  // What LOCAL says about addresses is to be ignored.
  if ((head[12]! & 15) === 0) return null
  if (family > 3 || (head[13]! & 15) > 2) return 'proxy.v2-bad-family'
  return FIXED + ADDRESSES[family]! > length ? 'proxy.v2-bad-length' : null
}

/** `header` is whole, its addresses are. */
function read(header: Uint8Array): Reading {
  const { length } = header
  if ((header[12]! & 15) === 0) return { kind: 'header', length, hop: named({}), anomalies: [] }
  const family = header[13]! >> 4
  const at = FIXED + ADDRESSES[family]!
  const { details, checksum, malformed } = readTlvs(header.subarray(at))
  if (checksum !== null) {
    const where = at + checksum.at
    if (crc32c(header, where, where + 4) !== checksum.value) {
      return { kind: 'skip', length, fate: 'unsupported', anomaly: 'proxy.v2-bad-checksum' }
    }
  }
  const anomalies = malformed ? ['proxy.v2-bad-tlv'] : []
  if ((header[13]! & 15) === 2) anomalies.push('proxy.v2-datagram')
  return { kind: 'header', length, hop: hopOf(header, family, details), anomalies }
}

function hopOf(header: Uint8Array, family: number, details: ProxyDetails): Hop {
  switch (family) {
    case 1:
    case 2: {
      const size = family === 1 ? 4 : 16
      const portAt = FIXED + 2 * size
      const server = endpointAt(header, FIXED + size, size, portAt + 2)
      return named({ server, ...details }, endpointAt(header, FIXED, size, portAt))
    }
    case 3: {
      const unix = { client: pathAt(header, FIXED), server: pathAt(header, FIXED + 108) }
      return named({ unix, ...details })
    }
    default:
      return named(details)
  }
}

function named(details: ProxyDetails, client?: Endpoint): Hop {
  const proxy = Object.keys(details).length === 0 ? {} : { proxy: details }
  return { from: NAME, ...(client ?? { ip: '' }), trusted: false, ...proxy }
}

function endpointAt(header: Uint8Array, at: number, size: number, portAt: number): Endpoint {
  const text = formatIp(header, at, size)
  return { ip: canonicalAddress(text) ?? text, port: (header[portAt]! << 8) | header[portAt + 1]! }
}

/** A path ends with a zero; one that begins with a zero is an abstract name, written with @. */
function pathAt(header: Uint8Array, at: number): string {
  const bytes = header.subarray(at, at + 108)
  const isAbstract = bytes[0] === 0 && bytes[1] !== 0
  const name = isAbstract ? bytes.subarray(1) : bytes
  const end = name.indexOf(0)
  return `${isAbstract ? '@' : ''}${textOf(end < 0 ? name : name.subarray(0, end))}`
}
