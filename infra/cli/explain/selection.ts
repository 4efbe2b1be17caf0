/** What `--explain` names: one packet, the packets between two ends, or one connection. */
import { isIP } from 'node:net'
import { Usage } from '#schemas/contracts/errors.ts'
import type { Endpoint, FlowIdentity } from '#schemas/records/flow.ts'

export type Selection =
  | { readonly kind: 'packet'; readonly packet: number }
  /** All connections of one end, or between two. */
  | { readonly kind: 'ends'; readonly ends: readonly Endpoint[] }
  | { readonly kind: 'connection'; readonly id: string }

/** As `deterministicId` makes them; of an exchange, with its ordinal. */
const ID = /^([0-9a-f]{24})(?:-\d+)?$/

/** `7`, `10.0.0.1:40000`, `10.0.0.1:40000-10.0.0.2:80`, `[::1]:80`, or the id of a connection or exchange. Throws `Usage`. */
export function parseSelection(text: string): Selection {
  if (/^[1-9]\d{0,14}$/.test(text)) return { kind: 'packet', packet: Number(text) }
  const id = ID.exec(text)?.[1]
  if (id !== undefined) return { kind: 'connection', id }
  const ends = text.split('-').map(endpoint)
  if (ends.length <= 2 && ends.every(end => end !== null)) return { kind: 'ends', ends }
  throw new Usage(
    `--explain: expected the number of a packet (7), ends (10.0.0.1:40000 or 10.0.0.1:40000-10.0.0.2:80), or the id of a connection or exchange, got ${JSON.stringify(text)}`,
  )
}

function endpoint(text: string): Endpoint | null {
  const { bare, v6, port } = /^(?:\[(?<v6>[^\]]*)\]|(?<bare>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text)?.groups ?? {}
  const ip = bare ?? v6 ?? ''
  if (isIP(ip) === 0 || Number(port) > 65_535) return null
  return { ip, port: Number(port) }
}

/** True when all ends that were named are ends of this flow. */
export function betweenEnds(ends: readonly Endpoint[], { a, b }: Pick<FlowIdentity, 'a' | 'b'>): boolean {
  return ends.every(end => same(end, a) || same(end, b))
}

function same(one: Endpoint, other: Endpoint): boolean {
  return one.ip === other.ip && one.port === other.port
}
