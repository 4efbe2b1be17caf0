/** The UDP socket of a mirror. */

import { createSocket, type Socket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { Usage } from '#schemas/contracts/errors.ts'

const WHY: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another program listens there'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['EACCES', 'ports below 1024 need CAP_NET_BIND_SERVICE'],
])

/** Bound to `address` and `port`. Throws `Usage` when that cannot be. */
export async function bind(address: string, port: number, bufferBytes: number): Promise<Socket> {
  const type = address.includes(':') ? 'udp6' : 'udp4'
  const socket = createSocket({ type, recvBufferSize: bufferBytes })
  const bound = Promise.withResolvers<void>()
  socket.once('error', bound.reject)
  socket.bind({ address, port, exclusive: true }, bound.resolve)
  try {
    await bound.promise
  } catch (error) {
    socket.close()
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new Usage(`cannot listen on ${address} port ${port}: ${WHY.get(code) ?? message}`)
  }
  socket.removeListener('error', bound.reject)
  return socket
}

/** The largest receive buffer that this kernel gives, or null where that cannot be known (a container does not see it). */
export function largestBuffer(): number | null {
  try {
    return Number(readFileSync('/proc/sys/net/core/rmem_max', 'latin1'))
  } catch {
    return null
  }
}
