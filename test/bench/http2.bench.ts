/**
 * HTTP/2: the HTTP stage, chunk to exchange record, against a plain loop that only walks the frame headers of both
 * directions, and against tshark on the same packets where it is installed; header blocks alone against a plain loop that
 * only skips over their fields.
 *
 *   node test/bench/http2.bench.ts
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Chain } from '#infra/runtime/chain.ts'
import { programPath } from '#infra/setup/program.ts'
import http from '#processors/http/index.ts'
import http1 from '#processors/http/protocols/http1/index.ts'
import type { Field } from '#processors/http/protocols/http2/field.ts'
import { HpackDecoder } from '#processors/http/protocols/http2/hpack/decoder.ts'
import http2 from '#processors/http/protocols/http2/index.ts'
import type { Processor } from '#schemas/contracts/processor.ts'
import { blankChunk, type Chunk } from '#schemas/records/chunk.ts'
import type { Header } from '#schemas/records/exchange.ts'
import { connectionOf } from '#test/driver/http.ts'
import { data, Peer, PREFACE, request, response, SETTINGS_ACK, settings } from '#test/driver/http2.ts'
import { Clock, captureOf, Talk } from '#test/driver/packets.ts'

const EXCHANGES = 20_000
const CONNECTIONS = 16
const ROUNDS = 12
/** Packets that tshark is given. */
const TSHARK = 8000
const BODY = '{"ok":true,"items":[{"id":1,"name":"alpha","price":12.5}],"next":"/api/v1/items?page=2"}'

/** The same headers as http.bench.ts: of a browser's request seven are the same each time, of a response three. */
function headersOf(i: number): Header[] {
  return request(
    'GET',
    `/api/v1/items/${i % 5000}?page=${i % 40}&sort=price`,
    ['user-agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36'],
    ['accept', 'application/json'],
    ['authorization', 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl'],
    ['cookie', 'sid=abcdef0123456789'],
    ['cookie', 'theme=dark'],
    ['x-forwarded-for', `203.0.113.${i % 250}`],
    ['accept-encoding', 'gzip, deflate'],
  )
}

interface Packet {
  readonly connection: number
  readonly dir: 0 | 1
  readonly bytes: Buffer
}

const packets: Packet[] = []
const peers = Array.from({ length: CONNECTIONS }, () => [new Peer(), new Peer()] as const)
for (let connection = 0; connection < CONNECTIONS; connection++) {
  packets.push({ connection, dir: 0, bytes: Buffer.concat([PREFACE, settings()]) })
  packets.push({ connection, dir: 1, bytes: Buffer.concat([settings(), SETTINGS_ACK]) })
}
for (let i = 0; i < EXCHANGES; i++) {
  const connection = i % CONNECTIONS
  const [client, server] = peers[connection]!
  const stream = 2 * Math.floor(i / CONNECTIONS) + 1
  const head = response(
    200,
    ['server', 'nginx/1.26.3'],
    ['date', 'Sat, 21 Nov 2026 09:30:35 GMT'],
    ['content-type', 'application/json'],
    ['content-length', String(BODY.length)],
  )
  packets.push({ connection, dir: 0, bytes: client.headers(stream, headersOf(i), { end: true }) })
  packets.push({ connection, dir: 1, bytes: Buffer.concat([server.headers(stream, head), data(stream, BODY, true)]) })
}

/** The stage, fresh each round. */
function stage(): number {
  let exchanges = 0
  const processor = http.create(http.config.parse({}), { protocols: [http1, http2] }) as Processor<unknown, unknown>
  const spec = { name: 'http', input: 'chunks', outputs: ['decoded', 'anomalies'], processor }
  const chain = new Chain([spec], new Set(['decoded']), () => exchanges++)
  const chunks: Chunk[] = Array.from({ length: CONNECTIONS }, (_, i) =>
    blankChunk(connectionOf(0, [40_000 + i, 80], i + 1)),
  )
  let time = 1_795_253_435_043_374
  let packet = 0
  for (const { connection, dir, bytes } of packets) {
    const chunk = chunks[connection]!
    chunk.kind = 'data'
    chunk.dir = dir
    chunk.bytes = bytes
    chunk.time = time += 15
    chunk.packet = ++packet
    chain.process(chunk, time)
  }
  return exchanges
}

/** The baseline: where do frames end? */
function walkFrames(): number {
  let heads = 0
  for (const { bytes } of packets) {
    for (let at = bytes.subarray(0, 3).toString('latin1') === 'PRI' ? PREFACE.length : 0; at < bytes.length; ) {
      if (bytes[at + 3] === 1) heads++
      at += 9 + bytes.readUIntBE(at, 3)
    }
  }
  return heads / 2
}

const blocks = packets
  .filter(({ dir }) => dir === 0)
  .map(({ connection, bytes }) => ({ connection, bytes: bytes.subarray(9) }))

/** Requests alone, one decoder a connection: no frames, no exchanges. */
function decodeBlocks(): number {
  const decoders = Array.from({ length: CONNECTIONS }, () => new HpackDecoder(65_536))
  const fields: Field[] = []
  let decoded = 0
  for (const { connection, bytes } of blocks.slice(CONNECTIONS)) {
    fields.length = 0
    decoders[connection]!.decode(bytes, 0, bytes.length, fields, [])
    decoded += fields.length === 11 ? 1 : 0
  }
  return decoded
}

/** The baseline: how many fields are there? */
function skipBlocks(): number {
  let read = 0
  for (const { bytes } of blocks.slice(CONNECTIONS)) {
    let fields = 0
    for (let at = 0; at < bytes.length; fields++) {
      const first = bytes[at++]!
      if (first >= 0x80) continue
      const named = (first & (first >= 0x40 ? 0x3f : 0x0f)) !== 0
      for (let strings = named ? 1 : 2; strings > 0; strings--) at += 1 + (bytes[at]! & 0x7f)
    }
    read += fields > 0 ? 1 : 0
  }
  return read
}

/** Best round, ns each. */
function measure(name: string, unit: string, run: () => number): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    // CPU time: other work on the machine changes it less than the clock.
    const start = process.cpuUsage()
    const count = run()
    const { user, system } = process.cpuUsage(start)
    if (count !== EXCHANGES) throw new Error(`${name} found ${count} of ${EXCHANGES}`)
    best = Math.min(best, ((user + system) * 1000) / EXCHANGES)
  }
  const rate = Math.round(1e6 / best)
  process.stdout.write(`  ${name.padEnd(44)} ${best.toFixed(0).padStart(6)} ns per ${unit}, ${rate},000 a second\n`)
  return best
}

/** tshark on the first of the same packets (it needs more time per packet the more there are), by the clock. */
function tshark(path: string): void {
  const directory = mkdtempSync(join(tmpdir(), 'tapwire-bench-'))
  const capture = join(directory, 'http2.pcap')
  const clock = new Clock()
  const talks = Array.from(
    { length: CONNECTIONS },
    (_, i) => new Talk(clock, { client: { ip: '10.0.0.1', port: 40_000 + i } }),
  )
  const opened = talks.flatMap(talk => talk.open())
  const said = packets
    .slice(0, TSHARK)
    .flatMap(({ connection, dir, bytes }) =>
      dir === 0 ? talks[connection]!.client(bytes) : talks[connection]!.server(bytes),
    )
  writeFileSync(capture, captureOf([...opened, ...said]))
  const fields = ['-Y', 'http2.headers.path', '-T', 'fields', '-e', 'http2.headers.path']
  const start = process.hrtime.bigint()
  const { stdout } = spawnSync(path, ['-r', capture, '-d', 'tcp.port==80,http2', ...fields], { maxBuffer: 1e9 })
  const found = stdout.toString().trim().split('\n').length
  const each = Number(process.hrtime.bigint() - start) / found
  const name = `tshark, paths of ${found} requests, file to text`
  process.stdout.write(`  ${name.padEnd(44)} ${each.toFixed(0).padStart(6)} ns per exchange\n`)
  rmSync(directory, { recursive: true })
}

const frames = measure('plain loop over the frames', 'exchange', walkFrames)
const ours = measure('http stage, exchange record included', 'exchange', stage)
process.stdout.write(`  ratio ${(ours / frames).toFixed(1)}\n`)
const skipped = measure('plain loop over the fields', 'block', skipBlocks)
const decoded = measure('header blocks of requests', 'block', decodeBlocks)
process.stdout.write(`  ratio ${(decoded / skipped).toFixed(1)}\n`)
const program = programPath('tshark')
if (program !== null) tshark(program)
