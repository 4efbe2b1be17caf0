import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Exchange } from '#schemas/records/exchange.ts'
import { exchange, request, response } from '#test/driver/records.ts'
import { compileInspection, inspection } from './inspection.ts'

const BODY = new TextEncoder().encode('0123456789')
const filled = { bodyBytes: 10, body: BODY, content: BODY }

function looked(list: unknown, changes: Partial<Exchange> = {}) {
  const counts: Record<string, number> = {}
  const given = exchange({ request: request(filled), response: response(filled), ...changes })
  const view = compileInspection(inspection.parse(list))(given, {
    count: (name, by = 1) => (counts[name] = (counts[name] ?? 0) + by),
  })
  return { given, view, counts }
}

describe('how much is inspected', () => {
  test('everything, where nothing else is said', () => {
    for (const list of [[], [{ where: { hosts: ['other.example'] }, responses: 'off', maxRequestBody: 0 }]]) {
      const { given, view } = looked(list)
      assert.equal(view?.exchange, given, 'the very object')
      assert.equal(view.response, true)
    }
  })

  test('the first of a list that holds counts', () => {
    const list = [{ where: { paths: ['/a'] }, responses: 'off' }, { maxRequestBody: 1 }]
    assert.deepEqual([looked(list).view?.response, looked(list).view?.exchange.request.body?.length], [false, 10])
  })

  test('the beginning of bodies; how many bytes there were stays', () => {
    const { view, given } = looked([{ maxRequestBody: 4, maxResponseBody: 0 }])
    const { request, response } = view!.exchange
    assert.equal(Buffer.from(request.body!).toString(), '0123')
    assert.equal(request.content, request.body)
    assert.deepEqual(
      [request.bodyBytes, response?.body?.length, response?.bodyBytes, response?.status],
      [10, 0, 10, 200],
    )
    assert.equal(given.request.body, BODY)
  })

  test('a body that was compressed is cut on both sides of its decoding', () => {
    const content = new TextEncoder().encode('x'.repeat(100))
    const { view } = looked([{ maxRequestBody: 50 }], { request: request({ ...filled, content }) })
    assert.deepEqual([view?.exchange.request.body?.length, view?.exchange.request.content?.length], [10, 50])
  })

  test('a sample, the same at every replay', () => {
    const ids = Array.from({ length: 2000 }, (_, i) => `c581c1f4be316cd976ccb088-${i}`)
    const chosen = (sample: number): string[] => ids.filter(id => looked([{ sample }], { id }).view !== null)
    assert.deepEqual([chosen(0).length, chosen(1).length], [0, 2000])
    const quarter = chosen(0.25)
    assert.ok(Math.abs(quarter.length - 500) < 60, `${quarter.length} of 2000`)
    assert.deepEqual(chosen(0.25), quarter)
    const { counts } = looked([{ sample: 0 }])
    assert.deepEqual(counts, {
      'detect.skipped.sample': 1,
      'detect.uninspected.request': 10,
      'detect.uninspected.response': 10,
    })
  })
})
