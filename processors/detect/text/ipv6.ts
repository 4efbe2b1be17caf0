/** IPv6 addresses as they stand between the brackets of a URL (RFC 4291 §2.2; a zone after % is dropped). */
import { ipv4Of } from './ipv4.ts'

/** Eight groups of 16 bits, or null when it is no address. */
export function ipv6Of(text: string): readonly number[] | null {
  if (text.length > 64) return null
  const zone = text.indexOf('%')
  const halves = (zone < 0 ? text : text.slice(0, zone)).split('::')
  if (halves.length > 2) return null
  const head = groupsOf(halves[0]!)
  if (head === null) return null
  if (halves.length === 1) return head.length === 8 ? head : null
  const tail = groupsOf(halves[1]!)
  if (tail === null || head.length + tail.length > 7) return null
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

/** `a:b:…`, the last one possibly an IPv4 address in dots. */
function groupsOf(text: string): number[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes('.')) {
      const address = ipv4Of(part)
      if (!address?.plain) return null
      groups.push(Math.floor(address.value / 65536), address.value % 65536)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups
}

/**
 * The IPv4 address that an IPv6 address stands for: mapped (::ffff:a.b.c.d), compatible (::a.b.c.d), translated
 * (64:ff9b::a.b.c.d), 6to4 (2002:aabb:ccdd::). Null for the others, :: and ::1 among them.
 */
export function embeddedIpv4(groups: readonly number[]): number | null {
  const low = groups[6]! * 65536 + groups[7]!
  const zeros = (from: number, to: number) => groups.slice(from, to).every(group => group === 0)
  if (zeros(0, 5) && groups[5] === 0xffff) return low
  if (zeros(0, 4) && groups[4] === 0xffff && groups[5] === 0) return low
  if (zeros(0, 6) && low > 0xffff) return low
  if (groups[0] === 0x64 && groups[1] === 0xff9b && zeros(2, 6)) return low
  if (groups[0] === 0x2002) return groups[1]! * 65536 + groups[2]!
  return null
}
