/**
 * Exchanges over ext_proc as an Envoy in observability mode tells them, as many as a server takes: PORT, SECONDS. Says how many
 * streams were ended by the server.
 */
import { connect } from 'node:http2'
import {
  encodeRequest,
  framed,
  OBSERVED,
  PROCESS,
  requestBody,
  requestHeaders,
  responseBody,
  responseHeaders,
  responseTrailers,
  type Said,
} from '#test/driver/ext-proc.ts'

const AT_ONCE = 32
const BODY = 1000
const [port, seconds] = process.argv.slice(2).map(Number) as [number, number]

const fields = Array.from(
  { length: 10 },
  (_, i) => [`x-header-number-${i}`, `some value of ordinary length ${i}`] as const,
)
const asked = [
  [':method', 'POST'],
  [':scheme', 'https'],
  [':authority', 'shop.example'],
  [':path', '/api/v1/items?page=1'],
  ...fields,
] as const
const parts: readonly Said[] = [
  requestHeaders(asked),
  requestBody('x'.repeat(BODY)),
  requestBody('', true),
  responseHeaders([[':status', '200'], ...fields]),
  responseBody('y'.repeat(BODY)),
  responseTrailers([['x-sum', '1']]),
]
const bytes = Buffer.concat(parts.map(part => framed(encodeRequest({ ...part, ...OBSERVED }))))
const headers = { ':method': 'POST', ':path': PROCESS, 'content-type': 'application/grpc', te: 'trailers' }
const session = connect(`http://127.0.0.1:${port}`)
const until = performance.now() + seconds * 1000
let ended = 0

async function streams(): Promise<void> {
  while (performance.now() < until) {
    await new Promise<void>((resolve, reject) => {
      const stream = session.request(headers)
      stream.on('error', reject)
      stream.write(bytes)
      stream.resume().on('end', () => {
        ended++
        stream.close()
        resolve()
      })
    })
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, streams))
session.destroy()
process.stdout.write(`${ended}\n`)
