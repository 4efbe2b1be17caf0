/**
 * The flow identity (schemas/records/flow.ts) of a socket. Its network namespace is the only layer: equal addresses in two
 * namespaces, as pods and containers have them, are two flows.
 */
import { ENCAPSULATION_CODE } from '#schemas/records/flow.ts'
import type { ConnectionBody } from './messages.ts'

export interface SocketIdentity {
  readonly bytes: Uint8Array
  /** Which endpoint of the identity the process is: the direction of what it sends. */
  readonly local: 0 | 1
}

type Addresses = Pick<ConnectionBody, 'netns' | 'family' | 'local' | 'localPort' | 'remote' | 'remotePort'>

export function identityOf(socket: Addresses): SocketIdentity {
  const { netns, family, local, localPort, remote, remotePort } = socket
  const own = endpoint(local, localPort)
  const other = endpoint(remote, remotePort)
  const first = Buffer.compare(own, other) <= 0
  const layer = [ENCAPSULATION_CODE.netns, netns >>> 24, (netns >>> 16) & 255, (netns >>> 8) & 255, netns & 255]
  const bytes = Uint8Array.of(family, ...(first ? own : other), ...(first ? other : own), ...layer)
  return { bytes, local: first ? 0 : 1 }
}

/** Address and port, so that comparing bytes compares addresses, then ports. */
function endpoint(address: Uint8Array, port: number): Uint8Array {
  return Uint8Array.of(...address, port >> 8, port & 255)
}
