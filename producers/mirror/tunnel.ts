/**
 * Takes the tunnel headers off a datagram, down to the packet that the filters look at.
 *
 *   VXLAN                                 Ethernet …                                    VNI
 *   Geneve                                Ethernet … or IP …                            VNI
 *   Geneve  [Ethernet VLAN*] IP UDP VXLAN Ethernet …                                    VNI and inner VNI
 *
 * The last form is what AWS Traffic Mirroring sends to a Gateway Load Balancer endpoint: found by looking, because nothing in
 * the Geneve header says so.
 */
import type { WireOptions } from '#schemas/config/wire.ts'
import { u16, u24 } from '#schemas/wire/bytes.ts'
import { LAYER } from '#schemas/wire/layer.ts'
import * as ethernet from '#schemas/wire/layers/ethernet.ts'
import * as geneve from '#schemas/wire/layers/geneve.ts'
import * as ipv4 from '#schemas/wire/layers/ipv4.ts'
import * as ipv6 from '#schemas/wire/layers/ipv6.ts'
import * as udp from '#schemas/wire/layers/udp.ts'
import * as vlan from '#schemas/wire/layers/vlan.ts'
import * as vxlan from '#schemas/wire/layers/vxlan.ts'
import { type Next, Walk } from '#schemas/wire/walk.ts'

export type Encapsulation = 'vxlan' | 'geneve'

/** The VNI is the last of the 32 bits that a walk notes of a layer. */
const VNI_LENGTH = 3
/** Where a Geneve header says what it carries. */
const PROTOCOL_TYPE = 2
const BRIDGED = 0x6558
/** Ethernet, two VLAN tags, IP, UDP: what can stand between Geneve and VXLAN. */
const MOST_BETWEEN = 5

const BETWEEN: ReadonlyMap<Next, (walk: Walk) => Next> = new Map([
  [LAYER.ethernet, ethernet.parse],
  [LAYER.vlan, vlan.parse],
  [LAYER.ipv4, ipv4.parse],
  [LAYER.ipv6, ipv6.parse],
  [LAYER.udp, udp.parse],
])

export class Tunnel {
  readonly #walk: Walk
  readonly #outermost: Next
  /** False: there was no packet inside that could be understood. Why, the segmenter finds by itself. */
  opened = false
  vni = 0
  /** Of a VXLAN inside Geneve, or -1. */
  innerVni = -1
  /** The innermost packet is `bytes[at, end)`, */
  at = 0
  end = 0
  /** and starts with this EtherType, or is an Ethernet frame (0x6558). */
  carries = BRIDGED

  constructor(encapsulation: Encapsulation, wire: WireOptions) {
    this.#walk = new Walk(wire)
    this.#outermost = LAYER[encapsulation]
  }

  /** Looks into `bytes[0, end)`; returns `opened`. */
  open(bytes: Uint8Array, end: number): boolean {
    const walk = this.#walk
    walk.reset(bytes, 0, end, end)
    const next = this.#outermost === LAYER.vxlan ? vxlan.parse(walk) : geneve.parse(walk)
    this.opened = next >= 0
    if (!this.opened) return false
    this.vni = this.#lastVni()
    this.innerVni = -1
    this.#stay(this.#outermost === LAYER.vxlan ? BRIDGED : u16(bytes, PROTOCOL_TYPE))
    if (this.#outermost === LAYER.geneve) this.#lookFurther(next)
    return true
  }

  #lookFurther(next: Next): void {
    const walk = this.#walk
    for (let i = 0; i < MOST_BETWEEN && next !== LAYER.vxlan; i++) next = BETWEEN.get(next)?.(walk) ?? -1
    if (next !== LAYER.vxlan || vxlan.parse(walk) < 0) return
    this.innerVni = this.#lastVni()
    this.#stay(BRIDGED)
  }

  #stay(carries: number): void {
    this.at = this.#walk.at
    this.end = this.#walk.end
    this.carries = carries
  }

  #lastVni(): number {
    return u24(this.#walk.layers, this.#walk.layersLength - VNI_LENGTH)
  }
}
