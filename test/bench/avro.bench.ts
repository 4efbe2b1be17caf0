/** Encoding and decoding of exchanges: 10 request and 8 response headers, a body of 1 kB. */
import { decodeRecord, encodeRecord } from '#schemas/avro/records.ts'
import type { Exchange, Header } from '#schemas/records/exchange.ts'

const headers = (count: number): Header[] =>
  Array.from({ length: count }, (_, i) => [`X-Header-Number-${i}`, `some value of ordinary length ${i}`] as const)
const body = new TextEncoder().encode('x'.repeat(1000))

const exchange: Exchange = {
  id: '0123456789abcdef01234567',
  time: 1_763_000_000_123_456,
  end: 1_763_000_000_223_456,
  connection: {
    id: 'fedcba987654321001234567',
    client: { ip: '10.0.0.1', port: 49_762 },
    server: { ip: '10.0.0.2', port: 80 },
    encapsulation: [{ type: 'vlan', id: 42 }],
    tls: false,
    capture: 'pcap-file',
  },
  ordinal: 3,
  stream: null,
  client: { ip: '203.0.113.7' },
  host: 'shop.example',
  scheme: 'http',
  hops: [{ from: 'x-forwarded-for', ip: '203.0.113.7', trusted: true }],
  application: -1,
  mode: 'monitoring',
  request: {
    method: 'GET',
    target: '/api/v1/items?page=2',
    path: '/api/v1/items',
    query: 'page=2',
    version: '1.1',
    headers: headers(10),
    trailers: [],
    bodyBytes: 0,
    decodedBytes: null,
    body: null,
    content: null,
  },
  response: {
    status: 200,
    reason: 'OK',
    version: '1.1',
    headers: headers(8),
    trailers: [],
    bodyBytes: body.length,
    decodedBytes: null,
    body,
    content: body,
  },
  message: null,
  anomalies: [],
  origin: { source: 'a.pcap', packets: [4, 9], log: { topic: 'segments', partition: 3, offsets: [17, 18] } },
}

const bytes = encodeRecord('exchanges', exchange)
console.log(`  record          ${bytes.length} bytes`)
measure('encode', () => encodeRecord('exchanges', exchange).length)
measure('decode', () => decodeRecord('exchanges', bytes).ordinal)

/** Prints the best of five rounds, in nanoseconds of processor time per call: a busy machine must not look slow. */
function measure(name: string, call: () => number): void {
  const rounds = Array.from({ length: 5 }, () => {
    const start = process.cpuUsage()
    let sum = 0
    for (let i = 0; i < 50_000; i++) sum += call()
    if (sum === 0) throw new Error('nothing was done')
    const { user, system } = process.cpuUsage(start)
    return ((user + system) * 1000) / 50_000
  })
  console.log(`  ${name.padEnd(15)} ${Math.min(...rounds).toFixed(0)} ns per exchange`)
}
