/**
 * Who is believed about the client in PROXY headers. The rule is that of forwarding headers (trust.ts), with the nearest hop
 * first: each party names the one before it, and is believed if it is in the trusted networks.
 *
 *   client ─► proxy 2 ─► proxy 1 ─► us        the stream: PROXY <proxy 2>, PROXY <client>, GET / …
 *                                             peer in the packet: proxy 1
 *
 * A header that names nobody (LOCAL, UNKNOWN, UNIX, one that cannot be read) ends the walk: behind it, a client writes.
 */
import { CidrSet } from '#schemas/config/net.ts'
import type { Exchange, Hop } from '#schemas/records/exchange.ts'
import type { Config } from './config.ts'

export interface Judged {
  /** With `trusted` as it is: all of them, the packet's first. */
  readonly hops: readonly Hop[]
  /** Who the farthest believed header names; null: nobody. */
  readonly client: Exchange['client'] | null
  /** A believed header says that the client came over TLS. */
  readonly tls: boolean
  /** There is a header that is not believed. */
  readonly untrusted: boolean
}

export class ProxyTrust {
  readonly #networks: CidrSet
  /** All exchanges of a connection have the same hops, in the same array. */
  readonly #judged = new WeakMap<readonly Hop[], Judged>()

  constructor({ trusted_networks }: Config['proxy_protocol']) {
    this.#networks = new CidrSet(trusted_networks)
  }

  /** `hops`: that of the packet, then one for each PROXY header, nearest first. */
  judge(hops: readonly Hop[]): Judged {
    let judged = this.#judged.get(hops)
    if (judged === undefined) this.#judged.set(hops, (judged = this.#walk(hops)))
    return judged
  }

  #walk([packet, ...headers]: readonly Hop[]): Judged {
    let believes = this.#networks.has(packet!.ip)
    let client: Judged['client'] = null
    let tls = false
    let untrusted = false
    const hops = [packet!]
    for (const hop of headers) {
      hops.push({ ...hop, trusted: believes })
      if (!believes) {
        untrusted = true
        continue
      }
      if (hop.proxy?.ssl?.tls === true) tls = true
      if (hop.ip !== '') client = hop.port === undefined ? { ip: hop.ip } : { ip: hop.ip, port: hop.port }
      believes = hop.ip !== '' && this.#networks.has(hop.ip)
    }
    return { hops, client, tls, untrusted }
  }
}
