/**
 * Records a second of each sink against a plain loop of its own client to the same other side, in turns in one run: what the sink adds (making
 * the lines, ids, judging answers). The other side is in a process of its own and takes what comes.
 *
 *   node test/bench/sinks.bench.ts [NAME...]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Secret } from '#schemas/config/secret.ts'
import type { Sink, SinkRecord } from '#schemas/contracts/sink.ts'
import { detectionLine } from '#schemas/json/lines.ts'
import { HttpClient } from '#schemas/outgoing/client.ts'
import webhook from '#sinks/webhook/index.ts'
import { detection } from '#test/driver/records.ts'

const BATCH = 1000
const BATCHES = 30
const TURNS = 5

interface Row {
  readonly name: string
  /** The sink, and the client's plain loop: both send the same records in the same batches. */
  open(): Promise<{ readonly sink: Sink<SinkRecord>; readonly plain: () => Promise<void> } & AsyncDisposable>
}

const { signal } = new AbortController()
const values = Array.from({ length: BATCH }, (_, i) => detection({ id: `${i}`.padStart(24, '0') }))
const records = values.map(value => ({ topic: 'detections' as const, value }))
const body = Buffer.from(values.map(value => `${detectionLine(value)}\n`).join(''))

const ROWS: readonly Row[] = [webhookRow('webhook', {}), webhookRow('webhook-signed', signed())]

/** Against its client with the body at hand: nothing is made for it. */
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
      const headers = { 'content-type': 'application/x-ndjson', 'content-length': String(body.length) }
      return {
        sink,
        plain: async () => void (await client.send({ method: 'POST', headers, body, signal })),
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
console.log(`batches of ${BATCH} detections, ${body.length} bytes; medians of ${TURNS} turns`)
for (const { name, open } of ROWS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  await using both = await open()
  const { sink, plain } = both
  const [sinks, plains]: [number[], number[]] = [[], []]
  await rate(plain)
  await rate(() => sink.write(records, signal))
  for (let turn = 0; turn < TURNS; turn++) {
    plains.push(await rate(plain))
    sinks.push(await rate(() => sink.write(records, signal)))
  }
  const [own, bare] = [median(sinks), median(plains)]
  const shown = [own, bare].map(each => Math.round(each).toLocaleString('en').padStart(9))
  console.log(`${name.padEnd(16)} ${shown[0]} records/s   plain loop ${shown[1]}   ratio ${(own / bare).toFixed(2)}`)
}
