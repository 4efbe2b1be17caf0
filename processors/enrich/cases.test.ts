/**
 * The table cases.json. Per case: `peer` (default 10.0.0.1), `rules` (default: X-Forwarded-For from 10.0.0.0/8; or the
 * name of one of RULES), `headers` as lines, `said`: anomalies of the HTTP stage. Expected: `client`, `hops` after the packet's (+ trusted, - not), `host`
 * (default inner.example, as sent), `scheme` (default http), whether there was garbage, and whether a limit was hit.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange, Header } from '#schemas/records/exchange.ts'
import { CONNECTION, exchange, request } from '#test/driver/records.ts'
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
  readonly rules?: keyof typeof RULES | readonly object[]
  readonly limits?: object
  readonly headers?: readonly string[]
  /** What the HTTP stage said of the request. */
  readonly said?: readonly string[]
  readonly client?: string
  readonly hops?: readonly string[]
  readonly host?: string
  readonly scheme?: string
  readonly garbage?: boolean
  readonly cut?: boolean
}

let group = ''
for (const row of cases as readonly Case[]) {
  if (row.group !== undefined) group = row.group
  else test(`${group}: ${row.title}`, () => check(row))
}

function check(row: Case): void {
  const rules = typeof row.rules === 'object' ? row.rules : RULES[row.rules ?? 'xff']
  const config = enrich.config.parse({ proxy_headers: rules, limits: row.limits })
  const stage = drive(enrich.create(config, {}), { outputs: enrich.outputs })
  const connection = { ...CONNECTION, client: { ip: row.peer ?? '10.0.0.1', port: 49_762 } }
  const headers = (row.headers ?? []).map((line): Header => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)]
  })
  const decoded = exchange({
    connection,
    host: 'inner.example',
    request: request({ headers }),
    anomalies: row.said ?? [],
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
      anomalies: [...(row.said ?? []), ...(row.garbage === true ? ['enrich.bad-forwarded-value'] : [])],
      cut: row.cut ?? false,
    },
  )
}

function place({ ip, port }: { readonly ip: string; readonly port?: number }): string {
  if (port === undefined) return ip
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}
