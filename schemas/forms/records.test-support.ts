/** Records for the golden lines, and records full of what an attacker would write into a log. */
import type { SinkRecord } from '#schemas/contracts/sink.ts'
import { anomaly, CONNECTION, detection, exchange, request, socketMessage } from '#test/driver/records.ts'

const FIELDS = [
  ['Host', 'shop.example'],
  ['User-Agent', 'curl/8.5.0'],
  ['Referer', 'https://shop.example/'],
] as const

/** One of each kind; the detection's client speaks IPv6. */
export const GOLDEN: Readonly<Record<string, SinkRecord>> = {
  exchange: { topic: 'exchanges', value: exchange({ request: request({ headers: FIELDS }) }) },
  detection: { topic: 'detections', value: detection({ client: { ip: '2001:db8::1' }, host: 'shop.example:8080' }) },
  anomaly: { topic: 'anomalies', value: anomaly() },
  message: { topic: 'exchanges', value: socketMessage() },
}

/** What could end a field or a line, begin one, or be taken for an escape. */
const FRAGMENTS = [
  'plain', ' ', '|', '=', '\\', '\\\\', '\\n', '\\=', '"', '\\"', "'", '\n', '\r', '\r\n', '\t', '\0', '\u001b[2J', '\u000b',
  '\f', '\u001c', '\u007f', '\u0085', '\u009b', '\u2028', '\u2029', '\ud800', '\udc00', '😀', 'é', ' src=6.6.6.6', ' cat=http',
  '\tsev=1', '\nCEF:0|Tapwire|Tapwire|1|', '\r\nLEEF:2.0|', '" 200 5 "-" "-"', '\n6.6.6.6 - - [', '"}\n{"type":"', '","id":"',
  'x'.repeat(1020), '$&', '__proto__', '%0a', '\\x0a', '\\u000a',
] // biome-ignore format: a table

/** One record of each kind, with such text wherever a client has a say. */
export function hostile(random: () => number): readonly SinkRecord[] {
  const text = (): string => {
    const count = Math.floor(random() * 5)
    return Array.from({ length: count }, () => FRAGMENTS[Math.floor(random() * FRAGMENTS.length)]!).join('')
  }
  const asked = request({
    method: text(),
    target: text(),
    path: text(),
    query: text(),
    version: text(),
    headers: [
      ['User-Agent', text()],
      ['Referer', text()],
    ],
  })
  const spoken = { host: text(), client: { ip: text() }, connection: { ...CONNECTION, id: text() } }
  return [
    { topic: 'exchanges', value: exchange({ ...spoken, request: asked, anomalies: [text()] }) },
    { topic: 'exchanges', value: socketMessage({ exchange: text() }, { ...spoken, request: asked }) },
    {
      topic: 'detections',
      value: detection({
        ...spoken,
        method: text(),
        path: text(),
        rule: text(),
        why: text(),
        evidence: text(),
        point: [text(), text()],
        shows: text(),
        pack: text(),
      }),
    },
    { topic: 'anomalies', value: anomaly({ connection: spoken.connection, anomaly: text() }) },
  ]
}
