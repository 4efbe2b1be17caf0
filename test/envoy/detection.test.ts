/** From a request through a real Envoy to a detection in a running node. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { needsEnvoy } from '#test/driver/envoy.ts'
import { nodeOn } from '#test/e2e/node.ts'
import { freePort } from '#test/e2e/telemetry.ts'
import { Http1Client } from '#test/envoy/client.ts'
import { ingestCluster, startProxied } from '#test/envoy/proxied.ts'

const TOKEN = 'a-token-of-this-test'

interface Line {
  readonly type: string
  readonly attack?: string
  readonly method?: string
  readonly path?: string
  readonly host?: string
  readonly response?: { readonly status: number }
  readonly connection?: { readonly capture: string; readonly client: { readonly ip: string } }
}

test('GET /etc/passwd is a path traversal, and is answered as ever', { timeout: 120_000 }, async t => {
  if (!needsEnvoy(t)) return
  const port = await freePort()
  const node = await nodeOn(folder => {
    writeFileSync(join(folder, 'token'), TOKEN)
    return `producers:
  - type: envoy
    listen: 127.0.0.1:${port}
    token: { file: token }
sinks:
  - type: log
    topics: [detections]
    path: found.jsonl
`
  })
  try {
    await using proxied = await startProxied({ settings: { token: TOKEN }, ingest: ingestCluster(port) })
    using client = new Http1Client(proxied.envoy.port('mirrored'))
    const seen = await client.send({ method: 'GET', path: '/etc/passwd', headers: { host: 'shop.example' } })
    assert.equal(seen.status, 200)
    const file = join(node.folder, 'found.jsonl')
    while (!existsSync(file) || !readFileSync(file, 'utf8').includes('\n')) await delay(100)
    const [line] = readFileSync(file, 'utf8').split('\n')
    assert.partialDeepStrictEqual(JSON.parse(line!) as Line, {
      type: 'detection',
      attack: 'ptrav',
      method: 'GET',
      path: '/etc/passwd',
      host: 'shop.example',
      response: { status: 200 },
      connection: { capture: 'envoy', client: { ip: '127.0.0.1' } },
    })
  } finally {
    await node.stop()
  }
})
