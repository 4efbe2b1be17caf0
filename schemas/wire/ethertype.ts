/**
 * EtherType (IEEE 802 numbers): what follows an Ethernet, VLAN, Linux cooked, GRE or Geneve header.
 *
 *   0x0800 IPv4    0x86dd IPv6    0x8100 802.1Q    0x88a8 802.1ad    0x9100 older QinQ
 *   0x8847 MPLS    0x8848 MPLS multicast    0x8864 PPPoE session    0x6558 Ethernet (bridged)
 *   below 0x0600   no type but an 802.3 length (ethernet.ts)
 */
import { LAYER, type Next, type Walk } from '#schemas/wire/walk.ts'

/** Smallest value that is a type; IEEE 802.3 §3.2.6. */
export const FIRST_TYPE = 0x0600

export function afterEthertype(walk: Walk, type: number): Next {
  switch (type) {
    case 0x0800:
      return LAYER.ipv4
    case 0x86dd:
      return LAYER.ipv6
    case 0x8100:
    case 0x88a8:
    case 0x9100:
      return LAYER.vlan
    case 0x8847:
    case 0x8848:
      return LAYER.mpls
    case 0x8864:
      return LAYER.pppoe
    case 0x6558:
      return LAYER.ethernet
    case 0x0806:
      return walk.unsupported('unsupported.arp')
    default:
      return walk.unsupported('unsupported.ethertype')
  }
}
