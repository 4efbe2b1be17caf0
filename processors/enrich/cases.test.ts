/**
 * The table cases.json. Per case: `peer` (default 10.0.0.1), `rules` (default: X-Forwarded-For from 10.0.0.0/8; or the
 * name of one of RULES), `headers` as lines, `said`: anomalies of the HTTP stage. Expected: `client`, `hops` after the packet's (+ trusted, - not), `host`
 * (default inner.example, as sent), `scheme` (default http), whether there was garbage, and whether a limit was hit.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange, Header, Hop } from '#schemas/records/exchange.ts'
import { CONNECTION, exchange, request, socketMessage } from '#test/driver/records.ts'
import { drive } from '#test/driver/stage.ts'
import cases from './cases.json' with { type: 'json' }
import enrich from './index.ts'

const NETWORKS = ['10.0.0.0/8']
const RULES = {
  xff: [{ trusted_networks: NETWORKS, real_ip: ['X-Forwarded-For'] }],
  forwarded: [
    { trusted_networks: NETWORKS, real_ip: ['Forwarded'], original_host: ['Forwarded'], proto: ['Forwarded'] },
  ],
  all: [
    {
      trusted_networks: NETWORKS,
      real_ip: ['X-Forwarded-For', 'X-Real-IP'],
      original_host: ['X-Forwarded-Host'],
      proto: ['X-Forwarded-Proto'],
      port: ['X-Forwarded-Port'],
    },
  ],
}

interface Case {
  readonly group?: string
  readonly title?: string
  readonly peer?: string
  /** What PROXY headers said: `address:port`, `unknown`, or either with ` tls` behind it. */
  readonly proxy?: readonly string[]
  /** Default: 10.0.0.0/8 is trusted, PROXY headers go first. */
  readonly proxyProtocol?: object
  readonly rules?: keyof typeof RULES | readonly object[]
  readonly limits?: object
  readonly headers?: readonly string[]
  /** What the HTTP stage said of the request. */
  readonly said?: readonly string[]
  /** It is a message of a WebSocket, and this is what the HTTP stage said of the handshake. */
  readonly handshake?: readonly string[]
  readonly client?: string
  readonly hops?: readonly string[]
  readonly host?: string
  readonly scheme?: string
  readonly garbage?: boolean
  readonly untrustedProxy?: boolean
  readonly cut?: boolean
}

let group = ''
for (const row of cases as readonly Case[]) {
  if (row.group !== undefined) group = row.group
  else test(`${group}: ${row.title}`, () => check(row))
}

function check(row: Case): void {
  const rules = typeof row.rules === 'object' ? row.rules : RULES[row.rules ?? 'xff']
  const config = enrich.config.parse({
    proxy_headers: rules,
    proxy_protocol: row.proxyProtocol ?? { trusted_networks: NETWORKS },
    limits: row.limits,
  })
  const stage = drive(enrich.create(config, {}), { outputs: enrich.outputs })
  const connection = { ...CONNECTION, client: { ip: row.peer ?? '10.0.0.1', port: 49_762 } }
  const headers = (row.headers ?? []).map((line): Header => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)]
  })
  const decoded = exchange({
    connection,
    host: 'inner.example',
    hops: [{ from: 'packet', ...connection.client, trusted: true }, ...(row.proxy ?? []).map(hopOf)],
    request: request({ headers }),
    anomalies: row.said ?? [],
    ...(row.handshake === undefined ? {} : { message: socketMessage({ handshake: row.handshake }).message }),
  })
  stage.feed(decoded, decoded.time)

  assert.equal(stage.out[0]?.key, stage.out[0] && (stage.out[0].value as Exchange).client.ip, 'key is the client')
  const [got] = stage.take<Exchange>('exchanges')
  assert.ok(got)
  const [packet, ...hops] = got.hops
  assert.deepEqual(packet, decoded.hops[0])
  assert.deepEqual(
    {
      client: place(got.client),
      hops: hops.map(hop => `${hop.trusted ? '+' : '-'}${hop.from} ${place(hop)}`),
      host: got.host,
      scheme: got.scheme,
      anomalies: got.anomalies,
      cut: stage.counted('enrich.header.cut') === 1,
    },
    {
      client: row.client,
      hops: row.hops,
      host: row.host ?? 'inner.example',
      scheme: row.scheme ?? 'http',
      anomalies: [
        ...(row.said ?? []),
        ...(row.untrustedProxy === true ? ['proxy.untrusted'] : []),
        ...(row.garbage === true ? ['enrich.bad-forwarded-value'] : []),
      ],
      cut: row.cut ?? false,
    },
  )
}

function hopOf(text: string): Hop {
  const [address = '', tls] = text.split(' ')
  const colon = address.lastIndexOf(':')
  const named =
    address === 'unknown' ? { ip: '' } : { ip: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
  return {
    from: 'proxy-v2',
    ...named,
    trusted: false,
    ...(tls === undefined ? {} : { proxy: { ssl: { tls: true, verified: null } } }),
  }
}

function place({ ip, port }: { readonly ip: string; readonly port?: number }): string {
  if (port === undefined) return ip
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}
