/**
 * Records a second of each sink against a plain loop of its own client to the same other side, in turns in one run: a loop that makes the same JSON of
 * the records, and one that sends bytes at hand. The other side is in a process of its own and takes what comes.
 *
 *   node test/bench/sinks.bench.ts [NAME...]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Secret } from '#schemas/config/secret.ts'
import type { Sink, SinkRecord } from '#schemas/contracts/sink.ts'
import { plainDetection } from '#schemas/json/plain.ts'
import { HttpClient } from '#schemas/outgoing/client.ts'
import webhook from '#sinks/webhook/index.ts'
import { detection } from '#test/driver/records.ts'

const BATCH = 1000
const BATCHES = 10
const TURNS = 15

interface Row {
  readonly name: string
  /** The sink, and the client's plain loop: `send` sends the lines of a batch that are at hand. */
  open(): Promise<
    { readonly sink: Sink<SinkRecord>; readonly send: (lines: Buffer) => Promise<unknown> } & AsyncDisposable
  >
}

const { signal } = new AbortController()
const values = Array.from({ length: BATCH }, (_, i) => detection({ id: `${i}`.padStart(24, '0') }))
const records = values.map(value => ({ topic: 'detections' as const, value }))
const lines = (): Buffer => Buffer.from(values.map(value => `${JSON.stringify(plainDetection(value))}\n`).join(''))
const body = lines()

const ROWS: readonly Row[] = [webhookRow('webhook', {}), webhookRow('webhook-signed', signed())]

function webhookRow(name: string, settings: object): Row {
  return {
    name,
    open: async () => {
      const { child, url } = await receiver()
      const sink = await webhook.open(webhook.config.parse({ url, ...settings }), {
        stdout: process.stdout,
        directory: '/',
      })
      const client = new HttpClient({ address: url, connections: 8, answerBytes: 1024 })
      const headers = { 'content-type': 'application/x-ndjson' }
      return {
        sink,
        send: body => client.send({ method: 'POST', headers, body, signal }),
        [Symbol.asyncDispose]: async () => {
          client[Symbol.dispose]()
          await sink[Symbol.asyncDispose]()
          child.kill()
        },
      }
    },
  }
}

function signed(): object {
  return { sign: [{ id: 'k1', secret: Secret.of('0123456789abcdef0123456789abcdef') }] }
}

/** A server that reads bodies and answers 204. */
async function receiver(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const source = `
    const server = require('node:http').createServer((request, response) =>
      request.resume().on('end', () => response.writeHead(204).end()))
    server.listen(0, '127.0.0.1', () => console.log(server.address().port))`
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = await once(child.stdout!, 'data')
  return { child, url: `http://127.0.0.1:${String(port).trim()}/` }
}

/** Records a second. */
async function rate(batch: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint()
  for (let i = 0; i < BATCHES; i++) await batch()
  return (BATCH * BATCHES * 1e9) / Number(process.hrtime.bigint() - start)
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!
}

const wanted = process.argv.slice(2)
console.log(`batches of ${BATCH} detections, ${body.length} bytes; medians of ${TURNS} turns, ratio turn by turn`)
for (const { name, open } of ROWS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  await using both = await open()
  const { sink, send } = both
  const ways = {
    sink: () => sink.write(records, signal),
    // What a loop without a sink does: JSON of each record.
    plain: () => send(lines()),
    // The client alone: nothing is made.
    bare: () => send(body),
  }
  const rates = { sink: [] as number[], plain: [] as number[], bare: [] as number[] }
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const way of ['bare', 'plain', 'sink'] as const) {
      const measured = await rate(ways[way])
      // The first turn warms up.
      if (turn > 0) rates[way].push(measured)
    }
  }
  const shown = [rates.sink, rates.plain, rates.bare].map(all =>
    Math.round(median(all)).toLocaleString('en').padStart(9),
  )
  const ratio = median(rates.sink.map((own, turn) => own / rates.plain[turn]!)).toFixed(2)
  console.log(
    `${name.padEnd(16)} ${shown[0]} records/s   plain loop ${shown[1]} (ratio ${ratio})   bytes at hand ${shown[2]}`,
  )
}
