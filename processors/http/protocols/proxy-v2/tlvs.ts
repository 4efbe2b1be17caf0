/**
 * What stands behind the addresses (proxy-protocol.txt §2.2, "Other fields"):
 *
 *   tlv  = type u8 · length u16be · value
 *   ssl  = flags u8 (1: over TLS, 2: certificate on this connection, 4: in this session) · verify u32be (0: verified) · tlvs
 *
 *   types  1 ALPN   2 AUTHORITY   3 CRC32C   4 NOOP   5 UNIQUE_ID   0x20 SSL   0x30 NETNS
 *          0xE0 Google Cloud: connection id u64be    0xEA AWS: u8 1, VPC endpoint id    0xEE Azure: u8 1, LINKID u32le
 *   in ssl 0x21 version   0x22 common name   0x23 cipher   0x24 signature algorithm   0x25 key algorithm
 *
 * Of a type that comes twice the first one counts.
 */
import type { ProxyDetails, ProxySsl } from '#schemas/records/exchange.ts'
import { textOf } from './text.ts'

export interface Tlvs {
  /** Without addresses. */
  readonly details: ProxyDetails
  /** Where the checksum stands, from the start of the TLVs, and what it says; null when there is none. */
  readonly checksum: { readonly at: number; readonly value: number } | null
  /** They end in the middle, or a value has another length than its type. */
  readonly malformed: boolean
}

interface Tlv {
  readonly type: number
  readonly value: Uint8Array
  /** Of the value, from the start of the TLVs. */
  readonly at: number
}

/** Proxies send at most 128 bytes. */
const UNIQUE_ID = 128

export function readTlvs(bytes: Uint8Array): Tlvs {
  const { tlvs, whole } = split(bytes)
  const seen = new Set<number>()
  let details: ProxyDetails = {}
  let checksum: Tlvs['checksum'] = null
  let malformed = !whole
  let others = 0
  for (const { type, value, at } of tlvs) {
    if (type === 4 || seen.has(type)) continue
    seen.add(type)
    if (type === 3) {
      if (value.length === 4) checksum = { at, value: viewOf(value).getUint32(0) }
      else malformed = true
      continue
    }
    const said = meaning(type, value)
    if (said === 'malformed') malformed = true
    else if (said === 'unknown') others++
    else details = { ...details, ...said }
  }
  return { details: others === 0 ? details : { ...details, others }, checksum, malformed }
}

function meaning(type: number, value: Uint8Array): ProxyDetails | 'malformed' | 'unknown' {
  switch (type) {
    case 1:
      return { alpn: textOf(value) }
    case 2:
      return { authority: textOf(value) }
    case 5:
      return value.length <= UNIQUE_ID ? { uniqueId: Buffer.from(value).toString('hex') } : 'malformed'
    case 0x20:
      return sslOf(value)
    case 0x30:
      return { netns: textOf(value) }
    case 0xe0:
      return value.length === 8 ? { pscConnectionId: String(viewOf(value).getBigUint64(0)) } : 'malformed'
    case 0xea:
      return value[0] === 1 ? { vpcEndpoint: textOf(value.subarray(1)) } : 'unknown'
    case 0xee:
      if (value[0] !== 1) return 'unknown'
      return value.length === 5 ? { linkId: viewOf(value).getUint32(1, true) } : 'malformed'
    default:
      return 'unknown'
  }
}

function sslOf(value: Uint8Array): ProxyDetails | 'malformed' {
  if (value.length < 5) return 'malformed'
  const flags = value[0]!
  const { tlvs, whole } = split(value.subarray(5))
  if (!whole) return 'malformed'
  const text = (type: number): string | undefined => {
    const found = tlvs.find(tlv => tlv.type === type)
    return found === undefined ? undefined : textOf(found.value)
  }
  const texts = {
    version: text(0x21),
    commonName: text(0x22),
    cipher: text(0x23),
    signature: text(0x24),
    key: text(0x25),
  }
  const sent = Object.fromEntries(Object.entries(texts).filter(([, said]) => said !== undefined))
  const verified = (flags & 6) === 0 ? null : viewOf(value).getUint32(1) === 0
  return { ssl: { tls: (flags & 1) !== 0, verified, ...sent } satisfies ProxySsl }
}

/** `whole`: nothing is left behind the last one. */
function split(bytes: Uint8Array): { readonly tlvs: readonly Tlv[]; readonly whole: boolean } {
  const tlvs: Tlv[] = []
  let at = 0
  while (at + 3 <= bytes.length) {
    const to = at + 3 + ((bytes[at + 1]! << 8) | bytes[at + 2]!)
    if (to > bytes.length) break
    tlvs.push({ type: bytes[at]!, value: bytes.subarray(at + 3, to), at: at + 3 })
    at = to
  }
  return { tlvs, whole: at === bytes.length }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
