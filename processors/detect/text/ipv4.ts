/**
 * IPv4 addresses in every spelling that URL parsers take (URL Standard §3.5, "IPv4 parser"):
 *
 *   address = part *3( "." part ) [ "." ]
 *   part    = decimal | "0" octal | "0x" hexadecimal        "0x" alone is 0
 *
 * The last part fills the bytes that are left: 127.1 is 127.0.0.1, 2130706433 too.
 */

export interface Ipv4 {
  /** 0 to 2^32 - 1. */
  readonly value: number
  /** Four decimal parts without leading zeros. */
  readonly plain: boolean
}

const PLAIN = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

/** Is the host an address or nothing (URL Standard, "ends in a number")? */
export function endsInNumber(host: string): boolean {
  return /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i.test(host.slice(-80))
}

/** Null when it is no address. */
export function ipv4Of(host: string): Ipv4 | null {
  const numbers = numbersOf(host)
  if (numbers === null) return null
  const last = numbers.pop()!
  if (numbers.some(number => number > 255) || last >= 256 ** (4 - numbers.length)) return null
  return { value: numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), last), plain: isPlain(host) }
}

/**
 * As libraries read it that keep the low bits of what is too large: 425.510.425.510 is 169.254.169.254. Null when it is not
 * made of numbers.
 */
export function wrappedIpv4Of(host: string): number | null {
  const numbers = numbersOf(host)
  if (numbers === null) return null
  const last = numbers.pop()!
  const room = 256 ** (4 - numbers.length)
  return numbers.reduce((sum, number, i) => sum + (number % 256) * 256 ** (3 - i), last % room)
}

function numbersOf(host: string): number[] | null {
  if (host.length > 80) return null
  const parts = (host.endsWith('.') ? host.slice(0, -1) : host).split('.')
  if (parts.length > 4) return null
  const numbers: number[] = []
  for (const part of parts) {
    const number = numberOf(part)
    if (number === null) return null
    numbers.push(number)
  }
  return numbers
}

function numberOf(part: string): number | null {
  if (/^0x[0-9a-f]*$/i.test(part)) return part.length === 2 ? 0 : Number.parseInt(part.slice(2), 16)
  if (/^0[0-7]*$/.test(part)) return Number.parseInt(part, 8)
  return /^[1-9]\d*$/.test(part) ? Number.parseInt(part, 10) : null
}

function isPlain(host: string): boolean {
  return PLAIN.test(host)
}
