import { mkdtempDisposable } from 'node:fs/promises'
import type { ServerOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Secret } from '#schemas/config/secret.ts'
import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { Authority, canCertify } from '#test/driver/certificates.ts'
import { type Asked, type Given, OtherSide } from '#test/driver/other-side.ts'
import { detection } from '#test/driver/records.ts'
import { type SinkWorld, sinkSuite } from '#test/suites/sink.ts'
import webhook from './index.ts'

type Kind = 'lines' | 'gzip array, answers about records' | 'TLS'

const SETTINGS: Readonly<Record<Kind, object>> = {
  lines: {},
  'gzip array, answers about records': { format: 'array', gzip: true, answers: 'records' },
  TLS: {},
}

/** A receiver that knows repeats by their ids. It refuses single records where it can, whole batches otherwise. */
async function world(kind: Kind): Promise<SinkWorld<SinkRecord>> {
  const held = new Set<number>()
  const unwanted = new Set<number>()
  const perRecord = kind === 'gzip array, answers about records'
  const handle = (asked: Asked): Given => {
    const numbers = numbersIn(asked, perRecord)
    const refused = numbers.flatMap((n, index) => (unwanted.has(n) ? [{ index, answer: 'unwanted' }] : []))
    if (refused.length > 0 && !perRecord) return { status: 422, body: 'unwanted' }
    for (const n of numbers) if (!unwanted.has(n)) held.add(n)
    return perRecord ? { status: 200, body: JSON.stringify({ refused }) } : { status: 204 }
  }
  const secure = kind === 'TLS' ? await certificates() : null
  const side = await OtherSide.open(handle, secure?.server)
  const tls = secure === null ? {} : { tls: { ca: Secret.of(secure.ca) } }
  return {
    open: () =>
      webhook.open(webhook.config.parse({ url: `${side.url}/in`, ...SETTINGS[kind], ...tls }), {
        stdout: process.stdout,
        directory: '/',
      }),
    record: n => ({ topic: 'detections', value: detection({ id: String(n) }) }),
    held: async () => [...held],
    trouble: side.troubles,
    refuse: n => void unwanted.add(n),
    [Symbol.asyncDispose]: () => side[Symbol.asyncDispose](),
  }
}

function numbersIn({ body }: Asked, isArray: boolean): readonly number[] {
  const text = isArray ? gunzipSync(body).toString() : `[${body.toString().trimEnd().replaceAll('\n', ',')}]`
  return (JSON.parse(text) as readonly { readonly id: string }[]).map(({ id }) => Number(id))
}

async function certificates(): Promise<{ readonly ca: string; readonly server: ServerOptions }> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tapwire-webhook-'))
  const authority = new Authority(folder.path)
  return { ca: authority.cert, server: { ...authority.issue('server', 'IP:127.0.0.1') } }
}

const CAN = ['refuse', 'away', 'failing', 'throttling', 'hanging'] as const

for (const kind of Object.keys(SETTINGS) as Kind[]) {
  // Certificates are made with openssl; schemas/outgoing/tls.test.ts says so when it is missing.
  if (kind === 'TLS' && !canCertify) continue
  sinkSuite(`webhook, ${kind}`, CAN, () => world(kind))
}
