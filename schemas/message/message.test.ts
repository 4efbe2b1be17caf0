import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '@msgpack/msgpack'
import { Refused } from '#schemas/contracts/errors.ts'
import { requestHalf, responseHalf } from './message.test-support.ts'
import { checkMessage, encodeMessage, MESSAGE_LIMITS, messages } from './message.ts'
import { FIELDS, shapes } from './shape.ts'

const request = requestHalf()
const response = responseHalf()

function refused(bytes: Uint8Array, reason: string, text: RegExp, limits = MESSAGE_LIMITS): void {
  assert.throws(
    () => checkMessage(bytes, limits),
    (error: unknown) => error instanceof Refused && error.reason === reason && text.test(error.message),
    `${reason} ${text}`,
  )
}

test('both halves come back as they were', () => {
  for (const half of [request, response]) {
    assert.deepEqual(checkMessage(encodeMessage(half)), { half, unknown: [] })
  }
})

test('keys that are not known are left out and said', () => {
  const bytes = encode({ ...request, flavour: 'new', source: { ...request.source, zone: 1 } })
  assert.deepEqual(checkMessage(bytes), { half: request, unknown: ['flavour'] })
})

test('what is wrong is said with its place', () => {
  const cases: readonly (readonly [unknown, string, RegExp])[] = [
    [null, 'message-malformed', /no map/],
    [[1], 'message-malformed', /no map/],
    [{ ...request, v: 2 }, 'message-version', /version 2/],
    [{ ...request, v: 'one' }, 'message-malformed', /^message: v: /],
    [{ ...request, half: 'third' }, 'message-malformed', /half/],
    [{ ...request, id: 'short' }, 'message-malformed', /id/],
    [{ ...request, id: `${request.id}!` }, 'message-malformed', /id/],
    [{ ...request, start: -1 }, 'message-malformed', /start/],
    [{ ...request, start: Number.NaN }, 'message-malformed', /start/],
    [{ ...request, end: 1e300 }, 'message-malformed', /end/],
    [{ ...request, source: { ip: '1.2.3', port: 1 } }, 'message-malformed', /source: no IP address/],
    [{ ...request, source: { ip: '', port: 1 } }, 'message-malformed', /source: no IP address/],
    [{ ...request, source: { ip: '10.0.0.1', port: 65_536 } }, 'message-malformed', /source\.port/],
    [{ ...request, headers: [['a', 'b'], ['c']] }, 'message-malformed', /headers\.1/],
    [{ ...request, headers: [['', 'b']] }, 'message-malformed', /headers\.0: /],
    [{ ...request, body: 'text' }, 'message-malformed', /body: expected binary/],
    [{ ...request, bodyBytes: 2 }, 'message-malformed', /body: longer than bodyBytes/],
    [{ ...request, bodyBytes: 1.5 }, 'message-malformed', /bodyBytes/],
    [{ ...request, method: undefined }, 'message-malformed', /method/],
    [{ ...response, status: 99 }, 'message-malformed', /status/],
    [{ ...response, upstream: undefined }, 'message-malformed', /upstream/],
    [{ ...request, dropped: { errors: -1 } }, 'message-malformed', /dropped\.errors/],
  ]
  for (const [value, reason, text] of cases) refused(encode(value, { ignoreUndefined: true }), reason, text)
})

test('what is no MessagePack is refused at its byte', () => {
  const bytes = encodeMessage(request)
  refused(new Uint8Array(0), 'message-malformed', /cut off after 0 bytes/)
  for (let cut = 1; cut < bytes.length; cut++) refused(bytes.subarray(0, cut), 'message-malformed', /cut off/)
  refused(Uint8Array.of(0xc1), 'message-malformed', /0xc1 at byte 0/)
  refused(Uint8Array.of(0x91, 0xd4, 0, 0), 'message-malformed', /0xd4 at byte 1/)
  refused(Uint8Array.of(0x81, 0xc0, 0xc0), 'message-malformed', /key/)
  refused(encode(JSON.parse('{"__proto__":1}')), 'message-malformed', /a key is __proto__ at byte 1/)
  refused(Uint8Array.of(...bytes, 0), 'message-malformed', /1 bytes behind it/)
})

test('limits are looked at before anything is decoded', () => {
  const large = encodeMessage({
    ...request,
    headers: Array.from({ length: 100 }, (_, i) => [`h${i}`, 'x'.repeat(100)]),
  })
  refused(large, 'message-too-large', /more than 1000 bytes/, { ...MESSAGE_LIMITS, bytes: 1000 })
  refused(large, 'message-too-large', /more than 5000 bytes of text/, { ...MESSAGE_LIMITS, text: 5000 })
  refused(large, 'message-too-large', /more than 200 values/, { ...MESSAGE_LIMITS, values: 200 })
  // Each promises 65,535 elements, which would take half a megabyte each.
  const promises = Uint8Array.from({ length: 3 * 100 }, (_, i) => (i % 3 === 0 ? 0xdc : 0xff))
  refused(promises, 'message-too-large', /nested deeper/)
  refused(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0), 'message-malformed', /cut off/)
  refused(Uint8Array.of(0xc6, 0xff, 0xff, 0xff, 0xff), 'message-too-large', /bytes/)
})

test('text that is no UTF-8 is Latin-1, and binary stays binary', () => {
  const bytes = encodeMessage({
    ...request,
    headers: [
      ['x-name', 'caf??'],
      ['x-ok', 'café'],
    ],
    body: Uint8Array.of(0xff, 1),
    bodyBytes: 2,
  })
  const at = Buffer.from(bytes).indexOf('caf??')
  bytes.set([0xe9, 0xe8], at + 3)
  const { half } = checkMessage(bytes)
  assert.deepEqual(half.headers, [
    ['x-name', 'caféè'],
    ['x-ok', 'café'],
  ])
  assert.deepEqual([...half.body], [0xff, 1])
})

test('concatenated messages are cut at their ends', () => {
  const parts = [encodeMessage(request), encodeMessage(response), encodeMessage(request)]
  const found = [...messages(Buffer.concat(parts), MESSAGE_LIMITS)]
  assert.deepEqual(
    found.map(part => [...part]),
    parts.map(part => [...part]),
  )
  assert.throws(
    () => [...messages(Buffer.concat([...parts, parts[0]!.subarray(0, 9)]), MESSAGE_LIMITS)],
    /cut off after 9/,
  )
})

test('a message before anything is known has every key that a half must have', () => {
  const must = ({ shape }: { readonly shape: object }) => Object.keys(shape)
  const names = new Set([...must(shapes.request), ...must(shapes.response)])
  assert.deepEqual([...FIELDS].toSorted(), [...names].toSorted())
})

test('names that nobody knows are many at no cost', () => {
  const many = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`k${i}`, 0]))
  assert.equal(checkMessage(encode({ ...request, ...many })).unknown.length, 30_000)
})
