/** From a frame to its TCP segment: the table of layers, and the loop that walks through them. */
import { LAYER, type LayerName } from '#schemas/wire/layer.ts'
import * as ah from '#schemas/wire/layers/ah.ts'
import * as avs from '#schemas/wire/layers/avs.ts'
import * as ayiya from '#schemas/wire/layers/ayiya.ts'
import * as chdlc from '#schemas/wire/layers/chdlc.ts'
import * as ciscometa from '#schemas/wire/layers/ciscometa.ts'
import * as enc from '#schemas/wire/layers/enc.ts'
import * as erspan2 from '#schemas/wire/layers/erspan2.ts'
import * as erspan3 from '#schemas/wire/layers/erspan3.ts'
import * as etag from '#schemas/wire/layers/etag.ts'
import * as etherip from '#schemas/wire/layers/etherip.ts'
import * as ethernet from '#schemas/wire/layers/ethernet.ts'
import * as fabricpath from '#schemas/wire/layers/fabricpath.ts'
import * as fddi from '#schemas/wire/layers/fddi.ts'
import * as geneve from '#schemas/wire/layers/geneve.ts'
import * as gre from '#schemas/wire/layers/gre.ts'
import * as gtpu from '#schemas/wire/layers/gtpu.ts'
import * as ip from '#schemas/wire/layers/ip.ts'
import * as ipv4 from '#schemas/wire/layers/ipv4.ts'
import * as ipv6 from '#schemas/wire/layers/ipv6.ts'
import * as l2tp from '#schemas/wire/layers/l2tp.ts'
import * as llc from '#schemas/wire/layers/llc.ts'
import * as loopback from '#schemas/wire/layers/loopback.ts'
import * as mpls from '#schemas/wire/layers/mpls.ts'
import * as nflog from '#schemas/wire/layers/nflog.ts'
import * as nsh from '#schemas/wire/layers/nsh.ts'
import * as pbb from '#schemas/wire/layers/pbb.ts'
import * as pflog from '#schemas/wire/layers/pflog.ts'
import * as pktap from '#schemas/wire/layers/pktap.ts'
import * as ppi from '#schemas/wire/layers/ppi.ts'
import * as ppp from '#schemas/wire/layers/ppp.ts'
import * as pppoe from '#schemas/wire/layers/pppoe.ts'
import * as prism from '#schemas/wire/layers/prism.ts'
import * as radiotap from '#schemas/wire/layers/radiotap.ts'
import * as sll from '#schemas/wire/layers/sll.ts'
import * as sll2 from '#schemas/wire/layers/sll2.ts'
import * as tcp from '#schemas/wire/layers/tcp.ts'
import * as teredo from '#schemas/wire/layers/teredo.ts'
import * as tzsp from '#schemas/wire/layers/tzsp.ts'
import * as udp from '#schemas/wire/layers/udp.ts'
import * as vlan from '#schemas/wire/layers/vlan.ts'
import * as vntag from '#schemas/wire/layers/vntag.ts'
import * as vxlan from '#schemas/wire/layers/vxlan.ts'
import * as vxlanGpe from '#schemas/wire/layers/vxlan-gpe.ts'
import * as wccp from '#schemas/wire/layers/wccp.ts'
import * as wifi from '#schemas/wire/layers/wifi.ts'
import { firstLayer } from '#schemas/wire/linktype.ts'
import type { Trace, Values } from '#schemas/wire/trace.ts'
import { DAMAGED, type Next, UNSUPPORTED, type Walk } from '#schemas/wire/walk.ts'

interface LayerFile {
  readonly HEADER_LEN: number
  parse(walk: Walk): Next
  describe(bytes: Uint8Array, at: number): Values
}

// biome-ignore format: a table
const FILES: Readonly<Record<LayerName, LayerFile>> = {
  ethernet, vlan, pbb, vntag, etag, fabricpath, ciscometa, llc, mpls, nsh, pppoe, ppp, chdlc, ip, ipv4, ipv6, ah, tcp, udp,
  gre, erspan2, erspan3, wccp, etherip, vxlan, 'vxlan-gpe': vxlanGpe, geneve, gtpu, teredo, ayiya, l2tp, tzsp,
  sll, sll2, loopback, nflog, pflog, enc, fddi, ppi, pktap, wifi, radiotap, prism, avs,
}

const NAMES = (Object.keys(LAYER) as LayerName[]).toSorted((a, b) => LAYER[a] - LAYER[b])
const PARSE = NAMES.map(name => FILES[name].parse)

/**
 * Walks `bytes[start, end)`, a captured frame that was `wireLength` bytes long on the wire. Returns SEGMENT with the
 * addresses and the TCP header in `walk`, UNSUPPORTED or DAMAGED with the reason in `walk.why`, or HELD. Never throws.
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
  const { depth, trace } = walk
  for (let count = 0; count < depth; count++) {
    layer = trace === null ? PARSE[layer]!(walk) : traced(walk, layer, trace)
    if (layer < 0) return layer
  }
  return walk.unsupported('unsupported.nesting')
}

/** Parses a layer and tells the trace. A layer that fragments made whole ends in other bytes than it began in. */
function traced(walk: Walk, layer: number, trace: Trace): Next {
  const name = NAMES[layer]!
  const { HEADER_LEN, parse, describe } = FILES[name]
  const { bytes, at: from } = walk
  const next = parse(walk)
  const refused = next === DAMAGED || (next === UNSUPPORTED && walk.at === from)
  const isWhole = walk.bytes !== bytes
  const to = refused ? from : isWhole ? from + HEADER_LEN : walk.at
  trace.layer({ name, bytes, from, to, refused, values: refused ? [] : describe(bytes, from) })
  if (isWhole) trace.reassembled(walk.packets ?? [], walk.wireEnd)
  return next
}
