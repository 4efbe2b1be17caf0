/** Sightings for tests, written with what matters in the test. */
import type { Sighting } from './sighting.ts'

let count = 0

/** Of a request from outside to port 443 of 10.0.0.1, for 100 ms from 1 s on, unless said otherwise. */
export function sighting(changes: Partial<Sighting> = {}): Sighting {
  count++
  const server = changes.server ?? { ip: '10.0.0.1', port: 443 }
  return {
    id: `e${count}`,
    connection: `c${count}`,
    client: { ip: '192.0.2.1', port: 10_000 + count },
    server,
    place: `ebpf server ${server.ip} ${server.port}`,
    time: 1_000_000,
    end: 1_100_000,
    path: '/cart',
    content: 'same',
    status: 200,
    ids: {},
    ...changes,
  }
}

/** What the server of `outer` asks `server`, within the time of `outer`. */
export function inner(outer: Sighting, server: string, changes: Partial<Sighting> = {}): Sighting {
  const { time, end, path, content, status, ids } = outer
  const client = { ip: outer.server.ip, port: 40_000 }
  const at = { ip: server, port: 8080 }
  return sighting({ path, content, status, ids, client, server: at, time: time + 1000, end: end - 1000, ...changes })
}
