/** From a frame to its TCP segment: the table of layers and the link types that a walk can start with. */
import * as ethernet from '#schemas/wire/ethernet.ts'
import * as geneve from '#schemas/wire/geneve.ts'
import * as gre from '#schemas/wire/gre.ts'
import * as gtpu from '#schemas/wire/gtpu.ts'
import * as ip from '#schemas/wire/ip.ts'
import * as ipv4 from '#schemas/wire/ipv4.ts'
import * as ipv6 from '#schemas/wire/ipv6.ts'
import * as llc from '#schemas/wire/llc.ts'
import * as loopback from '#schemas/wire/loopback.ts'
import * as mpls from '#schemas/wire/mpls.ts'
import * as pppoe from '#schemas/wire/pppoe.ts'
import * as sll from '#schemas/wire/sll.ts'
import * as sll2 from '#schemas/wire/sll2.ts'
import * as tcp from '#schemas/wire/tcp.ts'
import * as teredo from '#schemas/wire/teredo.ts'
import * as udp from '#schemas/wire/udp.ts'
import * as vlan from '#schemas/wire/vlan.ts'
import * as vxlan from '#schemas/wire/vxlan.ts'
import { LAYER, type Next, type Walk } from '#schemas/wire/walk.ts'

const FILES = {
  ethernet,
  vlan,
  mpls,
  pppoe,
  sll,
  sll2,
  loopback,
  ip,
  ipv4,
  ipv6,
  tcp,
  udp,
  gre,
  vxlan,
  geneve,
  gtpu,
  teredo,
  llc,
} satisfies Record<keyof typeof LAYER, { HEADER_LEN: number; parse(walk: Walk): Next }>

const PARSE = (Object.keys(LAYER) as (keyof typeof LAYER)[])
  .toSorted((a, b) => LAYER[a] - LAYER[b])
  .map(name => FILES[name].parse)

/** Ethernet in VXLAN in UDP in IP in VLAN in Ethernet … : more than any network nests, and a bound on time. */
const MAX_DEPTH = 24

/**
 * First layer of a link type (the registry of tcpdump.org), or -1 for one that is not supported. 12 and 14 are raw IP
 * as OpenBSD and others number it in their own files.
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
    default:
      return -1
  }
}

/**
 * Walks `bytes[start, end)`, a captured frame that was `wireLength` bytes long on the wire. Returns SEGMENT with the
 * addresses and the TCP header in `walk`, or UNSUPPORTED or DAMAGED with the reason in `walk.why`. Never throws.
 */
export function dissect(
  walk: Walk,
  linktype: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireLength: number,
): Next {
  walk.reset(bytes, start, end, wireLength)
  let layer = firstLayer(linktype)
  if (layer < 0) return walk.unsupported('unsupported.linktype')
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    layer = PARSE[layer]!(walk)
    if (layer < 0) return layer
  }
  return walk.unsupported('unsupported.nesting')
}
