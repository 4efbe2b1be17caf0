/** The two directions of every connection in a file each, as two sensors of one name capture them. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Clock, captureOf, type Packet, Talk } from '#test/driver/packets.ts'
import { scratch, tapwire } from './tapwire.ts'

const CONNECTIONS = 6
const TURNS = 40

interface Line {
  readonly type: string
  readonly id: string
  readonly connection: { readonly id: string }
  readonly request: { readonly target: string }
  readonly response: { readonly headers: readonly (readonly [string, string])[] } | null
}

/** Keep-alive connections, a request a second each. */
function conversations(): Packet[] {
  const packets: Packet[] = []
  for (let n = 0; n < CONNECTIONS; n++) {
    const clock = new Clock(1_795_253_435_000_000 + n * 50_000)
    const talk = new Talk(clock, { client: { ip: `10.0.1.${n + 1}`, port: 40_000 + n } })
    packets.push(...talk.open())
    for (let turn = 0; turn < TURNS; turn++) {
      const id = `${n}-${turn}`
      packets.push(...talk.client(`GET /${id} HTTP/1.1\r\nHost: h\r\n\r\n`))
      packets.push(...talk.server(`HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nContent-Length: 2\r\n\r\nok`))
      clock.wait(1)
    }
    packets.push(...talk.close())
  }
  return packets.toSorted((a, b) => a.time - b.time)
}

test('run: directions in two files, read side by side, are one connection', async t => {
  const folder = scratch(t)
  const packets = conversations()
  writeFileSync(join(folder, 'requests.pcap'), captureOf(packets.filter(({ to }) => to.port === 80)))
  writeFileSync(join(folder, 'responses.pcap'), captureOf(packets.filter(({ from }) => from.port === 80)))
  const source = (name: string) => `  - type: pcap-file\n    name: ${name}\n    path: ${name}.pcap\n    speed: 20\n`
  const config = join(folder, 'tapwire.yaml')
  writeFileSync(
    config,
    `sensor: two\nproducers:\n${source('requests')}${source('responses')}sinks:
  - type: log\n    path: out.jsonl\n    topics: [exchanges]
log:\n  kind: embedded\n  directory: log\n  partitions: 2\ntelemetry:\n  listen: false\n`,
  )
  const run = await tapwire(['run', '--config', config])
  assert.equal(run.code, 0, run.stderr)
  assert.doesNotMatch(run.stdout, /still open/)
  const exchanges = readFileSync(join(folder, 'out.jsonl'), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Line)
  const pairs = exchanges.map(({ request, response }) => [
    request.target.slice(1),
    response?.headers.find(([name]) => name === 'X-Id')?.[1],
  ])
  assert.deepEqual(
    pairs.filter(([asked, answered]) => asked !== answered),
    [],
    'every response with its request',
  )
  assert.equal(pairs.length, CONNECTIONS * TURNS)
  assert.equal(new Set(exchanges.map(({ connection }) => connection.id)).size, CONNECTIONS)
})
