/** One rule of `proxy_headers`, compiled: whom it applies to and what it makes of a request's headers. */
import { CidrSet } from '#schemas/config/net.ts'
import type { Header, Hop } from '#schemas/records/exchange.ts'
import type { Limits, Rule } from './config.ts'
import { parseHost, parsePort, parseScheme } from './host.ts'
import type { End } from './lines.ts'
import type { Address, Node } from './node.ts'
import { HeaderReader, type Parties } from './reader.ts'
import { leftmost, rightmostUntrusted } from './trust.ts'

/** What trusted parties said; null: nothing. */
export interface Testimony {
  readonly client: Address | null
  /** Everybody that was named, nearest first, untrusted ones included. */
  readonly hops: readonly Hop[]
  readonly host: string | null
  readonly scheme: 'http' | 'https' | null
  readonly port: number | null
  /** A header that counts has a value that is in no grammar. */
  readonly garbage: boolean
  /** A limit was hit. */
  readonly cut: boolean
}

/** Parties of a header, those from `reach` on vouched for. */
interface Chain extends Parties {
  readonly reach: number
}

export class TrustRule {
  /** Which end of a list, and of the header section, says who the client is. */
  readonly counts: End
  readonly #rule: Rule
  readonly #limits: Limits
  readonly #networks: CidrSet | null

  constructor(rule: Rule, limits: Limits) {
    this.#rule = rule
    this.#limits = limits
    this.counts = rule.strategy === 'leftmost' ? 'left' : 'right'
    this.#networks = rule.trusted_networks === undefined ? null : new CidrSet(rule.trusted_networks)
  }

  readonly trusts = (ip: string): boolean => this.#networks === null || this.#networks.has(ip)

  /** For a peer that the rule trusts. */
  hear(headers: readonly Header[]): Testimony {
    const rule = this.#rule
    const reader = new HeaderReader(headers, this.#limits, this.counts)
    const chain = this.#firstChain(rule.real_ip, reader)
    const host = this.#heard(rule.original_host, reader, chain, 'host')
    const proto = this.#heard(rule.proto, reader, chain, 'proto')
    const port = this.#heard(rule.port, reader, chain, null)
    const heard = {
      host: host === null ? null : parseHost(host),
      scheme: proto === null ? null : parseScheme(proto),
      port: port === null ? null : parsePort(port),
    }
    const refused =
      (host !== null && heard.host === null) ||
      (proto !== null && heard.scheme === null) ||
      (port !== null && heard.port === null)
    return {
      ...heard,
      client: chain === null ? null : addressAt(chain.nodes, chain.reach),
      hops: chain === null ? [] : hopsOf(chain, chain.reach),
      garbage: refused || (chain?.nodes.includes('garbage') ?? false),
      cut: reader.cut,
    }
  }

  #firstChain(names: readonly string[], reader: HeaderReader): Chain | null {
    for (const name of names) {
      const parties = reader.parties(name)
      if (parties !== null) return this.#chain(parties)
    }
    return null
  }

  #chain(parties: Parties): Chain {
    const { nodes } = parties
    const reach = this.#rule.strategy === 'leftmost' ? leftmost(nodes) : rightmostUntrusted(nodes, this.trusts)
    return { ...parties, reach }
  }

  /**
   * The first header of `names` that says something. Of a plain list the value counts that the nearest proxy wrote (the
   * rightmost; the first with `leftmost`). An element of Forwarded tells who saw it: there the one farthest out counts
   * that trusted parties vouch for.
   */
  #heard(
    names: readonly string[],
    reader: HeaderReader,
    client: Chain | null,
    parameter: 'host' | 'proto' | null,
  ): string | null {
    for (const name of names) {
      const text =
        name === 'forwarded' && parameter !== null
          ? this.#forwarded(client?.from === name ? client : this.#firstChain([name], reader), parameter)
          : reader.value(name)
      if (text !== null) return text
    }
    return null
  }

  #forwarded(chain: Chain | null, parameter: 'host' | 'proto'): string | null {
    if (chain === null || chain.elements === null) return null
    for (let i = chain.reach; i < chain.elements.length; i++) {
      const text = chain.elements[i]![parameter]
      if (text !== null) return text
    }
    return null
  }
}

/** What headers say that nobody trusted sent: kept, and believed in nothing. */
export function hearsay(
  headers: readonly Header[],
  names: Iterable<string>,
  limits: Limits,
): Pick<Testimony, 'hops' | 'cut'> {
  const reader = new HeaderReader(headers, limits, 'right')
  const hops: Hop[] = []
  for (const name of names) {
    const parties = reader.parties(name)
    if (parties !== null) hops.push(...hopsOf(parties, parties.nodes.length))
  }
  return { hops, cut: reader.cut }
}

function addressAt(nodes: readonly Node[], index: number): Address | null {
  const node = nodes[index]
  return node === undefined || typeof node === 'string' ? null : node
}

/** Nearest first; trusted from `reach` on. What has no address is no hop. */
function hopsOf({ from, nodes }: Parties, reach: number): Hop[] {
  const hops: Hop[] = []
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!
    if (typeof node === 'string') continue
    const { ip, port } = node
    hops.push({ from, ip, ...(port === null ? {} : { port }), trusted: i >= reach })
  }
  return hops
}
