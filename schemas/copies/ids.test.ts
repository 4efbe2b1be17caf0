import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Exchange, Header } from '#schemas/records/exchange.ts'
import { idsOf } from './ids.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const HALF = 'a3ce929d0e0e4736'

function ids(headers: readonly Header[], trace?: string) {
  const request = { headers } as unknown as Exchange['request']
  return idsOf({ request, ...(trace === undefined ? {} : { via: { trace } as Exchange['via'] & object }) })
}

describe('ids in headers', () => {
  const cases: readonly (readonly [what: string, headers: readonly Header[], found: object])[] = [
    ['none', [['Host', 'a']], {}],
    ['W3C', [['Traceparent', `00-${TRACE}-00f067aa0ba902b7-01`]], { trace: TRACE }],
    [
      'W3C of a later version, with more behind',
      [['traceparent', `01-${TRACE}-00f067aa0ba902b7-01-x`]],
      { trace: TRACE },
    ],
    ['W3C that is none', [['traceparent', `00-${TRACE}`]], {}],
    ['W3C with zeros', [['traceparent', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`]], {}],
    ['B3', [['b3', `${TRACE}-00f067aa0ba902b7-1`]], { trace: TRACE }],
    ['B3 of 64 bits', [['X-B3-TraceId', HALF]], { trace: HALF.padStart(32, '0') }],
    ['B3 that only says no', [['b3', '0']], {}],
    ['Google', [['x-cloud-trace-context', `${TRACE}/1;o=1`]], { trace: TRACE }],
    [
      'AWS',
      [['X-Amzn-Trace-Id', 'Self=1-2;Root=1-67891233-abcdef012345678912345678;Sampled=1']],
      { trace: '1-67891233-abcdef012345678912345678' },
    ],
    ['a request id', [['X-Request-Id', ' abc ']], { request: 'abc' }],
    [
      'both',
      [
        ['x-request-id', 'r'],
        ['traceparent', `00-${TRACE}-00f067aa0ba902b7-01`],
      ],
      { trace: TRACE, request: 'r' },
    ],
    [
      'the same in two systems',
      [
        ['b3', `${TRACE}-00f067aa0ba902b7`],
        ['traceparent', `00-${TRACE}-00f067aa0ba902b7-01`],
      ],
      { trace: TRACE },
    ],
    [
      'two that differ',
      [
        ['x-request-id', 'r'],
        ['x-request-id', 's'],
        ['b3', `${HALF}-00f067aa0ba902b7`],
        ['x-b3-traceid', TRACE],
      ],
      {},
    ],
    ['too long', [['x-request-id', 'x'.repeat(129)]], {}],
    ['empty', [['x-request-id', ' ']], {}],
  ]
  for (const [what, headers, found] of cases) test(what, () => assert.deepEqual(ids(headers), found))

  test('what a proxy says counts as well', () => {
    assert.deepEqual(ids([], TRACE.toUpperCase()), { trace: TRACE })
    assert.deepEqual(ids([['b3', `${HALF}-00f067aa0ba902b7`]], TRACE), {})
  })
})
