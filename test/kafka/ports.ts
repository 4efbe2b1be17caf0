/** Free ports of the loopback address. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the range from which systems take ports for outgoing connections (32768 on Linux): such a connection could take the
 * port of a broker that is stopped and about to come back.
 */
const RANGE = [20_000, 32_000] as const

export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(...RANGE)
    if (await free(port)) ports.add(port)
  }
  return [...ports]
}

async function free(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
