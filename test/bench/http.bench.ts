/**
 * The HTTP stage, chunk to exchange record, against a plain loop that only splits the requests of the same stream
 * (native search for the empty line, Content-Length) and against one that splits both directions.
 *
 *   node test/bench/http.bench.ts
 */

import { Chain } from '#infra/runtime/chain.ts'
import http from '#processors/http/index.ts'
import http1 from '#processors/http/protocols/http1/index.ts'
import type { Processor } from '#schemas/contracts/processor.ts'
import { blankChunk, type Chunk } from '#schemas/records/chunk.ts'
import { connectionOf } from '#test/driver/http.ts'

const EXCHANGES = 20_000
const CONNECTIONS = 64
const ROUNDS = 12

/** Eight request headers and five of the response, as the load capture has them. */
function request(i: number): Uint8Array {
  const body = i % 10 < 6 ? '' : `{"user":"user-${i}","items":[{"sku":"A-${i % 100}","qty":2}],"note":"after 5pm"}`
  return Buffer.from(
    `${body === '' ? 'GET' : 'POST'} /api/v1/items/${i % 5000}?page=${i % 40}&sort=price HTTP/1.1\r\n` +
      'Host: 127.0.0.1:8088\r\n' +
      'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36\r\n' +
      'Accept: application/json\r\n' +
      'Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl\r\n' +
      'Cookie: sid=abcdef0123456789; theme=dark; lang=en-US\r\n' +
      `X-Forwarded-For: 203.0.113.${i % 250}\r\n` +
      'Accept-Encoding: gzip, deflate\r\n' +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  )
}

function response(): Uint8Array {
  const body = '{"ok":true,"items":[{"id":1,"name":"alpha","price":12.5}],"next":"/api/v1/items?page=2"}'
  return Buffer.from(
    'HTTP/1.1 200 OK\r\nServer: nginx/1.26.3\r\nDate: Sat, 21 Nov 2026 09:30:35 GMT\r\n' +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: keep-alive\r\n\r\n${body}`,
  )
}

interface Packet {
  readonly connection: number
  readonly dir: 0 | 1
  readonly bytes: Uint8Array
}

const packets: Packet[] = []
for (let i = 0; i < EXCHANGES; i++) {
  packets.push({ connection: i % CONNECTIONS, dir: 0, bytes: request(i) })
  packets.push({ connection: i % CONNECTIONS, dir: 1, bytes: response() })
}

/** The stage, fresh each round. */
function stage(): number {
  let exchanges = 0
  const processor = http.create(http.config.parse({}), { protocols: [http1] }) as Processor<unknown, unknown>
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

/** The baseline: where do messages end? */
function split(directions: 1 | 2): number {
  let messages = 0
  for (const { dir, bytes } of packets) {
    if (dir >= directions) continue
    const all = bytes as Buffer
    for (let at = 0; at < all.length; ) {
      const end = all.indexOf('\r\n\r\n', at, 'latin1')
      const head = all.toString('latin1', at, end)
      const field = head.indexOf('Content-Length: ')
      const length = field < 0 ? 0 : Number.parseInt(head.slice(field + 16), 10)
      at = end + 4 + length
      messages++
    }
  }
  return messages / directions
}

/** Best round, ns per exchange. */
function measure(name: string, run: () => number): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    // CPU time: other work on the machine changes it less than the clock.
    const start = process.cpuUsage()
    const exchanges = run()
    const { user, system } = process.cpuUsage(start)
    const ns = ((user + system) * 1000) / EXCHANGES
    if (exchanges !== EXCHANGES) throw new Error(`${name} found ${exchanges} of ${EXCHANGES}`)
    best = Math.min(best, ns)
  }
  process.stdout.write(`  ${name.padEnd(36)} ${best.toFixed(0).padStart(6)} ns per exchange\n`)
  return best
}

const requests = measure('plain loop, requests only', () => split(1))
const both = measure('plain loop, both directions', () => split(2))
const http1Stage = measure('http stage, exchange record included', stage)
process.stdout.write(
  `  ratio to requests only ${(http1Stage / requests).toFixed(1)}, to both ${(http1Stage / both).toFixed(1)}\n`,
)
