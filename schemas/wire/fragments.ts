/**
 * IP packets that came in fragments (RFC 791 §3.2, RFC 8200 §4.5), at any depth of nesting.
 *
 * A packet is named by its encapsulation, addresses, identification and, in IPv4, protocol.
 *
 * Ledger. The bytes of a frame with a fragment are counted when its packet is let go, all at once, and where they went: with the
 * segment that the packet holds, or as lost, with the reason. Until then they are in no ledger: what a crash takes
 * from a live source was never counted as captured, and a file's position names the frames that have to be read again (`held`).
 *
 * Limits: bytes and packets in all, fragments of one packet, and capture time from the first of them. When it is full, the packet
 * goes that is oldest in the fullest of 64 shelves; a sender's fragments are all on one shelf, which a keyed hash of its network
 * picks: who sends the most loses first.
 */
import type { WireOptions } from '#schemas/config/wire.ts'
import { MAX_LAYERS } from '#schemas/records/flow.ts'
import { ADDED, Datagram, MISFIT, OVERLAP } from '#schemas/wire/datagram.ts'
import type { FlowHash } from '#schemas/wire/flow-key.ts'
import { HELD, type Next, type Walk } from '#schemas/wire/walk.ts'

/** The packet is complete: the walk stands at its payload, in bytes of its own. */
export const WHOLE = 0

/** What an IP header says of a fragment; its data is `bytes[at, end)` of the walk. */
export interface Fragment {
  /** Where the header starts that has the addresses. */
  readonly header: number
  readonly protocol: number
  readonly id: number
  /** In bytes. */
  readonly offset: number
  readonly more: boolean
}

/** Told how many captured bytes did not become part of a segment, and why. */
export type Lost = (why: `${'gap' | 'budget' | 'damaged' | 'duplicate'}.fragment${string}`, captured: number) => void

interface Shelf {
  readonly datagrams: Map<string, Datagram>
  memory: number
}

const SHELVES = 64
const MAX_PACKET = 65_535
const MICROSECONDS = 1000
const NOTHING: readonly number[] = []

export class Fragments {
  readonly #limits: WireOptions['fragments']
  readonly #hash: FlowHash
  readonly #lost: Lost
  readonly #shelves: readonly Shelf[] = Array.from({ length: SHELVES }, () => ({ datagrams: new Map(), memory: 0 }))
  readonly #name = new Uint8Array(1 + 5 * MAX_LAYERS + 2 * 16 + 5)
  readonly #text: Buffer
  #count = 0
  #memory = 0
  #conflicts = 0
  #reassembled = 0

  constructor(limits: WireOptions['fragments'], hash: FlowHash, lost: Lost) {
    this.#limits = limits
    this.#hash = hash
    this.#lost = lost
    this.#text = Buffer.from(this.#name.buffer)
  }

  /** Packets that are not complete. */
  get count(): number {
    return this.#count
  }

  get memory(): number {
    return this.#memory
  }

  /** Takes the fragment that `walk` stands at. WHOLE: it was the last one missing. Else the walk ends with what is returned. */
  put(walk: Walk, fragment: Fragment): Next {
    const { offset, more } = fragment
    const length = walk.wireEnd - walk.at
    const misaligned = more && length % 8 !== 0
    if (length <= 0 || misaligned || offset + length > MAX_PACKET) return walk.damaged('damaged.fragment-length')
    const size = walk.family === 4 ? 4 : 16
    const named = this.#nameOf(walk, fragment, size)
    const shelf = this.#shelfOf(walk, size)
    const key = this.#text.toString('latin1', 0, named)
    const datagram = this.#find(shelf, key, walk)
    if (datagram.spoilt) return walk.damaged('damaged.fragment-overlap')
    const memory = datagram.memory
    const outcome = datagram.add(offset, length, more, walk.bytes, walk.at, walk.end)
    this.#grow(shelf, datagram.memory - memory)
    if (outcome === MISFIT) return walk.damaged('damaged.fragment-end')
    if (outcome === OVERLAP) return this.#spoil(shelf, datagram, walk)
    if (outcome !== ADDED) return this.#repeated(walk)
    if (offset === 0) {
      const { header } = fragment
      datagram.keepHeader(walk.bytes.subarray(header, header + (size === 4 ? 20 : 40)), fragment.protocol)
    }
    datagram.captured += walk.captured
    if (walk.packets === null) datagram.packets.push(walk.stamp.packet)
    else datagram.packets.push(...walk.packets)
    if (datagram.complete) return this.#complete(shelf, datagram, walk)
    if (datagram.pieces > this.#limits.maxPerDatagram) this.#letGo(shelf, datagram, 'budget.fragment-count')
    this.#makeRoom()
    return HELD
  }

  /** Lets go what is still incomplete at stream time `now` (µs) though it began too long ago. */
  expire(now: number): void {
    if (this.#count === 0) return
    const before = now - this.#limits.timeoutMs * MICROSECONDS
    for (const shelf of this.#shelves) {
      for (const datagram of shelf.datagrams.values()) {
        if (datagram.started > before) break
        this.#letGo(shelf, datagram, 'gap.fragment')
      }
    }
  }

  /** Lets everything go: nothing more comes. */
  end(): void {
    for (const shelf of this.#shelves) {
      for (const datagram of shelf.datagrams.values()) this.#letGo(shelf, datagram, 'gap.fragment')
    }
  }

  /** Numbers of the frames whose fragments are kept, and whose bytes are counted nowhere yet; ascending. */
  held(): readonly number[] {
    if (this.#count === 0) return NOTHING
    const numbers = new Set<number>()
    for (const { datagrams } of this.#shelves) {
      for (const { packets, spoilt } of datagrams.values())
        if (!spoilt) for (const number of packets) numbers.add(number)
    }
    return [...numbers].sort((a, b) => a - b)
  }

  /** `fragments.reassembled`: packets; `fragments.conflicts`: those of them in which bytes came twice and differed. */
  stats(): Record<string, number> {
    if (this.#reassembled === 0) return {}
    return { 'fragments.reassembled': this.#reassembled, 'fragments.conflicts': this.#conflicts }
  }

  /** Writes family, layers, addresses, identification and protocol; returns the length. */
  #nameOf(walk: Walk, { id, protocol }: Fragment, size: number): number {
    const name = this.#name
    let at = 0
    name[at++] = walk.family
    for (let i = 0; i < walk.layersLength; i++) name[at++] = walk.layers[i]!
    for (let i = 0; i < size; i++) name[at++] = walk.bytes[walk.source + i]!
    for (let i = 0; i < size; i++) name[at++] = walk.bytes[walk.target + i]!
    for (let shift = 24; shift >= 0; shift -= 8) name[at++] = id >>> shift
    name[at++] = walk.family === 4 ? protocol : 0
    return at
  }

  /** By encapsulation and sender; of IPv6 by its /64, the rest of which a sender can choose. */
  #shelfOf(walk: Walk, size: number): Shelf {
    return this.#shelves[this.#hash.of(this.#name, 1 + walk.layersLength + Math.min(size, 8)) % SHELVES]!
  }

  #find(shelf: Shelf, key: string, walk: Walk): Datagram {
    const known = shelf.datagrams.get(key)
    if (known !== undefined) {
      if (walk.stamp.time < known.started + this.#limits.timeoutMs * MICROSECONDS) return known
      this.#letGo(shelf, known, 'gap.fragment')
    }
    const datagram = new Datagram(key, walk.family, walk.stamp.time)
    shelf.datagrams.set(key, datagram)
    this.#count++
    this.#grow(shelf, datagram.memory)
    return datagram
  }

  #complete(shelf: Shelf, datagram: Datagram, walk: Walk): Next {
    this.#remove(shelf, datagram)
    this.#reassembled++
    if (datagram.conflict) this.#conflicts++
    const { bytes, header, wireLength, behind, repeated } = datagram.whole()
    if (behind > 0) this.#lost('damaged.fragment-cut', behind)
    if (repeated > 0) this.#lost('duplicate.fragment', repeated)
    walk.captured = datagram.captured - behind - repeated
    walk.packets = datagram.packets
    walk.bytes = bytes
    walk.at = header
    walk.end = bytes.length
    walk.wireEnd = wireLength
    walk.source = walk.family === 4 ? 12 : 8
    walk.target = walk.family === 4 ? 16 : 24
    return WHOLE
  }

  #repeated(walk: Walk): Next {
    this.#lost('duplicate.fragment', walk.captured)
    return HELD
  }

  /** What came before is lost now, and so is this fragment; the name stays, so that the rest is recognized. */
  #spoil(shelf: Shelf, datagram: Datagram, walk: Walk): Next {
    this.#lost('damaged.fragment-overlap', datagram.captured)
    datagram.captured = 0
    const memory = datagram.memory
    datagram.spoil()
    this.#grow(shelf, datagram.memory - memory)
    return walk.damaged('damaged.fragment-overlap')
  }

  #makeRoom(): void {
    while (this.#memory > this.#limits.maxBytes || this.#count > this.#limits.maxDatagrams) {
      const fullest = this.#shelves.reduce((most, shelf) => (shelf.memory > most.memory ? shelf : most))
      const [oldest] = fullest.datagrams.values()
      this.#letGo(fullest, oldest!, 'budget.fragment')
    }
  }

  #letGo(shelf: Shelf, datagram: Datagram, why: Parameters<Lost>[0]): void {
    this.#remove(shelf, datagram)
    if (datagram.captured > 0) this.#lost(why, datagram.captured)
  }

  #remove(shelf: Shelf, datagram: Datagram): void {
    shelf.datagrams.delete(datagram.key)
    this.#count--
    this.#grow(shelf, -datagram.memory)
  }

  #grow(shelf: Shelf, bytes: number): void {
    shelf.memory += bytes
    this.#memory += bytes
  }
}
