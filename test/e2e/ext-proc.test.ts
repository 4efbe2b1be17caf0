/** `tapwire run` with an ingest server: attacks that come by ext_proc and by POST, on two addresses, end as detections. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { requestHalf, responseHalf } from '#schemas/message/message.test-support.ts'
import { encodeMessage } from '#schemas/message/message.ts'
import type { MessageHalf } from '#schemas/records/message.ts'
import { attributes, ExtProcClient, OBSERVED, requestHeaders, responseHeaders } from '#test/driver/ext-proc.ts'
import { nodeOn } from './node.ts'
import { tapwire } from './tapwire.ts'
import { freePort } from './telemetry.ts'

const TOKEN = 'a-token-of-this-test'

interface Line {
  readonly type: string
  readonly attack?: string
  readonly path?: string
  readonly client: { readonly ip: string }
  readonly request?: { readonly path: string }
  readonly response: { readonly status: number } | null
}

function linesIn(file: string): readonly Line[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map(line => JSON.parse(line) as Line)
}

async function post(port: number, body: Uint8Array): Promise<number> {
  const headers = { 'content-type': 'application/x-msgpack', authorization: `Bearer ${TOKEN}` }
  return (await fetch(`http://127.0.0.1:${port}/v1/messages`, { method: 'POST', headers, body })).status
}

/** An attack as Envoy tells it in observability mode; resolves when the server has ended the stream. */
async function mirror(port: number, path: string): Promise<number> {
  await using client = new ExtProcClient(port)
  const { call, status } = client.open({ authorization: `Bearer ${TOKEN}` })
  const asked = [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', 'shop.example'],
    [':path', path],
  ] as const
  const seen = { 'source.address': '203.0.113.9:41000', 'destination.address': '10.0.0.2:8080' }
  call.write({ ...requestHeaders(asked, true), ...attributes(seen), ...OBSERVED })
  call.write({ ...responseHeaders([[':status', '404']], true), ...OBSERVED })
  return (await status).code
}

test('attacks that come by ext_proc and by POST end as detections', async () => {
  const [first, second] = [await freePort(), await freePort()]
  const node = await nodeOn(folder => {
    writeFileSync(join(folder, 'token'), TOKEN)
    return `producers:
  - type: envoy
    listen: 127.0.0.1:${first}
    grpcListen: 127.0.0.1:${second}
    token: { file: token }
sinks: [{ type: log, path: lines.jsonl, topics: [exchanges, detections] }]
`
  })
  try {
    assert.equal(await mirror(second, '/etc/passwd?way=ext-proc'), 0)
    const half = { id: 'posted-AbCdEfGhIjKl', start: Date.now() * 1000, end: Date.now() * 1000 }
    const request: MessageHalf = requestHalf({ ...half, path: '/etc/passwd?way=post' })
    assert.equal(await post(first, encodeMessage(request)), 202)
    assert.equal(await post(second, encodeMessage(responseHalf({ ...half, status: 403 }))), 202, 'by the other address')
    assert.equal(await post(first, Buffer.from('no MessagePack')), 400)
    const file = join(node.folder, 'lines.jsonl')
    while (linesIn(file).length < 4) await new Promise(resolve => setTimeout(resolve, 20))
    const lines = linesIn(file)
    const detections = lines.filter(({ type }) => type === 'detection')
    assert.deepEqual(detections.map(({ attack, path, client }) => [attack, path, client.ip]).toSorted(), [
      ['ptrav', '/etc/passwd', '203.0.113.7'],
      ['ptrav', '/etc/passwd', '203.0.113.9'],
    ])
    const answered = lines.filter(({ type }) => type === 'exchange').map(({ response }) => response?.status)
    assert.deepEqual(answered.toSorted(), [403, 404])
    const dead = await tapwire(['dead', 'list', '--json', '--config', node.config])
    const [letter] = dead.lines<{ readonly group: string; readonly reason: string; readonly bytes: number }>()
    const { group, reason, bytes } = letter!
    assert.deepEqual([group, reason, bytes], [`source.envoy/127.0.0.1:${first}`, 'message-malformed', 1])
  } finally {
    await node.stop()
  }
})
