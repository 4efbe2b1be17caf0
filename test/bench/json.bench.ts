/**
 * Exchange lines per second: by hand (lines.ts) against JSON.stringify of the plain object (plain.ts).
 *
 *   node test/bench/json.bench.ts
 */
import { exchangeLine } from '#schemas/json/lines.ts'
import { plainExchange } from '#schemas/json/plain.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { CONNECTION, exchange, request, response } from '#test/driver/records.ts'

const COUNT = 20_000
const ROUNDS = 10
const options = { bodies: false }

/** Like the load capture: 64 connections interleaved, six request and five response headers. */
function load(): Exchange[] {
  const connections = Array.from({ length: 64 }, (_, i) => ({ ...CONNECTION, id: `${i}`.padStart(24, '0') }))
  return Array.from({ length: COUNT }, (_, i) =>
    exchange({
      id: `${i}`.padStart(24, 'a'),
      time: 1_795_253_435_043_374 + i * 15,
      connection: connections[i % 64]!,
      ordinal: 1 + Math.floor(i / 64),
      request: request({
        target: `/api/v1/items/${i}?page=${i % 40}&sort=price&filter=name%3Aalpha`,
        path: `/api/v1/items/${i}`,
        query: `page=${i % 40}&sort=price&filter=name%3Aalpha`,
        headers: [
          ['Host', '127.0.0.1:8088'],
          [
            'User-Agent',
            'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36',
          ],
          ['Accept', 'application/json'],
          ['Authorization', 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl'],
          ['Cookie', 'sid=abcdef0123456789; theme=dark; lang=en-US'],
          ['X-Forwarded-For', `203.0.113.${i % 250}`],
        ],
      }),
      response: response({
        headers: [
          ['Server', 'nginx/1.26.3'],
          ['Date', 'Sat, 21 Nov 2026 09:30:35 GMT'],
          ['Content-Type', 'application/json'],
          ['Content-Length', '121'],
          ['Connection', 'keep-alive'],
        ],
        bodyBytes: 121,
      }),
    }),
  )
}

/** Best round in ns per line; the text is turned into bytes, as every user of it must, so that no rope stays unbuilt. */
function measure(line: (x: Exchange) => string, exchanges: readonly Exchange[]): number {
  let best = Number.POSITIVE_INFINITY
  let bytes = 0
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    for (const x of exchanges) bytes += Buffer.byteLength(line(x))
    best = Math.min(best, Number(process.hrtime.bigint() - start) / exchanges.length)
  }
  console.log(`  (${Math.round(bytes / ROUNDS / exchanges.length)} bytes a line)`)
  return best
}

const exchanges = load()
const ways: readonly (readonly [string, (x: Exchange) => string])[] = [
  ['by hand', x => exchangeLine(x, options)],
  ['JSON.stringify', x => JSON.stringify(plainExchange(x, options))],
]
for (const [name, line] of ways) console.log(`${name.padEnd(16)} ${Math.round(measure(line, exchanges))} ns a line`)
