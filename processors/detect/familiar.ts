/**
 * Header fields that came before and gave a detector nothing to look at. Clients send most of their fields with every
 * request, and the HTTP stage hands the same object on for the same line: what was taken apart once need not be again.
 * Nothing of it shows outside: what is skipped is what gives nothing.
 *
 * Bounded: SLOTS fields of at most LONGEST characters.
 */
import type { Header } from '#schemas/records/exchange.ts'

/** A power of two. */
const SLOTS = 2048
const LONGEST = 2048

export class Familiar {
  readonly #fields: (Header | undefined)[] = new Array<Header | undefined>(SLOTS).fill(undefined)

  has(field: Header): boolean {
    const known = this.#fields[slotOf(field)]
    return known !== undefined && (known === field || (known[1] === field[1] && known[0] === field[0]))
  }

  add(field: Header): void {
    if (field[0].length + field[1].length <= LONGEST) this.#fields[slotOf(field)] = field
  }
}

function slotOf([name, value]: Header): number {
  const { length } = value
  const middle = value.charCodeAt(length >> 1) | 0
  const last = value.charCodeAt(length - 1) | 0
  return (name.length * 131 + length * 31 + middle * 7 + last) & (SLOTS - 1)
}
