import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkMessage } from '#schemas/message/message.ts'
import { run } from '#test/driver/luajit.ts'
import { needs } from '#test/needs.ts'
import cases from './cases.json' with { type: 'json' }

describe('cases.json: functions of testdata/run.lua', () => {
  for (const [name, table] of Object.entries(cases)) {
    test(name, t => {
      if (!needs(t, 'luajit')) return
      const given: readonly { readonly with: readonly unknown[]; readonly gives: unknown }[] = table
      const results = run(
        name,
        given.map(one => one.with),
      )
      for (const [i, one] of given.entries()) assert.deepEqual(results[i], one.gives, JSON.stringify(one))
    })
  }
})

test('a body that comes byte by byte is kept whole, and so is one in two blocks and a bit', t => {
  if (!needs(t, 'luajit')) return
  const text = Array.from({ length: 600 }, (_, i) => 'abcdefghij'.at(i % 10)).join('')
  assert.deepEqual(run('tapwire.body', [[1000, 1000, 0, [...text]]]), [[text, 600, 600, 0, 0]])
})

describe('under load, messages share calls', () => {
  /** Twenty exchanges that begin and end in the first slot, of 100 ms. */
  const busy = Array.from({ length: 20 }, (_, i) => [
    ['open', `busy${i}`, i],
    ['close', `busy${i}`, i],
  ]).flat()
  const flushed = (events: readonly (readonly unknown[])[]): unknown => {
    const [calls] = run('tapwire.outbox', [[[...busy, ...events]]]) as [[number, string][]]
    return calls.map(([event, body]) => [event - busy.length, body])
  }

  test('while another exchange is open; the last one takes all along', t => {
    if (!needs(t, 'luajit')) return
    const events = [
      ['open', 'a', 100_000],
      ['add', 'A', 100_001],
      ['open', 'b', 100_002],
      ['add', 'B', 100_003],
      ['close', 'a', 100_004],
      ['add', 'a', 100_004],
      ['close', 'b', 100_005],
      ['add', 'b', 100_005],
    ]
    assert.deepEqual(flushed(events), [[8, 'ABab']])
  })

  test('for ten milliseconds at most, as far as anything happens', t => {
    if (!needs(t, 'luajit')) return
    const events = [
      ['open', 'a', 100_000],
      ['add', 'A', 100_001],
      ['add', 'B', 110_000],
      ['add', 'C', 110_001],
      ['add', 'D', 110_002],
      ['open', 'b', 120_002],
    ]
    assert.deepEqual(flushed(events), [
      [4, 'ABC'],
      [6, 'D'],
    ])
  })

  test('64 KiB are enough for a call', t => {
    if (!needs(t, 'luajit')) return
    const half = 'x'.repeat(32 * 1024)
    const events = [
      ['open', 'a', 100_000],
      ['add', half, 100_001],
      ['add', half, 100_002],
    ]
    assert.deepEqual(flushed(events), [[3, half + half]])
  })

  test('an exchange that takes long is not waited for', t => {
    if (!needs(t, 'luajit')) return
    const again = Array.from({ length: 20 }, (_, i) => [
      ['open', `again${i}`, 200_000 + i],
      ['close', `again${i}`, 200_000 + i],
    ]).flat()
    const events = [['open', 'slow', 100_000], ...again, ['add', 'A', 300_000]]
    assert.deepEqual(flushed(events), [[events.length, 'A']])
  })
})

describe('with the interface of an early Envoy', () => {
  for (const finalizers of [true, false]) {
    test(`${finalizers ? 'with' : 'without'} finalizers: both halves, and what broke before is counted`, t => {
      if (!needs(t, 'luajit')) return
      const [sent] = run('filter', [[{ node: 'old' }, finalizers]]) as [Uint8Array[]]
      const halves = sent.map(bytes => checkMessage(bytes).half)
      const [request, response] = halves
      assert.equal(halves.length, 2)
      assert.partialDeepStrictEqual(request, {
        half: 'request',
        method: 'GET',
        source: { ip: '10.0.0.9', port: 1234 },
        peer: { ip: '10.0.0.9', port: 1234 },
        local: { ip: '10.0.0.2', port: 8443 },
        headers: [['accept', '*/*']],
        route: null,
        node: 'old',
        dropped: { errors: 1, noRequest: 1 },
      })
      assert.partialDeepStrictEqual(response, { half: 'response', status: 204, id: request!.id, finish: 'complete' })
    })
  }
})
