/**
 * EtherType (IEEE 802 numbers): what follows an Ethernet, VLAN, Linux cooked, GRE or Geneve header.
 *
 *   0x0800 IPv4    0x86dd IPv6    0x8100 802.1Q    0x88a8 802.1ad    0x9100 0x9200 0x9300 older QinQ
 *   0x8847 MPLS    0x8848 MPLS multicast    0x8864 PPPoE session    0x880b PPP    0x6558 Ethernet (bridged)
 *   0x88e7 802.1ah    0x8926 VN-Tag    0x893f E-Tag    0x8903 FabricPath    0x8909 Cisco metadata    0x894f NSH
 *   below 0x0600   no type but the length of an 802.3 frame, in which LLC follows
 */
import { LAYER } from '#schemas/wire/layer.ts'
import type { Next, Walk } from '#schemas/wire/walk.ts'

/** Smallest value that is a type; IEEE 802.3 §3.2.6. */
const FIRST_TYPE = 0x0600

export function afterEthertype(walk: Walk, type: number): Next {
  const layer = layerOf(type)
  if (layer >= 0) return layer
  return type === 0x0806 ? walk.unsupported('unsupported.arp') : walk.unsupported('unsupported.ethertype')
}

/** The same in an 802.3 frame, where `walk.at` is already behind the field. */
export function afterTypeOrLength(walk: Walk, type: number): Next {
  if (type >= FIRST_TYPE) return afterEthertype(walk, type)
  if (type > walk.wireEnd - walk.at) return walk.damaged('damaged.ethernet-length')
  walk.narrow(type)
  return LAYER.llc
}

/** The layer that a type stands for, or -1. */
export function layerOf(type: number): number {
  switch (type) {
    case 0x0800:
      return LAYER.ipv4
    case 0x86dd:
      return LAYER.ipv6
    case 0x8100:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
    case 0x9300:
      return LAYER.vlan
    case 0x8847:
    case 0x8848:
      return LAYER.mpls
    case 0x8864:
      return LAYER.pppoe
    case 0x880b:
      return LAYER.ppp
    case 0x6558:
      return LAYER.ethernet
    case 0x88e7:
      return LAYER.pbb
    case 0x8926:
      return LAYER.vntag
    case 0x893f:
      return LAYER.etag
    case 0x8903:
      return LAYER.fabricpath
    case 0x8909:
      return LAYER.ciscometa
    case 0x894f:
      return LAYER.nsh
    default:
      return -1
  }
}
