/**
 * The identity of a flow: both endpoints in canonical order (a before b) and the encapsulation between which they
 * stand, so that equal addresses in different tenants never mix.
 *
 * a is the endpoint whose address is lower, byte by byte; of equal addresses the one with the lower port.
 *
 *   u8 family (4 or 6) · a address (4 or 16) · a port u16be · b address · b port u16be · per layer: u8 type, u32be id
 *
 * The sensor's name is not in the bytes: it is mixed into the flow key and the connection id.
 */
export interface Endpoint {
  readonly ip: string
  readonly port: number
}

/**
 * Outermost first. Types as in the JSON contract. `netns`: no encapsulation, but the network namespace (its inode number) of
 * a socket on the sensor's host, which keeps tenants apart in the same way.
 */
export type Encapsulation =
  | { readonly type: 'vlan'; readonly id: number }
  | { readonly type: 'vxlan' | 'geneve'; readonly vni: number }
  | { readonly type: 'gre' | 'erspan' | 'mpls' | 'pppoe' | 'gtpu' | 'pbb' | 'netns'; readonly id: number }

export interface FlowIdentity {
  readonly a: Endpoint
  readonly b: Endpoint
  readonly encapsulation: readonly Encapsulation[]
}

/** The code of a type is its place: only ever append. */
const TYPES = ['vlan', 'vxlan', 'geneve', 'gre', 'erspan', 'mpls', 'pppoe', 'gtpu', 'pbb', 'netns'] as const
export type EncapsulationType = (typeof TYPES)[number]
export const ENCAPSULATION_CODE: Readonly<Record<EncapsulationType, number>> = Object.fromEntries(
  TYPES.map((type, i) => [type, i]),
) as Record<EncapsulationType, number>

/** At most this many layers are kept in an identity; deeper nesting is `unsupported`. */
export const MAX_LAYERS = 8
/** Longest identity: IPv6 with all layers. */
export const MAX_IDENTITY = 1 + 2 * 18 + 5 * MAX_LAYERS

export function parseIdentity(bytes: Uint8Array): FlowIdentity {
  const size = bytes[0] === 6 ? 16 : 4
  const portAt = (at: number) => (bytes[at]! << 8) | bytes[at + 1]!
  const a = { ip: formatIp(bytes, 1, size), port: portAt(1 + size) }
  const b = { ip: formatIp(bytes, 3 + size, size), port: portAt(3 + 2 * size) }
  const encapsulation: Encapsulation[] = []
  for (let at = 5 + 2 * size; at + 5 <= bytes.length; at += 5) {
    const type = TYPES[bytes[at]!]!
    const id = ((bytes[at + 1]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!) >>> 0
    encapsulation.push(type === 'vxlan' || type === 'geneve' ? { type, vni: id } : { type, id })
  }
  return { a, b, encapsulation }
}

/** Dotted quad, or RFC 5952 (longest run of zeros compressed, lower case, IPv4-mapped as ::ffff:1.2.3.4). */
export function formatIp(bytes: Uint8Array, at: number, size: number): string {
  if (size === 4) return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
  const words: number[] = []
  for (let i = 0; i < 8; i++) words.push((bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!)
  if (words.slice(0, 5).every(word => word === 0) && words[5] === 0xffff) return `::ffff:${formatIp(bytes, at + 12, 4)}`
  let best = -1
  let bestLength = 1 // RFC 5952 §4.2.2: a single zero group is not shortened
  for (let i = 0; i < 8; i++) {
    let n = 0
    while (i + n < 8 && words[i + n] === 0) n++
    if (n > bestLength) [best, bestLength] = [i, n]
  }
  const hex = (part: number[]) => part.map(word => word.toString(16)).join(':')
  return best < 0 ? hex(words) : `${hex(words.slice(0, best))}::${hex(words.slice(best + bestLength))}`
}
