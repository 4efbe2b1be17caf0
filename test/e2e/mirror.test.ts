/** `tapwire run` with a mirror: HTTP in VXLAN comes out of a sink, under the network identifier of its tenant. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { vxlan } from '#test/driver/frames.ts'
import { Clock, frameOf, type Packet, Talk } from '#test/driver/packets.ts'
import { scratch, tapwire } from './tapwire.ts'

const VNIS = [7, 8, 9]
const PATIENCE_MS = 90_000

interface Line {
  readonly type: string
  readonly request: { readonly path: string }
  readonly response: { readonly status: number }
  readonly connection: { readonly capture: string; readonly encapsulation: unknown }
  readonly origin: { readonly topic: string }
}

/** One exchange, the same in every tenant but for its path. */
function conversation(vni: number): readonly Packet[] {
  const talk = new Talk(new Clock())
  return [
    ...talk.open(),
    ...talk.client(`GET /tenant/${vni} HTTP/1.1\r\nHost: shop.example\r\n\r\n`),
    ...talk.server('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    ...talk.close(),
  ]
}

/** A port that nobody listens to at the moment. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>(resolve => socket.close(resolve))
  return port
}

function exchangesIn(file: string): readonly Line[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map(line => JSON.parse(line) as Line).filter(({ type }) => type === 'exchange')
}

/** Sends the tenants' conversations again and again, packet by packet in turns, until all that is wanted is in the file. */
async function mirrorUntil(file: string, port: number, wanted: number, signal: AbortSignal): Promise<void> {
  const socket = createSocket('udp4')
  const talks = VNIS.map(conversation)
  while (exchangesIn(file).length < wanted && !signal.aborted) {
    for (const [i] of talks[0]!.entries())
      for (const [tenant, vni] of VNIS.entries())
        socket.send(vxlan(vni, frameOf(talks[tenant]![i]!)), port, '127.0.0.1')
    await delay(300)
  }
  socket.close()
}

test('HTTP in VXLAN comes out of a sink, tenants apart', async t => {
  const folder = scratch(t)
  const port = await freePort()
  const file = join(folder, 'exchanges.jsonl')
  const config = join(folder, 'tapwire.yaml')
  writeFileSync(
    config,
    `producers:
  - type: mirror
    encapsulation: vxlan
    listen: 127.0.0.1:${port}
    vnis: [7, 8]
    bufferBytes: 131072
sinks:
  - type: log
    topics: [exchanges]
    path: ${file}
log:
  kind: embedded
  directory: ${join(folder, 'log')}
  partitions: 2
telemetry:
  listen: false
`,
  )
  const over = new AbortController()
  const patience = AbortSignal.any([over.signal, AbortSignal.timeout(PATIENCE_MS)])
  let mirroring = Promise.resolve()
  const run = await tapwire(['run', '--config', config], {
    during: child => {
      child.once('exit', () => over.abort())
      mirroring = mirrorUntil(file, port, 2, patience).then(() => void child.kill('SIGINT'))
    },
  })
  await mirroring
  assert.equal(run.code, 130, run.stderr)
  const exchanges = exchangesIn(file)
  const paths = new Map(exchanges.map(({ request, connection }) => [request.path, connection.encapsulation]))
  assert.deepEqual([...paths].toSorted(), [
    ['/tenant/7', [{ type: 'vxlan', vni: 7 }]],
    ['/tenant/8', [{ type: 'vxlan', vni: 8 }]],
  ])
  for (const { response, connection, origin } of exchanges) {
    assert.equal(response.status, 200)
    assert.equal(connection.capture, 'mirror')
    assert.equal(origin.topic, 'segments')
  }
})
