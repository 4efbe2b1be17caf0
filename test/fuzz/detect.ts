/**
 * Fuzz target: any text at any place of a request (the first byte picks it) through the detect stage. Nothing throws, what
 * is reported is bounded, and nothing is reported twice.
 */
import assert from 'node:assert/strict'
import { loadComponents } from '#infra/cli/components.ts'
import detect from '#processors/detect/index.ts'
import type { Detection } from '#schemas/records/detection.ts'
import type { Exchange } from '#schemas/records/exchange.ts'
import { exchange, request } from '#test/driver/records.ts'
import { drive } from '#test/driver/stage.ts'

const LONGEST_EVIDENCE = 256
const MOST_DETECTIONS = 10_000

const { parts } = await loadComponents()
const processor = detect.create(detect.config.parse({}), parts.get('detect') ?? {})
const stage = drive(processor, { outputs: detect.outputs, keep: value => value })

/** One line of a header cannot hold line ends. */
const oneLine = (text: string): string => text.replaceAll(/[\r\n]/g, ' ')

const withBody = (body: Uint8Array, type: string): Exchange =>
  exchange({
    request: request({
      method: 'POST',
      headers: [['Content-Type', type]],
      bodyBytes: body.length,
      body,
      content: body,
    }),
  })

const withTarget = (path: string, query: string | null): Exchange =>
  exchange({ request: request({ target: query === null ? path : `${path}?${query}`, path, query }) })

const PLACES: readonly ((text: string, bytes: Uint8Array) => Exchange)[] = [
  text => withTarget('/a', oneLine(text)),
  text => withTarget(`/${oneLine(text)}`, null),
  text => exchange({ request: request({ headers: [['Cookie', `sid=${oneLine(text)}`]] }) }),
  text => exchange({ request: request({ headers: [['X-Any', oneLine(text)]] }) }),
  (_text, bytes) => withBody(bytes, 'application/json'),
  (_text, bytes) => withBody(bytes, 'application/x-www-form-urlencoded'),
  (_text, bytes) => withBody(bytes, 'text/xml'),
  (_text, bytes) => withBody(bytes, 'text/plain'),
]

export default function detectTarget(data: Uint8Array): void {
  const bytes = data.slice(1)
  const place = PLACES[(data[0] ?? 0) % PLACES.length]!
  const value = place(Buffer.from(bytes).toString('latin1'), bytes)
  stage.feed(value, value.time)
  const found = stage.take<Detection>('detections')
  assert.ok(found.length <= MOST_DETECTIONS, `${found.length} detections`)
  assert.equal(new Set(found.map(({ id }) => id)).size, found.length, 'an id twice')
  for (const { evidence } of found) assert.ok(evidence.length <= LONGEST_EVIDENCE, `${evidence.length} characters`)
}
