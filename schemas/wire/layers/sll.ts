/**
 * Linux cooked capture v1, LINKTYPE_LINUX_SLL (113): what `tcpdump -i any` wrote before libpcap 1.10.
 *
 *   0  u16 packet type      2  u16 ARPHRD      4  u16 address length      6  address (8)      14  u16 protocol
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import { afterEthertype } from '#schemas/wire/layers/ethertype.ts'
import type { Values } from '#schemas/wire/trace.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 16
const ARPHRD_IEEE80211 = 801
const ARPHRD_RADIOTAP = 803
/** Protocol of what has LLC in it: ETH_P_802_2. */
const LLC = 0x0004

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.sll-cut')
  const hardware = u16(walk.bytes, walk.at + 2)
  const type = u16(walk.bytes, walk.at + 14)
  walk.at += HEADER_LEN
  return afterCooked(walk, hardware, type)
}

/** What follows a cooked header of either version. */
export function afterCooked(walk: Walk, hardware: number, type: number): Next {
  if (hardware === ARPHRD_RADIOTAP) return LAYER.radiotap
  if (hardware === ARPHRD_IEEE80211) return LAYER.wifi
  return type === LLC ? LAYER.llc : afterEthertype(walk, type)
}

export function describe(bytes: Uint8Array, at: number): Values {
  return [['packet type', u16(bytes, at)]]
}
