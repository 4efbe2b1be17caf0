/**
 * Headers that came before, and how they may be seen. Clients send most of their fields with every request, and the HTTP stage hands the
 * same object on for the same line. Bounded: SLOTS fields of at most LONGEST characters.
 */
import type { Header } from '#schemas/records/exchange.ts'

/** A power of two. */
const SLOTS = 1024
const LONGEST = 2048

export interface KnownHeader {
  readonly sent: Header
  readonly masked: Header
  /** What was made unreadable in it, and what stands there instead. */
  readonly secrets: readonly (readonly [secret: string, instead: string])[]
}

export class HeaderMemory {
  readonly #known = new Array<KnownHeader | undefined>(SLOTS).fill(undefined)

  get(header: Header): KnownHeader | null {
    const known = this.#known[slotOf(header)]
    if (known === undefined) return null
    const { sent } = known
    return sent === header || (sent[1] === header[1] && sent[0] === header[0]) ? known : null
  }

  add(known: KnownHeader): void {
    if (known.sent[0].length + known.sent[1].length <= LONGEST) this.#known[slotOf(known.sent)] = known
  }
}

function slotOf([name, value]: Header): number {
  const { length } = value
  const middle = value.charCodeAt(length >> 1) | 0
  const last = value.charCodeAt(length - 1) | 0
  return (name.length * 131 + length * 31 + middle * 7 + last) & (SLOTS - 1)
}
