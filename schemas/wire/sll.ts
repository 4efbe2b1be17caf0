/**
 * Linux cooked capture v1, LINKTYPE_LINUX_SLL (113): what `tcpdump -i any` wrote before libpcap 1.10.
 *
 *   0  u16 packet type      2  u16 ARPHRD      4  u16 address length      6  address (8)      14  u16 protocol
 */
import { u16 } from '#schemas/wire/bytes.ts'
import { afterEthertype } from '#schemas/wire/ethertype.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

export const HEADER_LEN = 16

export function parse(walk: Walk): Next {
  if (walk.cut(HEADER_LEN)) return walk.damaged('damaged.sll-cut')
  const type = u16(walk.bytes, walk.at + 14)
  walk.at += HEADER_LEN
  return afterEthertype(walk, type)
}
