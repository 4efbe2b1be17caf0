/** Where a walk starts: the link types of captures (the registry of tcpdump.org), and two of our own. */
import { LAYER } from '#schemas/wire/layer.ts'

/** Beyond every number that a capture file can hold: 28 bits. */
const OWN = 0x1000_0000

/**
 * What a listener on a UDP port gets: the payload of a datagram, from the tunnel's own header on. Headers that the kernel has
 * taken off are not captured and count nowhere.
 */
export const LINKTYPE_VXLAN = OWN + LAYER.vxlan
export const LINKTYPE_GENEVE = OWN + LAYER.geneve

/**
 * First layer of a link type, or -1 for one that is not supported. 12 and 14 are raw IP as OpenBSD and others number it in
 * their own files.
 */
export function firstLayer(linktype: number): number {
  switch (linktype) {
    case 1:
      return LAYER.ethernet
    case 0:
    case 108:
      return LAYER.loopback
    case 12:
    case 14:
    case 101:
      return LAYER.ip
    case 228:
      return LAYER.ipv4
    case 229:
      return LAYER.ipv6
    case 113:
      return LAYER.sll
    case 276:
      return LAYER.sll2
    case 9:
    case 50:
    case 166:
      return LAYER.ppp
    case 51:
      return LAYER.pppoe
    case 104:
      return LAYER.chdlc
    case 105:
      return LAYER.wifi
    case 119:
      return LAYER.prism
    case 127:
      return LAYER.radiotap
    case 163:
      return LAYER.avs
    case 192:
      return LAYER.ppi
    case 258:
      return LAYER.pktap
    case 239:
      return LAYER.nflog
    case 117:
      return LAYER.pflog
    case 109:
      return LAYER.enc
    case 10:
      return LAYER.fddi
    case 11:
    case 100:
      return LAYER.llc
    case LINKTYPE_VXLAN:
      return LAYER.vxlan
    case LINKTYPE_GENEVE:
      return LAYER.geneve
    default:
      return -1
  }
}
