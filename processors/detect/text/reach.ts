/** Where an address leads: what a server can reach and its clients cannot (RFC 6890), and the services of clouds. */
import type { Address } from './url.ts'

export type Reach = 'metadata' | 'loopback' | 'private' | 'public'

/** Services that hand out the credentials of the machine that asks: AWS, GCP, Azure, Oracle, Alibaba, DigitalOcean, ECS tasks. */
const METADATA: ReadonlySet<number> = new Set([
  ipv4(169, 254, 169, 254),
  ipv4(169, 254, 169, 253),
  ipv4(169, 254, 170, 2),
  ipv4(169, 254, 170, 23),
  ipv4(100, 100, 100, 200),
  ipv4(192, 0, 0, 192),
  ipv4(168, 63, 129, 16),
])

const RANGES: readonly (readonly [first: number, bits: number, reach: Reach])[] = [
  [ipv4(127, 0, 0, 0), 8, 'loopback'],
  [ipv4(0, 0, 0, 0), 8, 'loopback'],
  [ipv4(10, 0, 0, 0), 8, 'private'],
  [ipv4(172, 16, 0, 0), 12, 'private'],
  [ipv4(192, 168, 0, 0), 16, 'private'],
  [ipv4(100, 64, 0, 0), 10, 'private'],
  [ipv4(169, 254, 0, 0), 16, 'private'],
]

function ipv4(a: number, b: number, c: number, d: number): number {
  return ((a * 256 + b) * 256 + c) * 256 + d
}

export function reachOf({ ipv4: value, groups }: Address): Reach {
  if (value !== null) {
    if (METADATA.has(value)) return 'metadata'
    return RANGES.find(([first, bits]) => value >= first && value < first + 2 ** (32 - bits))?.[2] ?? 'public'
  }
  return groups === null ? 'public' : reachOfIpv6(groups)
}

function reachOfIpv6(groups: readonly number[]): Reach {
  const [first, second] = groups
  if (groups.slice(0, 7).every(group => group === 0) && groups[7]! <= 1) return 'loopback'
  // fd00:ec2::254 of AWS, fd20:ce::254 of Google.
  if ((first === 0xfd00 && second === 0xec2) || (first === 0xfd20 && second === 0xce)) return 'metadata'
  return (first! & 0xfe00) === 0xfc00 || (first! & 0xffc0) === 0xfe80 ? 'private' : 'public'
}
