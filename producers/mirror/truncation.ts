/**
 * How long a packet was before the mirror cut it (AWS: "packet length", others: snap length, "truncate"). A mirrored packet
 * says so nowhere but in its own IP header:
 *
 *   IPv4  2  u16 total length      IPv6  4  u16 payload length, without the 40 bytes of the header
 */
import { u16 } from '#schemas/wire/bytes.ts'
import type { Tunnel } from './tunnel.ts'

const ETHERNET_HEADER = 14
const VLAN_TAG = 4
const IPV6_HEADER = 40
const BRIDGED = 0x6558
const VLANS: readonly number[] = [0x8100, 0x88a8]
const MOST_VLANS = 2

/** Bytes of the datagram in `bytes`, had the packet in it been whole. Never less than it has. */
export function lengthOnWire({ at, end, carries }: Tunnel, bytes: Uint8Array): number {
  let type = carries
  if (type === BRIDGED) {
    if (end - at < ETHERNET_HEADER) return bytes.length
    type = u16(bytes, at + ETHERNET_HEADER - 2)
    at += ETHERNET_HEADER
  }
  for (let i = 0; i < MOST_VLANS && VLANS.includes(type) && end - at >= VLAN_TAG; i++) {
    type = u16(bytes, at + 2)
    at += VLAN_TAG
  }
  return Math.max(bytes.length, at + packetLength(type, bytes, at, end))
}

function packetLength(type: number, bytes: Uint8Array, at: number, end: number): number {
  if (type === 0x0800 && end - at >= 4) return u16(bytes, at + 2)
  if (type === 0x86dd && end - at >= 6) return IPV6_HEADER + u16(bytes, at + 4)
  return 0
}
