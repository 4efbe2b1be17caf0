/**
 * Who is believed about the client.
 *
 *   client, proxy 1, proxy 2  ─►  us              X-Forwarded-For: <what the client sent>, client, proxy 1
 *                                                 peer in the packet: proxy 2
 *
 * Each party names the one before it, so a name counts only as far as the one who told it is trusted: from the peer
 * leftwards as long as the address is in the trusted networks. The first one outside is the client; what stands left of
 * it is what the client chose to send.
 */
import type { Node } from './node.ts'

/**
 * Index of the leftmost node that a chain of trusted parties vouches for; `nodes.length` when there is none (the client
 * is the peer). The peer itself is trusted: the caller has checked. A node without an address ends the walk.
 */
export function rightmostUntrusted(nodes: readonly Node[], trusts: (ip: string) => boolean): number {
  let reach = nodes.length
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!
    if (typeof node === 'string') break
    reach = i
    if (!trusts(node.ip)) break
  }
  return reach
}

/** The reference product's way: the first value, whoever sent it. */
export function leftmost(nodes: readonly Node[]): number {
  return nodes.length > 0 && typeof nodes[0] !== 'string' ? 0 : nodes.length
}
