/**
 * Fuzz target: forwarding headers of any text. Nothing throws, and the client is the peer or an address that can be read
 * in the headers' canonical hops.
 */
import assert from 'node:assert/strict'
import enrich from '#processors/enrich/index.ts'
import { canonicalAddress } from '#schemas/config/address.ts'
import type { Exchange, Header } from '#schemas/records/exchange.ts'
import { exchange, request } from '#test/driver/records.ts'
import { drive } from '#test/driver/stage.ts'

const NAMES = ['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Forwarded-Port']

const config = enrich.config.parse({
  proxy_headers: [
    {
      trusted_networks: ['10.0.0.0/8'],
      real_ip: ['Forwarded', 'X-Forwarded-For'],
      original_host: ['Forwarded', 'X-Forwarded-Host'],
      proto: ['Forwarded', 'X-Forwarded-Proto'],
      port: ['X-Forwarded-Port'],
    },
  ],
  routes: [{ host: '*.example', application: 1 }],
  limits: { elements: 8, characters: 256 },
})

/** Lines of header values; the first byte of each picks the header. */
export default function forwarded(data: Uint8Array): void {
  const headers: Header[] = Buffer.from(data)
    .toString('latin1')
    .split('\n')
    .map(line => [NAMES[line.charCodeAt(0) % NAMES.length] ?? 'Forwarded', line.slice(1)])
  const stage = drive(enrich.create(config, {}), { outputs: enrich.outputs })
  const decoded = exchange({ request: request({ headers }) })
  const peer = decoded.client
  stage.feed(decoded, decoded.time)
  const [got] = stage.take<Exchange>('exchanges')
  assert.ok(got)
  const { client, hops } = got
  for (const hop of hops) assert.equal(canonicalAddress(hop.ip), hop.ip)
  assert.ok(hops.length <= 1 + config.limits.elements)
  assert.equal(got.host, got.host.toLowerCase())
  // The client is the last hop of the trusted run that starts at the packet, and that run has no hole.
  const trusted = hops.filter(hop => hop.trusted)
  assert.deepEqual(hops.slice(0, trusted.length), trusted)
  assert.equal(client.ip, trusted.at(-1)?.ip ?? peer.ip)
}
