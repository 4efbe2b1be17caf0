/**
 * What becomes of a datagram, without sockets and clocks:
 *
 *   datagram ─► room? ─► sender allowed? ─► tunnel header ─► VNI? ─► inner VNI? ─► filter? ─► segmenter
 *                 │             │                 │             └─────────┴───────────┘
 *              dropped       filtered     damaged, unsupported          filtered
 *
 * Law: the payload of every datagram is captured once and has one fate, both in the same batches (laws of the segmenter).
 */
import { CidrSet } from '#schemas/config/net.ts'
import type { WireOptions } from '#schemas/config/wire.ts'
import { LINKTYPE_GENEVE, LINKTYPE_VXLAN } from '#schemas/wire/linktype.ts'
import type { Segmenter } from '#schemas/wire/segmenter.ts'
import type { Program } from './bpf/program.ts'
import { InnerFilter } from './inner-filter.ts'
import { lengthOnWire } from './truncation.ts'
import { type Encapsulation, Tunnel } from './tunnel.ts'

export interface Selection {
  readonly encapsulation: Encapsulation
  /** Networks that may send; empty: all. */
  readonly sources: readonly string[]
  /** Empty: all. */
  readonly vnis: readonly number[]
  readonly exceptVnis: readonly number[]
  /** Of a VXLAN inside Geneve; empty: all, also packets without one. */
  readonly innerVnis: readonly number[]
  readonly truncated: boolean
  /** `pendingBytes`: what the segmenter may hold; more is dropped until somebody takes it. */
  readonly limits: { readonly pendingBytes: number }
}

export class Datagrams {
  readonly #segmenter: Segmenter
  readonly #tunnel: Tunnel
  readonly #linktype: number
  readonly #sources: CidrSet | null
  readonly #vnis: ReadonlySet<number> | null
  readonly #exceptVnis: ReadonlySet<number>
  readonly #innerVnis: ReadonlySet<number> | null
  readonly #filter: InnerFilter | null
  readonly #truncated: boolean
  /** Something depends on what is in the tunnel. */
  readonly #looksInside: boolean
  readonly #pendingBytes: number
  #count: number

  /** `before`: how many datagrams came before a restart. */
  constructor(segmenter: Segmenter, wire: WireOptions, chosen: Selection, filter: Program | null, before = 0) {
    this.#segmenter = segmenter
    this.#tunnel = new Tunnel(chosen.encapsulation, wire)
    this.#linktype = chosen.encapsulation === 'vxlan' ? LINKTYPE_VXLAN : LINKTYPE_GENEVE
    this.#sources = chosen.sources.length === 0 ? null : new CidrSet(chosen.sources)
    this.#vnis = chosen.vnis.length === 0 ? null : new Set(chosen.vnis)
    this.#exceptVnis = new Set(chosen.exceptVnis)
    this.#innerVnis = chosen.innerVnis.length === 0 ? null : new Set(chosen.innerVnis)
    this.#filter = filter === null ? null : new InnerFilter(filter)
    this.#truncated = chosen.truncated
    const { vnis, exceptVnis, innerVnis, truncated } = chosen
    this.#looksInside = truncated || filter !== null || vnis.length + exceptVnis.length + innerVnis.length > 0
    this.#pendingBytes = chosen.limits.pendingBytes
    this.#count = before
  }

  /** Datagrams so far: the number of the last one. */
  get count(): number {
    return this.#count
  }

  /** The payload of a datagram that came from the address `from` at `time` (µs). Copies what it keeps. */
  add(bytes: Uint8Array, from: string, time: number): void {
    const segmenter = this.#segmenter
    const packet = ++this.#count
    const { length } = bytes
    if (segmenter.bytes >= this.#pendingBytes) {
      segmenter.leave('dropped', 'drops.pending', length)
      return
    }
    const why = this.#unwanted(bytes, from)
    if (why === null) segmenter.frame(this.#linktype, bytes, 0, length, this.#lengthOnWire(bytes), time, packet)
    else segmenter.leave('filtered', why, length)
  }

  /** Why the configuration leaves it out, or null. What is no tunnel is not left out: the segmenter says what is wrong with it. */
  #unwanted(bytes: Uint8Array, from: string): `filtered.${string}` | null {
    if (this.#sources?.has(withoutZone(from)) === false) return 'filtered.source'
    const tunnel = this.#tunnel
    if (!this.#looksInside || !tunnel.open(bytes, bytes.length)) return null
    if (this.#vnis?.has(tunnel.vni) === false || this.#exceptVnis.has(tunnel.vni)) return 'filtered.vni'
    if (this.#innerVnis?.has(tunnel.innerVni) === false) return 'filtered.inner-vni'
    return this.#filter?.selects(tunnel, bytes) === false ? 'filtered.filter' : null
  }

  #lengthOnWire(bytes: Uint8Array): number {
    return this.#truncated && this.#tunnel.opened ? lengthOnWire(this.#tunnel, bytes) : bytes.length
  }
}

/** Link-local addresses come with the interface: `fe80::1%eth0`. */
function withoutZone(address: string): string {
  const zone = address.indexOf('%')
  return zone < 0 ? address : address.slice(0, zone)
}
